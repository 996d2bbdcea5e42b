/**
 * The mean of values, for losses above all.
 */

import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asFloat } from '../../numpy/promote.js'
import { maskFor } from '../masks.js'
import { countOf, counts, type Metric } from './metric.js'

export interface MeanState {
  readonly total: NDArray
  /** int32 */
  readonly count: NDArray
}

/**
 * The mean of all values of all batches, whatever their sizes; NaN before the first.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.mean()
 * let state = metric.update(metric.init(), np.array([1, 2, 3]))
 * state = metric.update(state, np.array([10]))
 * console.log(metric.compute(state).item()) // 4
 * ```
 */
export function mean(): Metric<MeanState, [values: ArrayLike, mask?: ArrayLike]> {
  const operation = 'nn.metrics.mean'
  return {
    init: () => ({ total: np.zeros([]), count: counts() }),
    update({ total, count }, values, mask) {
      const x = asFloat(values, operation)
      const kept = mask === undefined ? x : np.where(maskFor(mask, x.shape, operation), x, 0)
      return {
        total: np.add(total, np.astype(np.sum(kept), 'float32')),
        count: np.add(count, countOf(np.ones(x.shape, { dtype: 'bool' }), mask, operation)),
      }
    },
    compute: ({ total, count }) => np.divide(total, count),
  }
}
