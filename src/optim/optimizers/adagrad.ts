/**
 * Adagrad.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByRss, type AdagradOptions } from '../transforms/scaleByRss.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { chain } from '../wrappers/chain.js'

/**
 * Adagrad. Source: Duchi et al. (2011).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.adagrad(0.1)
 * ```
 */
export const adagrad = (learningRate: LearningRate, options?: AdagradOptions): GradientTransformation =>
  chain(scaleByRss(options), scaleByLearningRate(learningRate))
