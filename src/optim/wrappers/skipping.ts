/**
 * Reasons to leave a batch out of `multiSteps`.
 */

import { arraysOf } from '../trees.js'
import { allFinite } from '../finite.js'
import * as np from '../../numpy/index.js'
import type { ShouldSkip } from './multiSteps.js'

/**
 * Batches whose gradients hold an infinity or NaN. Source: optax.skip_not_finite.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.multiSteps(optim.adam(1e-3), 4, { shouldSkipUpdateFn: optim.skipNotFinite })
 * ```
 */
export const skipNotFinite: ShouldSkip = (updates) => np.logicalNot(allFinite('optim.skipNotFinite', updates))

/**
 * Batches whose gradients have a squared global norm of `maxSquaredNorm` or more, or NaN.
 * Source: optax.skip_large_updates.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.multiSteps(optim.adam(1e-3), 4, { shouldSkipUpdateFn: optim.skipLargeUpdates(100) })
 * ```
 */
export const skipLargeUpdates =
  (maxSquaredNorm: number): ShouldSkip =>
  (updates) => {
    const squares = arraysOf('optim.skipLargeUpdates', updates).map((x) => np.sum(np.square(x)))
    return np.logicalNot(np.less(squares.reduce(np.add, np.zeros([])), maxSquaredNorm))
  }
