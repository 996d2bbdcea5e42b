/**
 * The confusion matrix, and what follows from it: precision, recall and their harmonic mean. Definitions, averages and
 * the value 0 where nothing was predicted (or nothing is there) are scikit-learn's.
 */

import { isFloat } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import { sameShape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { asArray } from '../../numpy/promote.js'
import { maskFor } from '../masks.js'
import { oneHot } from '../softmax.js'
import { counts, type Batch, type Metric } from './metric.js'

/** Predicted classes as int32: integers or bools as they are, of logits with one more axis than labels the largest. */
function classesOf(predictions: ArrayLike, rank: number, operation: string): NDArray {
  const x = asArray(predictions, operation)
  if (x.ndim === rank + 1) return np.argmax(x, -1)
  if (!isFloat(x.dtype)) return np.astype(x, 'int32')
  return fail('dtype', {
    operation,
    dtypes: [x.dtype],
    expected: 'integer classes, or logits [..., classes]',
    fix: 'Compare probabilities with a threshold: np.greater(p, 0.5).',
  })
}

/**
 * How often which class was predicted for which: int32[classes, classes], rows are labels, columns predictions.
 * Predictions are integer classes [...] or logits [..., classes]; labels integers (or bools) [...]. What is no class
 * in [0, classes) is not counted.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.confusionMatrix(2)
 * const int = (list: number[]) => np.array(list, { dtype: 'int32' })
 * const state = metric.update(metric.init(), int([1, 1, 0]), int([1, 0, 0]))
 * console.log(metric.compute(state).js()) // [[1, 1], [0, 1]]
 * ```
 */
export function confusionMatrix(classes: number): Metric<NDArray, Batch> {
  return countingPairs(classes, 'nn.metrics.confusionMatrix', (matrix) => matrix)
}

function countingPairs(
  classes: number,
  operation: string,
  compute: (matrix: NDArray) => NDArray,
): Metric<NDArray, Batch> {
  return {
    init: () => counts([classes, classes]),
    update(matrix, predictions, targets, mask) {
      const labels = asArray(targets, operation)
      if (isFloat(labels.dtype))
        fail('dtype', { operation, dtypes: [labels.dtype], expected: 'integer labels' })
      const predicted = classesOf(predictions, labels.ndim, operation)
      if (!sameShape(predicted.shape, labels.shape)) {
        const expected = 'one predicted class for each label'
        fail('shape', { operation, shapes: [predicted.shape, labels.shape], expected })
      }
      const rows = oneHot(np.ravel(np.astype(labels, 'int32')), classes)
      const columns = oneHot(np.ravel(predicted), classes)
      const counted =
        mask === undefined
          ? rows
          : np.where(np.reshape(maskFor(mask, labels.shape, operation), [-1, 1]), rows, 0)
      // A product of zeros and ones in float32 is exact up to 2²⁴ elements in a batch.
      return np.add(matrix, np.astype(np.matmul(np.transpose(counted), columns), 'int32'))
    },
    compute,
  }
}

export interface ClassAverageOptions {
  /** How many classes there are; default 2. */
  readonly classes?: number
  /**
   * 'binary' (default for two classes) is the value of class 1, 'macro' (default otherwise) the mean of all classes,
   * 'weighted' that mean weighted by how often labels are in the class, 'micro' counts all classes together, and null
   * gives the values of all classes, [classes].
   */
  readonly average?: 'binary' | 'macro' | 'weighted' | 'micro' | null
}

/** a / b, and 0 where b is 0. */
const ratio = (a: NDArray, b: NDArray): NDArray => np.where(np.equal(b, 0), 0, np.divide(a, np.maximum(b, 1)))

/** A value for each class from its hits, how often it was predicted, and how often it was the label. */
type PerClass = (hits: NDArray, predicted: NDArray, actual: NDArray) => NDArray

function averaged(perClass: PerClass, name: string, options: ClassAverageOptions): Metric<NDArray, Batch> {
  const { classes = 2, average = classes === 2 ? 'binary' : 'macro' } = options
  return countingPairs(classes, `nn.metrics.${name}`, (matrix) => {
    const [hits, predicted, actual] = [np.diagonal(matrix), np.sum(matrix, 0), np.sum(matrix, 1)]
    if (average === 'micro') return perClass(np.sum(hits), np.sum(predicted), np.sum(actual))
    const values = perClass(hits, predicted, actual)
    switch (average) {
      case null:
        return values
      case 'binary':
        return values.slice(1)
      case 'macro':
        return np.mean(values)
      case 'weighted':
        return ratio(np.sum(np.multiply(values, actual)), np.sum(actual))
    }
  })
}

/**
 * The share of predictions of a class that are right: hits / predicted, averaged over the classes. Batches are those
 * of `confusionMatrix`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.precision()
 * const int = (list: number[]) => np.array(list, { dtype: 'int32' })
 * console.log(metric.compute(metric.update(metric.init(), int([1, 1, 0]), int([1, 0, 1]))).item()) // 0.5
 * ```
 */
export const precision = (options: ClassAverageOptions = {}): Metric<NDArray, Batch> =>
  averaged((hits, predicted) => ratio(hits, predicted), 'precision', options)

/**
 * The share of elements of a class that are found: hits / labels, averaged over the classes. Batches are those of
 * `confusionMatrix`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.recall()
 * const int = (list: number[]) => np.array(list, { dtype: 'int32' })
 * console.log(metric.compute(metric.update(metric.init(), int([1, 1, 0]), int([1, 0, 0]))).item()) // 1
 * ```
 */
export const recall = (options: ClassAverageOptions = {}): Metric<NDArray, Batch> =>
  averaged((hits, _, actual) => ratio(hits, actual), 'recall', options)

/**
 * The harmonic mean of precision and recall, 2 hits / (predicted + labels), averaged over the classes. Batches are
 * those of `confusionMatrix`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.f1()
 * const int = (list: number[]) => np.array(list, { dtype: 'int32' })
 * console.log(metric.compute(metric.update(metric.init(), int([1, 1, 0]), int([1, 0, 0]))).item()) // 0.6667
 * ```
 */
export const f1 = (options: ClassAverageOptions = {}): Metric<NDArray, Batch> =>
  averaged((hits, predicted, actual) => ratio(np.multiply(hits, 2), np.add(predicted, actual)), 'f1', options)
