/**
 * AdaMax.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByAdamax, type AdamaxOptions } from '../transforms/scaleByAdamax.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { chain } from '../wrappers/chain.js'

/**
 * Adam with the largest past gradient in place of the mean square. Source: Kingma & Ba (2014), section 7.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.adamax(2e-3)
 * ```
 */
export const adamax = (learningRate: LearningRate, options?: AdamaxOptions): GradientTransformation =>
  chain(scaleByAdamax(options), scaleByLearningRate(learningRate))
