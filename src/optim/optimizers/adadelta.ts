/**
 * Adadelta.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByAdadelta, type AdadeltaOptions } from '../transforms/scaleByAdadelta.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { chain } from '../wrappers/chain.js'

/**
 * Adadelta. Source: Zeiler (2012).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.adadelta(1)
 * ```
 */
export const adadelta = (learningRate: LearningRate, options?: AdadeltaOptions): GradientTransformation =>
  chain(scaleByAdadelta(options), scaleByLearningRate(learningRate))
