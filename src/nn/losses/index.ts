/**
 * Losses of a whole batch, as one number to differentiate: the means of the elementwise losses.
 */

import { isInteger } from '../../core/dtype.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asArray } from '../../numpy/promote.js'
import * as classification from './classification.js'
import * as regression from './regression.js'

/**
 * The mean squared error.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.mse(np.array([1, 2]), np.array([1, 4])).item() // 2
 * ```
 */
export const mse = (predictions: ArrayLike, targets: ArrayLike): NDArray =>
  np.mean(regression.squaredError(predictions, targets))

/** The mean absolute error. */
export const mae = (predictions: ArrayLike, targets: ArrayLike): NDArray =>
  np.mean(regression.absoluteError(predictions, targets))

/** The mean Huber loss. */
export const huber = (
  predictions: ArrayLike,
  targets: ArrayLike,
  options?: regression.HuberOptions,
): NDArray => np.mean(regression.huberLoss(predictions, targets, options))

/**
 * The mean binary cross-entropy of logits of any size and labels in [0, 1].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.losses.binaryCrossEntropyFromLogits(np.array([0, 100]), np.array([0, 1])).item() // log(2) / 2
 * ```
 */
export const binaryCrossEntropyFromLogits = (logits: ArrayLike, labels: ArrayLike): NDArray =>
  np.mean(classification.sigmoidBinaryCrossEntropy(logits, labels))

/**
 * The mean softmax cross-entropy of logits [..., classes] and labels: integers [...], or probabilities [..., classes].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const logits = np.array([[2, 0], [0, 2]])
 * nn.losses.softmaxCrossEntropy(logits, np.array([0, 1], { dtype: 'int32' })).item() // 0.1269…
 * nn.losses.softmaxCrossEntropy(logits, np.eye(2)).item() // the same
 * ```
 */
export function softmaxCrossEntropy(logits: ArrayLike, labels: ArrayLike): NDArray {
  const y = asArray(labels, 'nn.losses.softmaxCrossEntropy')
  const loss = isInteger(y.dtype)
    ? classification.softmaxCrossEntropyWithIntegerLabels
    : classification.softmaxCrossEntropy
  return np.mean(loss(logits, y))
}
