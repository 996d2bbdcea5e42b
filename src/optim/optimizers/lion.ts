/**
 * Lion.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { addDecayedWeights, type WeightDecayOptions } from '../transforms/addDecayedWeights.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { scaleByLion, type LionOptions } from '../transforms/scaleByLion.js'
import { chain } from '../wrappers/chain.js'

/**
 * Lion with weight decay (default 1e-3); `update` needs the parameters. Rates are a third to a tenth of Adam's.
 * Source: Chen et al. (2023).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.lion(1e-4, { weightDecay: 0.1 })
 * ```
 */
export const lion = (
  learningRate: LearningRate,
  { weightDecay = 1e-3, mask, ...options }: LionOptions & WeightDecayOptions = {},
): GradientTransformation =>
  chain(scaleByLion(options), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate))
