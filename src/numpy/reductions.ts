/**
 * Reductions over axes: sums, products, extremes, means, truth. `axis` null means all axes.
 */

import { constant, constantValue } from '../core/constants.js'
import { bitsOf, integerRange, isFloat, isUnsigned, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { AxisArgument, ReduceOptions } from '../core/methods.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes, range, without, type Shape } from '../core/shape.js'
import {
  asArray,
  asBool,
  asFloat,
  axisOrFlat,
  broadcastArray,
  broadcastTogether,
  checkDType,
  choose,
  fillLike,
} from './promote.js'
import { broadcastTo } from './movement.js'

export interface WhereOptions extends ReduceOptions {
  /** Only elements where this is true take part. */
  readonly where?: ArrayLike
}
export interface InitialOptions extends WhereOptions {
  /** One more value that takes part. */
  readonly initial?: ArrayLike
}
export interface SumOptions extends InitialOptions {
  readonly dtype?: DType
}

/** The shape of `x` with size 1 along `axes`. */
export const keptShape = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((n, i) => (axes.includes(i) ? 1 : n))

/** Puts the reduced axes back with size 1 where asked. */
export const keep = (
  reduced: NDArray,
  shape: Shape,
  axes: readonly number[],
  keepdims: boolean | undefined,
): NDArray => (keepdims === true ? ops.reshape(reduced, keptShape(shape, axes)) : reduced)

/** Half types are summed in float32. */
export const accumulationDType = (dtype: DType): DType =>
  isFloat(dtype) && bitsOf(dtype) === 16 ? 'float32' : dtype

/** Sums and products of bool and narrow integers are 32 bits wide. */
function summedDType(dtype: DType): DType {
  if (dtype === 'bool') return 'int32'
  if (isFloat(dtype)) return dtype
  return isUnsigned(dtype) ? 'uint32' : 'int32'
}

/** `x` where `where` is true, `neutral` elsewhere. */
function masked(x: NDArray, where: ArrayLike | undefined, neutral: number, operation: string): NDArray {
  if (where === undefined) return x
  const [a, mask] = broadcastTogether(operation, [x, asBool(where, operation)]) as [NDArray, NDArray]
  return choose(mask, a, neutral)
}

type Reduce = (x: NDArray, axes: readonly number[]) => NDArray

function accumulate(
  operation: string,
  reduce: Reduce,
  neutral: number,
  combine: (x: NDArray, y: NDArray) => NDArray,
) {
  return (
    a: ArrayLike,
    axis: AxisArgument = null,
    { keepdims, where, initial, dtype }: SumOptions = {},
  ): NDArray => {
    const array = asArray(a, operation)
    const out = dtype === undefined ? summedDType(array.dtype) : checkDType(dtype, operation)
    const x = masked(ops.convert(array, accumulationDType(out)), where, neutral, operation)
    const axes = normalizeAxes(axis, x.shape, operation)
    const total = reduce(x, axes)
    const start =
      initial === undefined
        ? undefined
        : broadcastArray(ops.convert(asArray(initial, operation, total.dtype), total.dtype), total.shape)
    return keep(
      ops.convert(start === undefined ? total : combine(total, start), out),
      x.shape,
      axes,
      keepdims,
    )
  }
}

/**
 * The sum over `axis`; bool and narrow integers are summed in 32 bits.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.sum(np.array([[1, 2], [3, 4]]), 0).js() // [4, 6]
 * ```
 */
export const sum = accumulate('sum', ops.reduceSum, 0, ops.add)
/** The product over `axis`; bool and narrow integers are multiplied in 32 bits. */
export const prod = accumulate('prod', ops.reduceProd, 1, ops.mul)

/** The smallest and the largest value of a dtype. */
export function extremes(dtype: DType): { readonly min: number; readonly max: number } {
  if (dtype === 'bool') return { min: 0, max: 1 }
  return isFloat(dtype) ? { min: -Infinity, max: Infinity } : integerRange(dtype)
}

function extreme(
  operation: string,
  reduce: Reduce,
  neutral: 'min' | 'max',
  combine: (x: NDArray, y: NDArray) => NDArray,
) {
  return (
    a: ArrayLike,
    axis: AxisArgument = null,
    { keepdims, where, initial }: InitialOptions = {},
  ): NDArray => {
    const array = asArray(a, operation)
    if (where !== undefined && initial === undefined) {
      fail('argument', {
        operation,
        argument: 'initial',
        received: 'nothing',
        expected: 'a number when `where` is given, for slices without any element',
      })
    }
    const x = masked(array, where, extremes(array.dtype)[neutral], operation)
    const axes = normalizeAxes(axis, x.shape, operation)
    if (initial === undefined && axes.some((d) => x.shape[d] === 0)) {
      fail('shape', {
        operation,
        shapes: [x.shape],
        expected: 'at least one element along the reduced axes',
        fix: 'Give `initial`.',
      })
    }
    const best = reduce(x, axes)
    const start =
      initial === undefined
        ? undefined
        : broadcastArray(ops.convert(asArray(initial, operation, best.dtype), best.dtype), best.shape)
    return keep(start === undefined ? best : combine(best, start), x.shape, axes, keepdims)
  }
}

/** The largest element over `axis`, NaN if there is one; the derivative is shared by equal elements. */
export const max = extreme('max', ops.reduceMax, 'min', ops.max)
/** The smallest element over `axis`, NaN if there is one; the derivative is shared by equal elements. */
export const min = extreme('min', ops.reduceMin, 'max', ops.min)

const truth =
  (operation: string, reduce: Reduce, neutral: 0 | 1) =>
  (a: ArrayLike, axis: AxisArgument = null, { keepdims, where }: WhereOptions = {}): NDArray => {
    const x = masked(asBool(a, operation), where, neutral, operation)
    const axes = normalizeAxes(axis, x.shape, operation)
    return keep(reduce(x, axes), x.shape, axes, keepdims)
  }

/** Whether all elements over `axis` are nonzero. */
export const all = truth('all', ops.reduceAnd, 1)
/** Whether any element over `axis` is nonzero. */
export const any = truth('any', ops.reduceOr, 0)

/** How many elements of `x` each slice over `axes` has, or of those where `where` is true. */
function count(
  x: NDArray,
  axes: readonly number[],
  where: ArrayLike | undefined,
  dtype: DType,
  operation: string,
): NDArray {
  if (where === undefined) {
    const size = axes.reduce((n, d) => n * (x.shape[d] ?? 1), 1)
    return constant(size, dtype, without(x.shape, axes))
  }
  return ops.reduceSum(ops.convert(broadcastTo(asBool(where, operation), x.shape), dtype), axes)
}

/** The mean over `axis`, in floats. */
export function mean(
  a: ArrayLike,
  axis: AxisArgument = null,
  { keepdims, where, dtype }: WhereOptions & { readonly dtype?: DType } = {},
): NDArray {
  const x = asFloat(a, 'mean')
  const out = dtype === undefined ? x.dtype : checkDType(dtype, 'mean')
  const wide = ops.convert(x, accumulationDType(out))
  const axes = normalizeAxes(axis, x.shape, 'mean')
  const total = ops.reduceSum(masked(wide, where, 0, 'mean'), axes)
  const average = ops.convert(ops.div(total, count(x, axes, where, wide.dtype, 'mean')), out)
  return keep(average, x.shape, axes, keepdims)
}

export interface VarOptions extends WhereOptions {
  /** Delta degrees of freedom: the sum of squares is divided by n - ddof. */
  readonly ddof?: number
  /** Another name of `ddof`. */
  readonly correction?: number
}

/** The variance over `axis`: the sum of |x - mean|², divided by n - ddof. Exported as `var`. */
export function variance(
  a: ArrayLike,
  axis: AxisArgument = null,
  { keepdims, where, ddof, correction }: VarOptions = {},
): NDArray {
  const x = asFloat(a, 'var')
  const wide = ops.convert(x, accumulationDType(x.dtype))
  const axes = normalizeAxes(axis, x.shape, 'var')
  const center = mean(wide, axes, { keepdims: true, ...(where === undefined ? {} : { where }) })
  const squares = ops.integerPow(ops.sub(wide, broadcastArray(center, x.shape)), 2)
  const total = ops.reduceSum(masked(squares, where, 0, 'var'), axes)
  const variances = divideBySpare(total, count(x, axes, where, wide.dtype, 'var'), correction ?? ddof ?? 0)
  return keep(ops.convert(variances, x.dtype), x.shape, axes, keepdims)
}

/** total / (n - ddof), NaN where nothing is left to divide by. */
function divideBySpare(total: NDArray, n: NDArray, ddof: number): NDArray {
  const known = constantValue(n)
  if (known !== null)
    return known > ddof ? ops.div(total, fillLike(total, known - ddof)) : fillLike(total, NaN)
  const spare = ops.sub(n, fillLike(n, ddof))
  const positive = ops.gt(spare, ops.zerosLike(spare))
  return choose(positive, ops.div(total, choose(positive, spare, 1)), NaN)
}

/** The standard deviation over `axis`: the square root of `var`. */
export const std = (a: ArrayLike, axis: AxisArgument = null, options: VarOptions = {}): NDArray =>
  ops.sqrt(variance(a, axis, options))

/** The largest minus the smallest element over `axis`. */
export const ptp = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  ops.sub(max(a, axis, options), min(a, axis, options))

/** The number of nonzero elements over `axis` (int32). */
export const countNonzero = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  sum(asBool(a, 'countNonzero'), axis, { ...options, dtype: 'int32' })

const arg =
  (operation: string, op: (x: NDArray, axis: number, dtype: DType) => NDArray) =>
  (a: ArrayLike, axis: number | null = null, { keepdims }: ReduceOptions = {}): NDArray => {
    const array = asArray(a, operation)
    const [x, along] = axisOrFlat(array, axis, operation)
    if ((x.shape[along] ?? 0) === 0)
      fail('shape', {
        operation,
        shapes: [array.shape],
        expected: `at least one element along axis ${axis ?? 0}`,
      })
    return keep(op(x, along, 'int32'), array.shape, axis === null ? range(array.ndim) : [along], keepdims)
  }

/** The first position of the largest element along `axis` (int32); NaN counts as largest. */
export const argmax = arg('argmax', ops.argmax)
/** The first position of the smallest element along `axis` (int32); NaN counts as smallest. */
export const argmin = arg('argmin', ops.argmin)

/** The mean weighted by `weights` (of the shape of `a`, or a vector along `axis`). */
export function average(
  a: ArrayLike,
  axis: AxisArgument = null,
  { weights, keepdims }: ReduceOptions & { readonly weights?: ArrayLike } = {},
): NDArray {
  const options = keepdims === undefined ? {} : { keepdims }
  if (weights === undefined) return mean(a, axis, options)
  const x = asFloat(a, 'average')
  const w = ops.convert(asArray(weights, 'average', x.dtype), x.dtype)
  const axes = normalizeAxes(axis, x.shape, 'average')
  const vector = w.ndim === 1 && x.ndim > 1 && axes.length === 1
  const spread = vector ? ops.broadcastInDim(w, x.shape, axes) : broadcastTo(w, x.shape)
  return ops.div(sum(ops.mul(x, spread), axes, options), sum(spread, axes, options))
}
