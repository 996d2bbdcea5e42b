/**
 * Functions over whole axes: softmax and its logarithm, logsumexp, standardisation, one-hot codes.
 * Axes are a number, a list, or null for all of them.
 */

import { constant } from '../core/constants.js'
import type { DType } from '../core/dtype.js'
import { isInteger } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { AxisArgument, ReduceOptions } from '../core/methods.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { inserted, normalizeAxes, normalizeAxis } from '../core/shape.js'
import * as np from '../numpy/index.js'
import { asArray, asFloat, broadcastArray, choose } from '../numpy/promote.js'

export interface WhereOptions {
  /** Only elements where this is true take part; the others give 0 (softmax) or -inf (logSoftmax). */
  readonly where?: ArrayLike
}

/** x - max(x), in which the maximum counts as a constant: it cancels in what follows. */
function shifted(x: NDArray, axis: AxisArgument): NDArray {
  return np.subtract(x, ops.stopGradient(np.max(x, axis, { keepdims: true })))
}

const masked = (x: NDArray, where: ArrayLike | undefined): NDArray =>
  where === undefined ? x : np.where(where, x, -Infinity)

/**
 * e^x / Σ e^x over `axis` (default the last), without overflow: positive numbers that add up to 1.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.softmax(np.array([[1, 1], [1000, 0]])).js() // [[0.5, 0.5], [1, 0]]
 * ```
 */
export function softmax(x: ArrayLike, axis: AxisArgument = -1, { where }: WhereOptions = {}): NDArray {
  const exponentials = ops.exp(shifted(masked(asFloat(x, 'nn.softmax'), where), axis))
  const shares = np.divide(exponentials, np.sum(exponentials, axis, { keepdims: true }))
  return where === undefined ? shares : np.where(where, shares, 0)
}

/**
 * log(softmax(x)), without overflow: x - logsumexp(x).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.logSoftmax(np.array([0, 0])).js() // [-0.693…, -0.693…]
 * ```
 */
export function logSoftmax(x: ArrayLike, axis: AxisArgument = -1, { where }: WhereOptions = {}): NDArray {
  const difference = shifted(masked(asFloat(x, 'nn.logSoftmax'), where), axis)
  return np.subtract(difference, np.log(np.sum(ops.exp(difference), axis, { keepdims: true })))
}

/**
 * log Σ e^x over `axis` (default all axes), without overflow.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.logsumexp(np.array([1000, 1000])).item() // 1000.693…
 * ```
 */
export function logsumexp(
  a: ArrayLike,
  axis: AxisArgument = null,
  { keepdims = false, where }: ReduceOptions & WhereOptions = {},
): NDArray {
  const x = masked(asFloat(a, 'nn.logsumexp'), where)
  const largest = np.max(x, axis, { keepdims: true })
  // Where the largest is infinite it must not be subtracted: inf - inf is NaN.
  const shift = ops.stopGradient(choose(ops.isFinite(largest), largest, 0))
  const total = np.add(np.log(np.sum(ops.exp(np.subtract(x, shift)), axis, { keepdims: true })), shift)
  return keepdims ? total : np.squeeze(total, normalizeAxes(axis, x.shape, 'nn.logsumexp'))
}

/**
 * log of the mean of e^x over `axis` (default all axes), without overflow.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.logmeanexp(np.array([1000, 1000])).item() // 1000
 * ```
 */
export function logmeanexp(
  a: ArrayLike,
  axis: AxisArgument = null,
  { keepdims = false }: ReduceOptions = {},
): NDArray {
  const x = asArray(a, 'nn.logmeanexp')
  const count = normalizeAxes(axis, x.shape, 'nn.logmeanexp').reduce((n, i) => n * (x.shape[i] ?? 1), 1)
  return np.subtract(logsumexp(x, axis, { keepdims }), Math.log(count))
}

export interface StandardizeOptions {
  /** Used instead of the mean of x over `axis`; must broadcast against x. */
  readonly mean?: ArrayLike
  /** Used instead of the variance of x over `axis`. */
  readonly variance?: ArrayLike
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
}

/**
 * (x - mean) / √(variance + epsilon) over `axis` (default the last).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.standardize(np.array([1, 3]), -1, { epsilon: 0 }).js() // [-1, 1]
 * ```
 */
export function standardize(
  x: ArrayLike,
  axis: AxisArgument = -1,
  { mean, variance, epsilon = 1e-5 }: StandardizeOptions = {},
): NDArray {
  const a = asFloat(x, 'nn.standardize')
  const center = mean ?? np.mean(a, axis, { keepdims: true })
  // As JAX does: E[x²] - E[x]² needs one pass over x.
  const spread = variance ?? np.subtract(np.mean(np.square(a), axis, { keepdims: true }), np.square(center))
  return np.multiply(np.subtract(a, center), ops.rsqrt(asFloat(np.add(spread, epsilon), 'nn.standardize')))
}

export interface OneHotOptions {
  /** default float32 */
  readonly dtype?: DType
  /** Where the new axis goes; default last. */
  readonly axis?: number
}

/**
 * 1 at position x of a new axis of size `numClasses`, 0 elsewhere (everywhere for an x out of range).
 * `x` is an integer array. Not differentiable.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.oneHot(np.array([0, 2], { dtype: 'int32' }), 3).js() // [[1, 0, 0], [0, 0, 1]]
 * ```
 */
export function oneHot(
  x: ArrayLike,
  numClasses: number,
  { dtype = 'float32', axis = -1 }: OneHotOptions = {},
): NDArray {
  const operation = 'nn.oneHot'
  const labels = asArray(x, operation)
  if (!isInteger(labels.dtype))
    fail('dtype', {
      operation,
      dtypes: [labels.dtype],
      expected: 'integer classes',
      fix: "Convert with astype('int32').",
    })
  if (!(Number.isInteger(numClasses) && numClasses >= 0)) {
    fail('argument', {
      operation,
      argument: 'numClasses',
      received: String(numClasses),
      expected: 'a whole number >= 0',
    })
  }
  const at = normalizeAxis(axis, [...labels.shape, numClasses], operation)
  const shape = inserted(labels.shape, at, numClasses)
  if (numClasses === 0) return constant(0, dtype, shape)
  const classes = ops.iota(labels.dtype, shape, at)
  return ops.convert(ops.eq(broadcastArray(np.expandDims(labels, at), shape), classes), dtype)
}
