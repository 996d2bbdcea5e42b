/**
 * Reductions that ignore NaN: each is the plain one on the array with NaN replaced by a neutral element.
 */

import { isFloat } from '../core/dtype.js'
import type { AxisArgument, ReduceOptions } from '../core/methods.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes } from '../core/shape.js'
import { cumprod, cumsum } from './cumulative.js'
import { asArray, asFloat, broadcastArray, choose, fillLike } from './promote.js'
import { all, argmax, argmin, max, min, prod, sum } from './reductions.js'

const isNaNMask = (x: NDArray): NDArray => ops.ne(x, x)

/** `x` with NaN replaced; integers have none. */
function replaced(a: ArrayLike, value: number, operation: string): NDArray {
  const x = asArray(a, operation)
  return isFloat(x.dtype) ? choose(isNaNMask(x), value, x) : x
}

/** The sum of the elements that are not NaN. */
export const nansum = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  sum(replaced(a, 0, 'nansum'), axis, options)
/** The product of the elements that are not NaN. */
export const nanprod = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  prod(replaced(a, 1, 'nanprod'), axis, options)

function extreme(operation: string, plain: typeof max, neutral: number) {
  return (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray => {
    const x = asArray(a, operation)
    const best = plain(replaced(x, neutral, operation), axis, options)
    return isFloat(x.dtype) ? choose(all(isNaNMask(x), axis, options), NaN, best) : best
  }
}
/** The largest element that is not NaN; NaN where there is none. */
export const nanmax = extreme('nanmax', max, -Infinity)
/** The smallest element that is not NaN; NaN where there is none. */
export const nanmin = extreme('nanmin', min, Infinity)

const countOf = (x: NDArray, axis: AxisArgument, options: ReduceOptions): NDArray =>
  sum(ops.not(isNaNMask(x)), axis, { ...options, dtype: x.dtype })

/** The mean of the elements that are not NaN; NaN where there is none. */
export function nanmean(a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray {
  const x = asFloat(a, 'nanmean')
  return ops.div(nansum(x, axis, options), countOf(x, axis, options))
}

interface NanVarOptions extends ReduceOptions {
  readonly ddof?: number
}

/** The variance of the elements that are not NaN. */
export function nanvar(
  a: ArrayLike,
  axis: AxisArgument = null,
  { ddof = 0, ...options }: NanVarOptions = {},
): NDArray {
  const x = asFloat(a, 'nanvar')
  const axes = normalizeAxes(axis, x.shape, 'nanvar')
  const centered = ops.sub(x, broadcastArray(nanmean(x, axes, { keepdims: true }), x.shape))
  const squares = ops.integerPow(choose(isNaNMask(x), 0, centered), 2)
  const n = countOf(x, axes, options)
  const freedom = ops.sub(n, fillLike(n, ddof))
  return choose(ops.le(freedom, ops.zerosLike(freedom)), NaN, ops.div(sum(squares, axes, options), freedom))
}

/** The standard deviation of the elements that are not NaN. */
export const nanstd = (a: ArrayLike, axis: AxisArgument = null, options: NanVarOptions = {}): NDArray =>
  ops.sqrt(nanvar(a, axis, options))

function arg(operation: string, plain: typeof argmax, neutral: number) {
  return (a: ArrayLike, axis: number | null = null, options: ReduceOptions = {}): NDArray => {
    const x = asArray(a, operation)
    const found = plain(replaced(x, neutral, operation), axis, options)
    return isFloat(x.dtype) ? choose(all(isNaNMask(x), axis, options), -1, found) : found
  }
}
/** The first position of the largest element that is not NaN; -1 where there is none. */
export const nanargmax = arg('nanargmax', argmax, -Infinity)
/** The first position of the smallest element that is not NaN; -1 where there is none. */
export const nanargmin = arg('nanargmin', argmin, Infinity)

/** Running sums with NaN as 0. */
export const nancumsum = (a: ArrayLike, axis: number | null = null): NDArray =>
  cumsum(replaced(a, 0, 'nancumsum'), axis)
/** Running products with NaN as 1. */
export const nancumprod = (a: ArrayLike, axis: number | null = null): NDArray =>
  cumprod(replaced(a, 1, 'nancumprod'), axis)
