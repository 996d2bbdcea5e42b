/**
 * Stochastic gradient descent.
 */

import type { Hyperparameter, LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { momentumTrace } from '../transforms/trace.js'
import { chain } from '../wrappers/chain.js'

export interface MomentumOptions {
  /** The share of the last step that goes on, in [0, 1); default none. */
  readonly momentum?: Hyperparameter
  /** Nesterov's momentum; default false. */
  readonly nesterov?: boolean
}

/**
 * Stochastic gradient descent: -learningRate · g, with momentum if asked.
 *
 * @example
 * ```ts
 * import { grad, numpy as np, optim } from 'cotangent'
 * const optimizer = optim.sgd(0.1, { momentum: 0.9 })
 * const gradient = grad((x) => np.sum(np.square(x)))
 * let x = np.array([1, 2])
 * let state = optimizer.init(x)
 * for (let step = 0; step < 5; step++) {
 *   const [updates, next] = optimizer.update(gradient(x), state)
 *   x = optim.applyUpdates(x, updates)
 *   state = next
 * }
 * ```
 */
export const sgd = (
  learningRate: LearningRate,
  { momentum, nesterov = false }: MomentumOptions = {},
): GradientTransformation => chain(momentumTrace(momentum, nesterov), scaleByLearningRate(learningRate))
