/**
 * Accuracy over many batches: the share of right classes, of the best one or among the best k.
 */

import { isInteger } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import { sameShape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { asArray } from '../../numpy/promote.js'
import { topK as largest } from '../../numpy/sorting.js'
import { isCorrect } from './correctness.js'
import { share, type Batch, type Metric, type ShareState } from './metric.js'

/**
 * The share of rows whose largest logit is that of the label: logits [..., classes], labels integers [...] or one-hot
 * [..., classes].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.accuracy()
 * const labels = np.array([0, 0], { dtype: 'int32' })
 * const state = metric.update(metric.init(), np.array([[0.9, 0.1], [0.3, 0.7]]), labels)
 * console.log(metric.compute(state).item()) // 0.5
 * ```
 */
export const accuracy = (): Metric<ShareState, Batch> =>
  share((logits, labels) => isCorrect(logits, labels, 'nn.metrics.accuracy'), 'nn.metrics.accuracy')

/**
 * The share of rows whose label is among the k largest logits (of equal ones the first count as larger): logits
 * [..., classes], labels integers [...].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.topK(2)
 * const labels = np.array([1, 2], { dtype: 'int32' })
 * const state = metric.update(metric.init(), np.array([[3, 2, 1], [3, 2, 1]]), labels)
 * console.log(metric.compute(state).item()) // 0.5
 * ```
 */
export function topK(k: number): Metric<ShareState, Batch> {
  const operation = 'nn.metrics.topK'
  return share((logits, labels) => {
    const [x, y] = [asArray(logits, operation), asArray(labels, operation)]
    if (!isInteger(y.dtype)) fail('dtype', { operation, dtypes: [y.dtype], expected: 'integer labels' })
    if (!sameShape(y.shape, x.shape.slice(0, -1)) || k > (x.shape.at(-1) ?? 0)) {
      fail('shape', {
        operation,
        shapes: [x.shape, y.shape],
        expected: `logits of at least ${k} classes, and labels without their last axis`,
      })
    }
    const [, best] = largest(x, k)
    return np.any(np.equal(best, np.expandDims(y, -1)), -1)
  }, operation)
}
