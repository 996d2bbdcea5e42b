/**
 * Adam.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByAdam, type AdamOptions } from '../transforms/scaleByAdam.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { chain } from '../wrappers/chain.js'

/**
 * Adam. Source: Kingma & Ba (2014), https://arxiv.org/abs/1412.6980
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.adam(optim.cosineDecaySchedule(1e-3, 10_000))
 * ```
 */
export const adam = (learningRate: LearningRate, options?: AdamOptions): GradientTransformation =>
  chain(scaleByAdam(options), scaleByLearningRate(learningRate))
