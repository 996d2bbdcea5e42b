/**
 * Which predictions are right, and their share: what accuracy of one batch and of many have in common.
 */

import { isInteger } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import { sameShape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { asArray } from '../../numpy/promote.js'

/**
 * Where the largest logit is that of the label: bools [...] from logits [..., classes] and labels, integers [...] or
 * one-hot [..., classes].
 */
export function isCorrect(logits: ArrayLike, labels: ArrayLike, operation: string): NDArray {
  const x = asArray(logits, operation)
  const y = asArray(labels, operation)
  const predicted = np.argmax(x, -1)
  const expected = isInteger(y.dtype) && y.ndim < x.ndim ? y : np.argmax(y, -1)
  if (!sameShape(predicted.shape, expected.shape)) {
    fail('shape', {
      operation,
      shapes: [x.shape, y.shape],
      expected: 'integer labels without the last axis of the logits, or labels of their shape',
    })
  }
  return np.equal(predicted, expected)
}

/**
 * The share of rows whose largest logit is that of the label: logits [..., classes], labels integers [...] or
 * one-hot [..., classes]. Not differentiable. For many batches there is `metrics.accuracy`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.accuracy(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([0, 0], { dtype: 'int32' })).item() // 0.5
 * ```
 */
export const accuracy = (logits: ArrayLike, labels: ArrayLike): NDArray =>
  np.mean(isCorrect(logits, labels, 'nn.accuracy'))
