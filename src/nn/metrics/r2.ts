/**
 * The coefficient of determination, R².
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asFloat } from '../../numpy/promote.js'
import { maskFor } from '../masks.js'
import type { Batch, Metric } from './metric.js'

export interface R2State {
  readonly count: NDArray
  /** Of the targets. */
  readonly mean: NDArray
  /** Σ (target - mean)² */
  readonly spread: NDArray
  /** Σ (target - prediction)² */
  readonly residual: NDArray
}

/**
 * 1 - Σ (t - p)² / Σ (t - mean)² over all elements of predictions and targets of one shape: 1 for perfect predictions,
 * 0 for the mean of the targets. Spreads of batches are merged by Chan's formula, without cancellation.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const metric = nn.metrics.r2()
 * const state = metric.update(metric.init(), np.array([2.5, 0, 2, 8]), np.array([3, -0.5, 2, 7]))
 * console.log(metric.compute(state).item()) // 0.9486
 * ```
 */
export function r2(): Metric<R2State, Batch> {
  const operation = 'nn.metrics.r2'
  return {
    init: () => ({ count: np.zeros([]), mean: np.zeros([]), spread: np.zeros([]), residual: np.zeros([]) }),
    update(state, predictions, targets, mask) {
      const target = asFloat(targets, operation)
      const errors = np.subtract(target, predictions)
      const kept = maskFor(mask ?? np.ones([], { dtype: 'bool' }), errors.shape, operation)
      const total = (x: NDArray): NDArray => np.astype(np.sum(np.where(kept, x, 0)), 'float32')
      const count = np.sum(np.astype(kept, 'float32'))
      const mean = np.divide(total(target), np.maximum(count, 1))
      const all = np.add(state.count, count)
      const shift = np.subtract(mean, state.mean)
      const weight = np.divide(count, np.maximum(all, 1))
      const between = np.multiply(np.square(shift), np.multiply(state.count, weight))
      const within = total(np.square(np.subtract(target, mean)))
      return {
        count: all,
        mean: np.add(state.mean, np.multiply(shift, weight)),
        spread: np.add(state.spread, np.add(within, between)),
        residual: np.add(state.residual, total(np.square(errors))),
      }
    },
    compute: ({ spread, residual }) => np.subtract(1, np.divide(residual, spread)),
  }
}
