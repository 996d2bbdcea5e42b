/**
 * Functions whose result's shape depends on values. They read their argument at once, so they need a concrete
 * array on a device that can be read synchronously; with `size` the shape is static and they work everywhere.
 */

import { constant } from '../core/constants.js'
import { showAval } from '../core/aval.js'
import { CotangentError, fail } from '../core/errors.js'
import { Tracer, type ArrayLike, type NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range, stridesOf } from '../core/shape.js'
import type { HostArray } from '../core/dtype.js'
import { fromHost } from './creation.js'
import { reshape } from './movement.js'
import { asArray, asBool, choose, fillLike } from './promote.js'

export interface SizeOptions {
  /** The static length of the result: longer ones are cut, shorter ones filled. */
  readonly size?: number
  readonly fillValue?: number
}

/** The values of `x`, now; `fix` says what a caller can do where they are not known. */
export function valuesOf(x: NDArray, operation: string, fix: string): HostArray {
  if (x instanceof Tracer)
    return fail('concreteValue', { operation, aval: showAval(x.aval), trace: x.traceName, fix })
  try {
    return x.dataSync()
  } catch (error) {
    if (!(error instanceof CotangentError) || error.code !== 'syncRead') throw error
    const { device } = (error as CotangentError<'syncRead'>).detail
    return fail('syncRead', {
      operation,
      device,
      instead: "`await devicePutAsync(x, 'wasm')` first, or a static `size` where there is one",
    })
  }
}

/** One more than the largest of the integers in `x`, now. */
export const countOfLabels = (x: NDArray, operation: string, fix: string): number =>
  [...valuesOf(x, operation, fix)].reduce((n, label) => Math.max(n, label + 1), 0)

const giveSize =
  'The shape of the result depends on them: give `size`, or call it outside of the transformation.'

/** The flat positions of the nonzero elements: data-dependent length, or `size` with the rest out of range. */
function positions(x: NDArray, operation: string, size: number | undefined): NDArray {
  const mask = ops.reshape(asBool(x, operation), [x.size])
  if (size === undefined) {
    const values = valuesOf(mask, operation, giveSize)
    const found = range(values.length).filter((i) => values[i] !== 0)
    return fromHost(found, [found.length], 'int32')
  }
  // Position k of the result is the number of elements before the k-th nonzero one: the count of prefix sums <= k.
  const prefix = ops.cumsum(ops.convert(mask, 'int32'), 0)
  const shape = [size, x.size]
  const before = ops.le(ops.broadcastInDim(prefix, shape, [1]), ops.iota('int32', shape, 0))
  return ops.reduceSum(ops.convert(before, 'int32'), [1])
}

/** The index lists of the nonzero elements, one for each axis (int32), in row-major order. */
export function nonzero(a: ArrayLike, { size, fillValue = 0 }: SizeOptions = {}): NDArray[] {
  const given = asArray(a, 'nonzero')
  const x = given.ndim === 0 ? ops.reshape(given, [1]) : given
  const flat = positions(x, 'nonzero', size)
  const strides = stridesOf(x.shape)
  const valid = ops.lt(flat, fillLike(flat, x.size))
  return x.shape.map((n, axis) => {
    const along = ops.rem(
      ops.div(flat, fillLike(flat, Math.max(1, strides[axis] ?? 1))),
      fillLike(flat, Math.max(1, n)),
    )
    return size === undefined ? along : choose(valid, along, fillValue)
  })
}

/** The positions of the nonzero elements in the flattened array (int32). */
export const flatnonzero = (a: ArrayLike, options: SizeOptions = {}): NDArray =>
  nonzero(reshape(a, [-1]), options)[0] ?? constant(0, 'int32', [0])

/** The index vectors of the nonzero elements: shape [count, rank]. */
export function argwhere(a: ArrayLike, options: SizeOptions = {}): NDArray {
  const x = asArray(a, 'argwhere')
  const lists = nonzero(x, options)
  if (x.ndim === 0) return constant(0, 'int32', [lists[0]?.size ?? 0, 0])
  return ops.concatenate(
    lists.map((list) => ops.reshape(list, [list.size, 1])),
    1,
  )
}
