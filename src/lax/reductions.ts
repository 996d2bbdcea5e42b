/**
 * lax reductions and running reductions.
 */

import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes, normalizeAxis, range, without } from '../core/shape.js'
import { logaddexp } from '../numpy/arithmetic.js'
import { asArray, checkDType, sliceAxis } from '../numpy/promote.js'

const reduction =
  (operation: string, op: (x: NDArray, axes: readonly number[]) => NDArray) =>
  (operand: ArrayLike, axes: readonly number[]): NDArray => {
    const x = asArray(operand, operation)
    return op(x, normalizeAxes(axes, x.shape, operation))
  }

/** The sum over `axes`. */
export const reduceSum = reduction('lax.reduceSum', ops.reduceSum)
/** The product over `axes`. */
export const reduceProd = reduction('lax.reduceProd', ops.reduceProd)
/** The largest element over `axes`. */
export const reduceMax = reduction('lax.reduceMax', ops.reduceMax)
/** The smallest element over `axes`. */
export const reduceMin = reduction('lax.reduceMin', ops.reduceMin)
/** Bitwise (on bool logical) and over `axes`. */
export const reduceAnd = reduction('lax.reduceAnd', ops.reduceAnd)
/** Bitwise (on bool logical) or over `axes`. */
export const reduceOr = reduction('lax.reduceOr', ops.reduceOr)

/** The first position of the largest element along `axis`. */
export function argmax(operand: ArrayLike, axis: number, indexDtype: DType = 'int32'): NDArray {
  const x = asArray(operand, 'lax.argmax')
  return ops.argmax(x, normalizeAxis(axis, x.shape, 'lax.argmax'), checkDType(indexDtype, 'lax.argmax'))
}
/** The first position of the smallest element along `axis`. */
export function argmin(operand: ArrayLike, axis: number, indexDtype: DType = 'int32'): NDArray {
  const x = asArray(operand, 'lax.argmin')
  return ops.argmin(x, normalizeAxis(axis, x.shape, 'lax.argmin'), checkDType(indexDtype, 'lax.argmin'))
}

interface CumulativeOptions {
  /** From the end. */
  readonly reverse?: boolean
}
const cumulative =
  (operation: string, op: (x: NDArray, axis: number, reverse?: boolean) => NDArray) =>
  (operand: ArrayLike, axis = 0, { reverse = false }: CumulativeOptions = {}): NDArray => {
    const x = asArray(operand, operation)
    return op(x, normalizeAxis(axis, x.shape, operation), reverse)
  }

/** Running sums along `axis`. */
export const cumsum = cumulative('lax.cumsum', ops.cumsum)
/** Running products along `axis`. */
export const cumprod = cumulative('lax.cumprod', ops.cumprod)
/** Running maxima along `axis`. */
export const cummax = cumulative('lax.cummax', ops.cummax)
/** Running minima along `axis`. */
export const cummin = cumulative('lax.cummin', ops.cummin)

/** The running log-sum-exp along `axis`, by log2(n) steps that join runs of doubled length (Hillis and Steele). */
export const cumlogsumexp = cumulative('lax.cumlogsumexp', (x, axis, reverse = false) => {
  const n = x.shape[axis] ?? 0
  let result = reverse ? ops.reverse(x, [axis]) : x
  for (let run = 1; run < n; run *= 2) {
    const later = logaddexp(sliceAxis(result, axis, run, n), sliceAxis(result, axis, 0, n - run))
    result = ops.concatenate([sliceAxis(result, axis, 0, run), later], axis)
  }
  return reverse ? ops.reverse(result, [axis]) : result
})

/** An associative function of two arrays of one shape, element by element. */
export type Monoid = (x: NDArray, y: NDArray) => NDArray

/**
 * Folds `operand` over `dimensions` by `computation`, which is associative, has `initValue` as neutral element,
 * and is applied to whole arrays, element by element.
 */
export function reduce(
  operand: ArrayLike,
  initValue: ArrayLike,
  computation: Monoid,
  dimensions: readonly number[],
): NDArray {
  const given = asArray(operand, 'lax.reduce')
  const initial = asArray(initValue, 'lax.reduce', given.dtype)
  if (initial.ndim !== 0 || initial.dtype !== given.dtype) {
    fail('dtype', {
      operation: 'lax.reduce',
      dtypes: [given.dtype, initial.dtype],
      expected: 'a rank-0 initial value of the operand dtype',
    })
  }
  const axes = normalizeAxes(dimensions, given.shape, 'lax.reduce')
  const kept = without(range(given.ndim), axes).map((axis) => given.shape[axis] ?? 1)
  const count = axes.reduce((n, axis) => n * (given.shape[axis] ?? 1), 1)
  let x = ops.reshape(ops.transpose(given, [...axes, ...without(range(given.ndim), axes)]), [count, ...kept])
  // Halves are joined until one row is left; an odd row waits at the end.
  for (let n = count; n > 1; n = Math.ceil(n / 2)) {
    const half = Math.floor(n / 2)
    const joined = computation(sliceAxis(x, 0, 0, half), sliceAxis(x, 0, half, 2 * half))
    x = n % 2 === 0 ? joined : ops.concatenate([joined, sliceAxis(x, 0, n - 1, n)], 0)
  }
  const start = ops.broadcastScalar(initial, kept)
  return count === 0 ? start : computation(start, ops.reshape(x, kept))
}
