/**
 * Losses for numbers, one value for each element (or row): predictions, targets → losses.
 * `targets` may be left out where predictions are errors already. Names and formulas are Optax's.
 */

import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asFloat } from '../../numpy/promote.js'
import { softplus } from '../activations.js'

const errorsOf = (predictions: ArrayLike, targets: ArrayLike | undefined, operation: string): NDArray =>
  targets === undefined
    ? asFloat(predictions, operation)
    : asFloat(np.subtract(predictions, targets), operation)

/**
 * (p - t)².
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.squaredError(np.array([1, 2]), np.array([1, 4])).js() // [0, 4]
 * ```
 */
export const squaredError = (predictions: ArrayLike, targets?: ArrayLike): NDArray =>
  np.square(errorsOf(predictions, targets, 'squaredError'))

/**
 * (p - t)² / 2.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.l2Loss(np.array([1, 2]), np.array([1, 4])).js() // [0, 2]
 * ```
 */
export const l2Loss = (predictions: ArrayLike, targets?: ArrayLike): NDArray =>
  np.multiply(squaredError(predictions, targets), 0.5)

/**
 * |p - t|; the derivative where they are equal is 0.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.absoluteError(np.array([1, 2]), np.array([1, 4])).js() // [0, 2]
 * ```
 */
export const absoluteError = (predictions: ArrayLike, targets?: ArrayLike): NDArray =>
  np.abs(errorsOf(predictions, targets, 'absoluteError'))

export interface HuberOptions {
  /** Where the loss turns from quadratic to linear; default 1. */
  readonly delta?: number
}

/**
 * e² / 2 for |e| <= delta, delta (|e| - delta / 2) beyond; e = p - t. Source: Huber (1964).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.huberLoss(np.array([0, 3]), np.array([1, 0])).js() // [0.5, 2.5]
 * ```
 */
export function huberLoss(
  predictions: ArrayLike,
  targets?: ArrayLike,
  { delta = 1 }: HuberOptions = {},
): NDArray {
  const size = np.abs(errorsOf(predictions, targets, 'huberLoss'))
  const quadratic = np.minimum(size, delta)
  const linear = np.subtract(size, quadratic)
  return np.add(np.multiply(np.square(quadratic), 0.5), np.multiply(linear, delta))
}

/**
 * log cosh(p - t), without overflow.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.logCosh(np.array([0, 100]), np.array([0, 0])).js() // [0, 99.30…]
 * ```
 */
export function logCosh(predictions: ArrayLike, targets?: ArrayLike): NDArray {
  const errors = errorsOf(predictions, targets, 'logCosh')
  // log((e^x + e^-x) / 2) = log(1 + e^2x) - x - log 2
  return np.subtract(np.subtract(softplus(np.multiply(errors, 2)), errors), Math.LN2)
}

export interface CosineOptions {
  /** Norms count as at least this much; default 0. */
  readonly epsilon?: number
  /** default the last */
  readonly axis?: number
}

function unit(x: ArrayLike, epsilon: number, axis: number, operation: string): NDArray {
  const vector = asFloat(x, operation)
  const norm = np.sqrt(np.sum(np.square(vector), axis, { keepdims: true }))
  return np.divide(vector, epsilon === 0 ? norm : np.maximum(norm, epsilon))
}

/**
 * The cosine of the angle between rows. Not differentiable at a row of zeros.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.cosineSimilarity(np.array([[1, 0], [1, 1]]), np.array([[2, 0], [0, 1]])).js() // [1, 0.707…]
 * ```
 */
export function cosineSimilarity(
  predictions: ArrayLike,
  targets: ArrayLike,
  { epsilon = 0, axis = -1 }: CosineOptions = {},
): NDArray {
  const [p, t] = [predictions, targets].map((x) => unit(x, epsilon, axis, 'cosineSimilarity')) as [
    NDArray,
    NDArray,
  ]
  return np.sum(np.multiply(p, t), axis)
}

/**
 * 1 - cosineSimilarity.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.cosineDistance(np.array([[1, 0], [1, 1]]), np.array([[2, 0], [0, 1]])).js() // [0, 0.292…]
 * ```
 */
export const cosineDistance = (
  predictions: ArrayLike,
  targets: ArrayLike,
  options?: CosineOptions,
): NDArray => np.subtract(1, cosineSimilarity(predictions, targets, options))
