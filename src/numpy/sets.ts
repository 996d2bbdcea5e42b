/**
 * Sets of values as sorted vectors without repetition. Their sizes depend on data: see dataDependent.ts.
 */

import { constant } from '../core/constants.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range } from '../core/shape.js'
import { fromHost } from './creation.js'
import { nonzero, valuesOf, type SizeOptions } from './dataDependent.js'
import { concatenate } from './joining.js'
import { ravel, reshape } from './movement.js'
import { asArray, choose, fillLike, promoteDTypes, sliceAxis } from './promote.js'
import { take } from './taking.js'

export interface UniqueOptions extends SizeOptions {
  /** Also the first position of each value. */
  readonly returnIndex?: boolean
  /** Also the position of each element's value in the result. */
  readonly returnInverse?: boolean
  /** Also how often each value occurs. */
  readonly returnCounts?: boolean
}

interface Sorted {
  readonly values: NDArray
  readonly order: NDArray
  /** Where a value differs from the one before it. */
  readonly starts: NDArray
}

function sorted(x: NDArray): Sorted {
  const flat = ops.reshape(x, [x.size])
  if (x.size === 0)
    return { values: flat, order: constant(0, 'int32', [0]), starts: constant(false, 'bool', [0]) }
  const [values, order] = ops.sort([flat, ops.iota('int32', [x.size], 0)], 0) as [NDArray, NDArray]
  const [before, after] = [sliceAxis(values, 0, 0, x.size - 1), sliceAxis(values, 0, 1, x.size)]
  // All NaN count as one value.
  const differs = ops.and(ops.ne(after, before), ops.or(ops.eq(after, after), ops.eq(before, before)))
  return { values, order, starts: ops.concatenate([constant(true, 'bool', [1]), differs], 0) }
}

/**
 * The distinct values, sorted; with options a list [values, index, inverse, counts] of what is asked for.
 * With `size` the result has that length: more values are cut, missing ones are `fillValue` (default: the smallest).
 */
export function unique(ar: ArrayLike, options?: SizeOptions): NDArray
export function unique(ar: ArrayLike, options: UniqueOptions): NDArray | NDArray[]
export function unique(ar: ArrayLike, options: UniqueOptions = {}): NDArray | NDArray[] {
  const x = asArray(ar, 'unique')
  const { values, order, starts } = sorted(x)
  const [positions] = nonzero(
    starts,
    options.size === undefined ? {} : { size: options.size, fillValue: x.size },
  ) as [NDArray]
  const length = positions.size
  const inside = ops.lt(positions, fillLike(positions, x.size))
  const safe = choose(inside, positions, 0)
  const found = take(values, safe)
  const result =
    options.size === undefined
      ? found
      : ops.select(
          inside,
          found,
          options.fillValue === undefined
            ? take(values, ops.zerosLike(safe))
            : fillLike(found, options.fillValue),
        )
  const extras: NDArray[] = []
  if (options.returnIndex === true) extras.push(take(order, safe))
  if (options.returnInverse === true) {
    const rank = ops.sub(ops.cumsum(ops.convert(starts, 'int32'), 0), constant(1, 'int32', [x.size]))
    const [, inverse] = ops.sort([order, rank], 0) as [NDArray, NDArray]
    extras.push(ops.reshape(inverse, x.shape))
  }
  if (options.returnCounts === true) {
    const ends = ops.concatenate(
      [
        sliceAxis(positions, 0, Math.min(1, length), length),
        constant(x.size, 'int32', [Math.min(1, length)]),
      ],
      0,
    )
    extras.push(ops.sub(ends, positions))
  }
  return extras.length === 0 ? result : [result, ...extras]
}

/** Values in `a` or `b`. */
export const union1d = (a: ArrayLike, b: ArrayLike, options: SizeOptions = {}): NDArray =>
  unique(concatenate([a, b], null), options)

/** True where an element occurs in `testElements` (or, inverted, where it does not). */
export function isin(
  element: ArrayLike,
  testElements: ArrayLike,
  { invert = false }: { readonly invert?: boolean } = {},
): NDArray {
  const [x, tests] = promoteDTypes('isin', [element, testElements]) as [NDArray, NDArray]
  const shape = [...x.shape, tests.size]
  const equal = ops.eq(
    ops.broadcastInDim(x, shape, range(x.ndim)),
    ops.broadcastInDim(ravel(tests), shape, [x.ndim]),
  )
  const found = ops.reduceOr(equal, [x.ndim])
  return invert ? ops.not(found) : found
}

/** The elements of a vector where `mask` is true. */
export function compressVector(x: NDArray, mask: NDArray, operation: string): NDArray {
  const keep = valuesOf(
    mask,
    operation,
    'The shape of the result depends on them: use numpy.where, or call it outside of the transformation.',
  )
  const positions = range(keep.length).filter((i) => keep[i] !== 0)
  return take(x, fromHost(positions, [positions.length], 'int32'))
}

/** Values in both `a` and `b`. */
export function intersect1d(a: ArrayLike, b: ArrayLike): NDArray {
  const [x, y] = promoteDTypes('intersect1d', [a, b]) as [NDArray, NDArray]
  const values = unique(x)
  return compressVector(values, isin(values, y), 'intersect1d')
}

/** Values in `a` but not in `b`. */
export function setdiff1d(a: ArrayLike, b: ArrayLike): NDArray {
  const values = unique(a)
  return compressVector(values, isin(values, b, { invert: true }), 'setdiff1d')
}

/** Values in exactly one of `a` and `b`. */
export function setxor1d(a: ArrayLike, b: ArrayLike): NDArray {
  const [x, y] = promoteDTypes('setxor1d', [a, b]) as [NDArray, NDArray]
  return unique(concatenate([setdiff1d(x, y), setdiff1d(y, x)], 0))
}

/** The slices of `a` along `axis` (of the flattened array without one) where `condition` is true. */
export function compress(
  condition: ArrayLike,
  a: ArrayLike,
  axis: number | null = null,
  { size, fillValue = 0 }: SizeOptions = {},
): NDArray {
  const x = axis === null ? reshape(a, [-1]) : asArray(a, 'compress')
  const [positions] = nonzero(
    condition,
    size === undefined ? {} : { size, fillValue: x.shape[axis ?? 0] ?? 0 },
  ) as [NDArray]
  return take(x, positions, axis ?? 0, { mode: 'fill', fillValue })
}

/** The elements of `arr` where `condition` is true. */
export const extract = (condition: ArrayLike, arr: ArrayLike, options: SizeOptions = {}): NDArray =>
  compress(reshape(condition, [-1]), arr, null, options)

/** A vector without the zeros at its front ('f') and back ('b'). */
export function trimZeros(filt: ArrayLike, trim: string = 'fb'): NDArray {
  const x = asArray(filt, 'trimZeros')
  const values = valuesOf(
    x,
    'trimZeros',
    'The shape of the result depends on them: call it outside of the transformation.',
  )
  let [from, to] = [0, values.length]
  if (trim.includes('f')) while (from < to && values[from] === 0) from++
  if (trim.includes('b')) while (to > from && values[to - 1] === 0) to--
  return sliceAxis(x, 0, from, to)
}
