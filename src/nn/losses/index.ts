/**
 * Losses of a whole batch, as one number to differentiate: the means of the elementwise losses. With a `mask`, bools
 * whose axes are the first ones of the losses, the means of those where it is true (NaN where it is true nowhere).
 */

import { isInteger } from '../../core/dtype.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asArray, asFloat } from '../../numpy/promote.js'
import { maskFor } from '../masks.js'
import { logSoftmax } from '../softmax.js'
import * as classification from './classification.js'
import * as regression from './regression.js'

export interface LossOptions {
  /** Bools: losses where it is false do not count, nor do their gradients. */
  readonly mask?: ArrayLike
}

const meanOf = (losses: NDArray, { mask }: LossOptions, operation: string): NDArray =>
  mask === undefined
    ? np.mean(losses)
    : np.mean(losses, null, { where: maskFor(mask, losses.shape, operation) })

/**
 * The mean squared error.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.mse(np.array([1, 2]), np.array([1, 4])).item() // 2
 * nn.losses.mse(np.array([1, 2]), np.array([1, 4]), { mask: np.array([true, false]) }).item() // 0
 * ```
 */
export const mse = (predictions: ArrayLike, targets: ArrayLike, options: LossOptions = {}): NDArray =>
  meanOf(regression.squaredError(predictions, targets), options, 'nn.losses.mse')

/**
 * The mean absolute error; where prediction and target are equal its derivative is 0.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.mae(np.array([1, 2]), np.array([1, 4])).item() // 1
 * ```
 */
export const mae = (predictions: ArrayLike, targets: ArrayLike, options: LossOptions = {}): NDArray =>
  meanOf(regression.absoluteError(predictions, targets), options, 'nn.losses.mae')

/**
 * The mean Huber loss: quadratic for errors up to `delta` (default 1), linear beyond.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.huber(np.array([0, 3]), np.array([1, 0])).item() // 1.5
 * ```
 */
export const huber = (
  predictions: ArrayLike,
  targets: ArrayLike,
  options: regression.HuberOptions & LossOptions = {},
): NDArray => meanOf(regression.huberLoss(predictions, targets, options), options, 'nn.losses.huber')

/**
 * The mean binary cross-entropy of logits of any size and labels in [0, 1].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.binaryCrossEntropyFromLogits(np.array([0, 100]), np.array([0, 1])).item() // log(2) / 2
 * ```
 */
export const binaryCrossEntropyFromLogits = (
  logits: ArrayLike,
  labels: ArrayLike,
  options: LossOptions = {},
): NDArray =>
  meanOf(
    classification.sigmoidBinaryCrossEntropy(logits, labels),
    options,
    'nn.losses.binaryCrossEntropyFromLogits',
  )

export interface CrossEntropyOptions extends LossOptions {
  /** How much of each label is spread evenly over all classes; default 0. Source: Szegedy et al. (2016). */
  readonly labelSmoothing?: number
}

/**
 * The mean softmax cross-entropy of logits [..., classes] and labels: integers [...], or probabilities [..., classes].
 * A mask has the axes of integer labels, and where it is false labels may be anything (-1, say).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const logits = np.array([[2, 0], [0, 2]])
 * nn.losses.softmaxCrossEntropy(logits, np.array([0, 1], { dtype: 'int32' })).item() // 0.1269…
 * nn.losses.softmaxCrossEntropy(logits, np.eye(2)).item() // the same
 * nn.losses.softmaxCrossEntropy(logits, np.eye(2), { labelSmoothing: 0.1 }).item() // 0.2269…
 * ```
 */
export function softmaxCrossEntropy(
  logits: ArrayLike,
  labels: ArrayLike,
  options: CrossEntropyOptions = {},
): NDArray {
  const operation = 'nn.losses.softmaxCrossEntropy'
  const { labelSmoothing = 0 } = options
  const y = asArray(labels, operation)
  const losses = isInteger(y.dtype)
    ? classification.softmaxCrossEntropyWithIntegerLabels(logits, y)
    : classification.softmaxCrossEntropy(logits, y)
  if (labelSmoothing === 0) return meanOf(losses, options, operation)
  // Linear in the labels: the loss of smoothed labels is that of the labels mixed with that of even ones.
  const even = np.negative(np.mean(logSoftmax(asFloat(logits, operation)), -1))
  const smooth = np.add(np.multiply(losses, 1 - labelSmoothing), np.multiply(even, labelSmoothing))
  return meanOf(smooth, options, operation)
}

/**
 * The mean Kullback-Leibler divergence KL(targets ‖ predictions) of rows: log predictions and target probabilities,
 * both [..., classes].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.klDivergence(np.log(np.array([[0.5, 0.5]])), np.array([[1, 0]])).item() // 0.6931…
 * ```
 */
export const klDivergence = (
  logPredictions: ArrayLike,
  targets: ArrayLike,
  options: LossOptions = {},
): NDArray => meanOf(classification.klDivergence(logPredictions, targets), options, 'nn.losses.klDivergence')

/**
 * The mean hinge loss max(0, 1 - p t) of predictions and targets that are -1 or 1. Where p t is 1 it has a kink.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.hinge(np.array([2, 0.5]), np.array([1, -1])).item() // 0.75
 * ```
 */
export const hinge = (predictions: ArrayLike, targets: ArrayLike, options: LossOptions = {}): NDArray =>
  meanOf(classification.hingeLoss(predictions, targets), options, 'nn.losses.hinge')

/**
 * The mean of 1 - the cosine of the angle between rows of predictions and targets, [..., features].
 * Not differentiable at a row of zeros, unless `epsilon`, a least norm, is above 0.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.cosine(np.array([[1, 0], [0, 1]]), np.array([[2, 0], [0, -1]])).item() // 1
 * ```
 */
export const cosine = (
  predictions: ArrayLike,
  targets: ArrayLike,
  options: regression.CosineOptions & LossOptions = {},
): NDArray => meanOf(regression.cosineDistance(predictions, targets, options), options, 'nn.losses.cosine')
