/**
 * The area under the ROC curve, exact: the state keeps all scores.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as ops from '../../core/ops.js'
import { sameShape } from '../../core/shape.js'
import { dynamicUpdateSlice, sortKeyVal } from '../../lax/indexing.js'
import * as np from '../../numpy/index.js'
import { asArray, asBool } from '../../numpy/promote.js'
import { maskFor } from '../masks.js'
import { counts, type Batch, type Metric } from './metric.js'

/** Places are filled from the start; empty and masked ones have neither label. */
export interface AucState {
  /** float32[capacity] */
  readonly scores: NDArray
  /** int32[capacity]: 1 for a positive, -1 for a negative, 0 for neither */
  readonly labels: NDArray
  /** int32: how many places are taken */
  readonly count: NDArray
}

/**
 * The chance that a positive has a larger score than a negative, equal scores counting half: for each positive the
 * negatives below its score and those up to it, from one sort and running counts.
 */
function areaOf({ scores, labels, count }: AucState): NDArray {
  const capacity = scores.shape[0] ?? 0
  const [sorted, sides] = sortKeyVal(scores, labels)
  const [positive, negative] = [1, -1].map((side) => np.astype(np.equal(sides, side), 'int32')) as [
    NDArray,
    NDArray,
  ]
  const upTo = ops.cumsum(negative, 0)
  const changes = np.notEqual(sorted.slice([1, capacity]), sorted.slice([0, capacity - 1]))
  const edge = np.ones([1], { dtype: 'bool' })
  const [isFirst, isLast] = [np.concatenate([edge, changes]), np.concatenate([changes, edge])]
  // Counts grow, so the latest first place of equal scores has the largest count, and the next last place the smallest.
  const below = ops.cummax(np.where(isFirst, np.subtract(upTo, negative), 0), 0)
  const through = ops.cummin(np.where(isLast, upTo, capacity), 0, true)
  const [positives, negatives] = [np.sum(positive), np.sum(negative)]
  const beaten = np.divide(np.add(below, through), np.multiply(negatives, 2))
  const area = np.divide(np.sum(np.where(np.equal(positive, 1), beaten, 0)), positives)
  // 0 / 0 is NaN where a class is absent; too many scores for the state must not go unnoticed either.
  return np.where(np.lessEqual(count, capacity), area, NaN)
}

/**
 * The area under the ROC curve of scores [n] (of any scale) and labels [n], bools or 0 and 1: exact, with ties, for up
 * to `capacity` scores in all batches, masked ones included; NaN beyond, and where a class is absent.
 * Errors: `shape` for a batch larger than the capacity.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.auc(1000)
 * const labels = np.array([0, 0, 1, 1], { dtype: 'int32' })
 * const state = metric.update(metric.init(), np.array([0.1, 0.4, 0.35, 0.8]), labels)
 * console.log(metric.compute(state).item()) // 0.75
 * ```
 */
export function auc(capacity: number): Metric<AucState, Batch> {
  const operation = 'nn.metrics.auc'
  return {
    init: () => ({ scores: np.zeros([capacity]), labels: counts([capacity]), count: counts() }),
    update({ scores, labels, count }, predictions, targets, mask) {
      const x = np.astype(asArray(predictions, operation), 'float32')
      const isPositive = asBool(targets, operation)
      if (x.ndim !== 1 || x.size > capacity || !sameShape(x.shape, isPositive.shape)) {
        fail('shape', {
          operation,
          shapes: [x.shape, isPositive.shape],
          expected: `as many labels as scores, at most ${capacity}`,
        })
      }
      const sides = np.where(isPositive, np.onesLike(isPositive, { dtype: 'int32' }), -1)
      const own = mask === undefined ? sides : np.where(maskFor(mask, x.shape, operation), sides, 0)
      return {
        scores: dynamicUpdateSlice(scores, x, [count]),
        labels: dynamicUpdateSlice(labels, own, [count]),
        count: np.add(count, x.size),
      }
    },
    compute: areaOf,
  }
}
