/**
 * Points spaced over an interval, coordinate grids, and window functions.
 */

import { constant } from '../core/constants.js'
import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range, type Shape } from '../core/shape.js'
import { fromHost, type DTypeOption } from './creation.js'
import {
  asArray,
  broadcastArray,
  broadcastTogether,
  checkDType,
  floatDType,
  promoteDTypes,
  resultDType,
} from './promote.js'

function checkCount(num: number, operation: string): void {
  if (!Number.isSafeInteger(num) || num < 0)
    fail('argument', { operation, argument: 'num', received: String(num), expected: 'a whole number >= 0' })
}

/**
 * `num` evenly spaced points from `start` to `stop` (included where `endpoint`), along a new first axis.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.linspace(0, 1, 5).js() // [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  num = 50,
  endpoint = true,
  { dtype }: DTypeOption = {},
): NDArray {
  checkCount(num, 'linspace')
  const compute = floatDType(resultDType([start, stop], 'linspace'))
  const type = checkDType(dtype ?? compute, 'linspace')
  const intervals = endpoint ? num - 1 : num
  if (typeof start === 'number' && typeof stop === 'number') {
    const step = intervals > 0 ? (stop - start) / intervals : 0
    const points = range(num).map((i) => (endpoint && i === num - 1 && num > 1 ? stop : start + i * step))
    return ops.convert(fromHost(points, [num], compute), type)
  }
  const [from, to] = broadcastTogether('linspace', promoteDTypes('linspace', [start, stop], compute)) as [
    NDArray,
    NDArray,
  ]
  const shape = [num, ...from.shape]
  if (num === 0) return constant(0, type, shape)
  const weight = ops.div(ops.iota(compute, shape, 0), constant(Math.max(intervals, 1), compute, shape))
  const rest = ops.sub(constant(1, compute, shape), weight)
  const [low, high] = [broadcastArray(from, shape), broadcastArray(to, shape)]
  return ops.convert(ops.add(ops.mul(low, rest), ops.mul(high, weight)), type)
}

/** base^x for x = linspace(start, stop, num, endpoint). */
export function logspace(
  start: number,
  stop: number,
  num = 50,
  endpoint = true,
  base = 10,
  { dtype }: DTypeOption = {},
): NDArray {
  checkCount(num, 'logspace')
  return points(num, endpoint, dtype, (t) => base ** (start + t * (stop - start)))
}

/** `num` points from `start` to `stop` with a constant ratio. */
export function geomspace(
  start: number,
  stop: number,
  num = 50,
  endpoint = true,
  { dtype }: DTypeOption = {},
): NDArray {
  checkCount(num, 'geomspace')
  if (start * stop <= 0)
    fail('argument', {
      operation: 'geomspace',
      argument: 'start and stop',
      received: `${start}, ${stop}`,
      expected: 'numbers of one sign, not 0',
    })
  return points(num, endpoint, dtype, (t) => start * (stop / start) ** t)
}

function points(num: number, endpoint: boolean, dtype: DType | undefined, f: (t: number) => number): NDArray {
  const intervals = Math.max(1, endpoint ? num - 1 : num)
  return fromHost(
    range(num).map((i) => f(i / intervals)),
    [num],
    dtype ?? 'float32',
  )
}

/** Coordinate arrays of a grid: one for each vector in `xs`; `indexing` 'xy' swaps the first two axes. */
export function meshgrid(
  xs: readonly ArrayLike[],
  { indexing = 'xy' }: { readonly indexing?: 'xy' | 'ij' } = {},
): NDArray[] {
  const vectors = xs.map((x) => asArray(x, 'meshgrid')).map((x) => ops.reshape(x, [x.size]))
  const swap = indexing === 'xy' && vectors.length >= 2
  const place = (i: number): number => (swap && i < 2 ? 1 - i : i)
  const shape = range(vectors.length).map((i) => vectors[place(i)]?.size ?? 0)
  return vectors.map((v, i) => ops.broadcastInDim(v, shape, [place(i)]))
}

/** The index of every element along each axis: shape [rank, ...dimensions] (int32 by default). */
export function indices(dimensions: Shape, { dtype = 'int32' }: DTypeOption = {}): NDArray {
  const rank = dimensions.length
  if (rank === 0) return constant(0, dtype, [0])
  const grids = range(rank).map((axis) =>
    ops.reshape(ops.iota(checkDType(dtype, 'indices'), dimensions, axis), [1, ...dimensions]),
  )
  return ops.concatenate(grids, 0)
}

/** `func(...coordinates)` over the index grids of `shape` (float32 by default). */
export function fromfunction(
  func: (...coordinates: NDArray[]) => NDArray,
  shape: Shape,
  { dtype = 'float32' }: DTypeOption = {},
): NDArray {
  return func(...range(shape.length).map((axis) => ops.iota(checkDType(dtype, 'fromfunction'), shape, axis)))
}

const window = (m: number, f: (phase: number) => number): NDArray =>
  fromHost(
    range(m).map((i) => (m === 1 ? 1 : f((2 * Math.PI * i) / (m - 1)))),
    [m],
    'float32',
  )

/** The Hamming window of length `m`: 0.54 - 0.46 cos(2πi / (m - 1)). */
export const hamming = (m: number): NDArray => window(m, (phase) => 0.54 - 0.46 * Math.cos(phase))

/** The Hann window of length `m`: 0.5 - 0.5 cos(2πi / (m - 1)). */
export const hanning = (m: number): NDArray => window(m, (phase) => 0.5 - 0.5 * Math.cos(phase))

/** The Blackman window of length `m`. */
export const blackman = (m: number): NDArray =>
  window(m, (phase) => 0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase))

/** The Bartlett (triangular) window of length `m`. */
export const bartlett = (m: number): NDArray => window(m, (phase) => 1 - Math.abs(phase / Math.PI - 1))
