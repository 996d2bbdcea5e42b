/**
 * Polynomials as vectors of coefficients, the highest power first; and one-dimensional signals.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range } from '../core/shape.js'
import { add, subtract } from './arithmetic.js'
import { fromHost } from './creation.js'
import {
  asArray,
  broadcastTogether,
  choose,
  fillLike,
  promoteDTypes,
  resultDType,
  floatDType,
  sliceAxis,
} from './promote.js'
import { searchsorted } from './sorting.js'
import { gatherAxes } from './indexing.js'

/** p evaluated at x by Horner's rule. */
export function polyval(p: ArrayLike, x: ArrayLike): NDArray {
  const [coefficients, points] = promoteDTypes('polyval', [p, x]) as [NDArray, NDArray]
  const at = (i: number): NDArray =>
    ops.broadcastInDim(ops.reshape(sliceAxis(coefficients, 0, i, i + 1), []), points.shape, [])
  return range(coefficients.size).reduce(
    (sum, i) => ops.add(ops.mul(sum, points), at(i)),
    ops.zerosLike(points),
  )
}

/** Two vectors of one length, zeros in front of the shorter. */
function aligned(operation: string, a: ArrayLike, b: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promoteDTypes(operation, [a, b]).map((v) => (v.ndim === 0 ? ops.reshape(v, [1]) : v)) as [
    NDArray,
    NDArray,
  ]
  if (x.ndim > 1 || y.ndim > 1)
    fail('shape', { operation, shapes: [x.shape, y.shape], expected: 'vectors of coefficients' })
  const length = Math.max(x.size, y.size)
  const grow = (v: NDArray): NDArray =>
    v.size === length ? v : ops.pad(v, constant(0, v.dtype), [{ low: length - v.size, high: 0, interior: 0 }])
  return [grow(x), grow(y)]
}

/** The sum of two polynomials. */
export const polyadd = (a: ArrayLike, b: ArrayLike): NDArray => add(...aligned('polyadd', a, b))
/** The difference of two polynomials. */
export const polysub = (a: ArrayLike, b: ArrayLike): NDArray => subtract(...aligned('polysub', a, b))
/** The product of two polynomials. */
export const polymul = (a: ArrayLike, b: ArrayLike): NDArray => convolve(a, b, 'full')

/** The m-th derivative of a polynomial. */
export function polyder(p: ArrayLike, m = 1): NDArray {
  const x = asArray(p, 'polyder')
  return range(m).reduce((q) => {
    const n = Math.max(0, q.size - 1)
    return ops.mul(
      sliceAxis(q, 0, 0, n),
      fromHost(
        range(n).map((i) => n - i),
        [n],
        q.dtype,
      ),
    )
  }, x)
}

/** The m-th antiderivative of a polynomial, with zeros as constants of integration. */
export function polyint(p: ArrayLike, m = 1): NDArray {
  const given = asArray(p, 'polyint')
  const x = ops.convert(given, floatDType(given.dtype))
  return range(m).reduce((q) => {
    const n = q.size
    const divided = ops.div(
      q,
      fromHost(
        range(n).map((i) => n - i),
        [n],
        q.dtype,
      ),
    )
    return ops.pad(divided, constant(0, q.dtype), [{ low: 0, high: 1, interior: 0 }])
  }, x)
}

interface VanderOptions {
  readonly n?: number
  readonly increasing?: boolean
}

/** The Vandermonde matrix: columns are powers of x, falling (or `increasing`). */
export function vander(x: ArrayLike, { n, increasing = false }: VanderOptions = {}): NDArray {
  const v = asArray(x, 'vander')
  if (v.ndim !== 1) fail('shape', { operation: 'vander', shapes: [v.shape], expected: 'a vector' })
  const columns = range(n ?? v.size).map((k) => ops.reshape(ops.integerPow(v, k), [v.size, 1]))
  if (columns.length === 0) return constant(0, v.dtype, [v.size, 0])
  return ops.concatenate(increasing ? columns : columns.reverse(), 1)
}

export type ConvolveMode = 'full' | 'same' | 'valid'

/** The discrete convolution of two vectors: Σ a[i] v[k - i]. */
export const convolve = (a: ArrayLike, v: ArrayLike, mode: ConvolveMode = 'full'): NDArray =>
  slide('convolve', a, v, mode, true)
/** The cross-correlation of two vectors: Σ a[i + k] v[i]. */
export const correlate = (a: ArrayLike, v: ArrayLike, mode: ConvolveMode = 'valid'): NDArray =>
  slide('correlate', a, v, mode, false)

/** One product of a matrix of shifted copies with the kernel. */
function slide(
  operation: string,
  a: ArrayLike,
  v: ArrayLike,
  mode: ConvolveMode,
  flipKernel: boolean,
): NDArray {
  const [x, y] = promoteDTypes(operation, [a, v]).map((z) => (z.ndim === 0 ? ops.reshape(z, [1]) : z)) as [
    NDArray,
    NDArray,
  ]
  if (x.ndim !== 1 || y.ndim !== 1 || x.size === 0 || y.size === 0)
    fail('shape', { operation, shapes: [x.shape, y.shape], expected: 'two vectors with elements' })
  const swapped = x.size < y.size
  const [signal, kernel] = swapped ? [y, x] : [x, y]
  const [n, m] = [signal.size, kernel.size]
  const weights = flipKernel ? ops.reverse(kernel, [0]) : kernel
  const [low, length] =
    mode === 'full'
      ? [m - 1, n + m - 1]
      : mode === 'same'
        ? [swapped && !flipKernel ? Math.floor((m - 1) / 2) : m - 1 - Math.floor((m - 1) / 2), n]
        : [0, n - m + 1]
  const padded = ops.pad(signal, constant(0, signal.dtype), [
    { low, high: length + m - 1 - n - low, interior: 0 },
  ])
  const shifted = range(m).map((i) => ops.reshape(sliceAxis(padded, 0, i, i + length), [1, length]))
  const result = ops.dotGeneral(weights, ops.concatenate(shifted, 0), {
    lhsContract: [0],
    rhsContract: [0],
    lhsBatch: [],
    rhsBatch: [],
  })
  return swapped && !flipKernel ? ops.reverse(result, [0]) : result
}

interface InterpOptions {
  readonly left?: ArrayLike
  readonly right?: ArrayLike
}

/** The piecewise linear function through (xp, fp), xp increasing, at `x`; outside `left` and `right` (the end values). */
export function interp(
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  { left, right }: InterpOptions = {},
): NDArray {
  const dtype = floatDType(resultDType([x, xp, fp], 'interp'))
  const [at, points, values] = promoteDTypes('interp', [x, xp, fp], dtype) as [NDArray, NDArray, NDArray]
  const n = points.size
  const above = searchsorted(points, at, { side: 'right' })
  const i = ops.clamp(fillLike(above, 1), above, fillLike(above, Math.max(1, n - 1)))
  const element = (v: NDArray, offset: number): NDArray =>
    gatherAxes(v, [0], [ops.add(i, fillLike(i, offset))], 0)
  const width = ops.sub(element(points, 0), element(points, -1))
  const rise = ops.sub(element(values, 0), element(values, -1))
  const delta = ops.sub(at, element(points, -1))
  // Points that coincide have no slope; the left value stands.
  const flat = ops.le(ops.abs(width), fillLike(width, 2 ** -52))
  const inside = ops.select(
    flat,
    element(values, -1),
    ops.add(element(values, -1), ops.mul(ops.div(delta, choose(flat, 1, width)), rise)),
  )
  const edge = (v: NDArray, j: number): NDArray =>
    ops.broadcastInDim(ops.reshape(sliceAxis(v, 0, j, j + 1), []), at.shape, [])
  const outside = (v: ArrayLike | undefined, j: number): NDArray =>
    v === undefined
      ? edge(values, j)
      : (broadcastTogether('interp', [ops.convert(asArray(v, 'interp', dtype), dtype), at])[0] ?? at)
  const low = ops.select(ops.lt(at, edge(points, 0)), outside(left, 0), inside)
  return ops.select(ops.gt(at, edge(points, n - 1)), outside(right, n - 1), low)
}
