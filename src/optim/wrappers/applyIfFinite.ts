/**
 * An optimizer that overlooks a few bad gradients.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { allFinite } from '../finite.js'
import { zeroCount } from '../moments.js'
import { transformation, type GradientTransformation, type OptimizerState } from '../transformation.js'
import { choose, mapArrays } from '../trees.js'

interface State {
  readonly notfiniteCount: NDArray
  readonly lastFinite: NDArray
  readonly totalNotfinite: NDArray
  readonly innerState: OptimizerState
}

/** The state of `applyIfFinite`: rank-0 arrays to look at. */
export interface ApplyIfFiniteState extends OptimizerState {
  /** Bad gradients in a row, up to now. */
  readonly notfiniteCount: NDArray
  /** Whether the last gradients were good. */
  readonly lastFinite: NDArray
  /** Bad gradients so far. */
  readonly totalNotfinite: NDArray
  readonly innerState: OptimizerState
}

/**
 * `inner`, unless gradients hold an infinity or NaN: then updates are zero and its state stays. After more than
 * `maxConsecutiveErrors` such steps in a row it gives up and lets them pass.
 * Errors: `argument` unless that is a whole number >= 0. Source: optax.apply_if_finite.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.applyIfFinite(optim.sgd(1), 5)
 * const [updates, state] = optimizer.update(np.array([NaN, 1]), optimizer.init(np.zeros([2])))
 * console.log(updates.js(), state.totalNotfinite.item()) // [0, 0] 1
 * ```
 */
export function applyIfFinite(
  inner: GradientTransformation,
  maxConsecutiveErrors: number,
): GradientTransformation<ApplyIfFiniteState> {
  const operation = 'optim.applyIfFinite'
  if (!(Number.isInteger(maxConsecutiveErrors) && maxConsecutiveErrors >= 0)) {
    fail('argument', {
      operation,
      argument: 'maxConsecutiveErrors',
      received: String(maxConsecutiveErrors),
      expected: 'a whole number >= 0',
    })
  }
  return transformation<State>({
    init: (params) => ({
      notfiniteCount: zeroCount(),
      lastFinite: np.ones([], { dtype: 'bool' }),
      totalNotfinite: zeroCount(),
      innerState: inner.init(params),
    }),
    update: (updates, state, params) => {
      const finite = allFinite(operation, updates)
      const bad = np.astype(np.logicalNot(finite), 'int32')
      const notfiniteCount = np.multiply(np.add(state.notfiniteCount, 1), bad)
      const apply = np.logicalOr(finite, np.greater(notfiniteCount, maxConsecutiveErrors))
      const [proposed, innerState] = inner.update(updates, state.innerState, params)
      const next = {
        notfiniteCount,
        lastFinite: finite,
        totalNotfinite: np.add(state.totalNotfinite, bad),
        innerState: choose(operation, apply, innerState, state.innerState),
      }
      return [mapArrays(operation, (u) => np.where(apply, u, 0), proposed), next]
    },
  }) as GradientTransformation<ApplyIfFiniteState>
}
