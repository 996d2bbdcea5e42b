/**
 * Adam with weight decay.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { addDecayedWeights, type WeightDecayOptions } from '../transforms/addDecayedWeights.js'
import { scaleByAdam, type AdamOptions } from '../transforms/scaleByAdam.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { chain } from '../wrappers/chain.js'

/**
 * Adam with decoupled weight decay (default 1e-4); `update` needs the parameters. Source: Loshchilov & Hutter (2019).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.adamw(1e-3, { weightDecay: 0.01, mask: (path, p) => p.ndim > 1 })
 * ```
 */
export const adamw = (
  learningRate: LearningRate,
  { weightDecay = 1e-4, mask, ...options }: AdamOptions & WeightDecayOptions = {},
): GradientTransformation =>
  chain(scaleByAdam(options), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate))
