/**
 * LAMB.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { addDecayedWeights, type WeightDecayOptions } from '../transforms/addDecayedWeights.js'
import { scaleByAdam, type AdamOptions } from '../transforms/scaleByAdam.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { scaleByTrustRatio } from '../transforms/scaleByTrustRatio.js'
import { chain } from '../wrappers/chain.js'

export type LambOptions = Omit<AdamOptions, 'nesterov'> & WeightDecayOptions

/**
 * LAMB, for large batches: Adam's direction (eps 1e-6) plus weight decay (default 0), in each array as long as the
 * parameter. `update` needs the parameters. Source: You et al. (2020), https://arxiv.org/abs/1904.00962
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.lamb(2e-3, { weightDecay: 0.01, mask: (path, p) => p.ndim > 1 })
 * ```
 */
export const lamb = (
  learningRate: LearningRate,
  { weightDecay = 0, mask, eps = 1e-6, ...options }: LambOptions = {},
): GradientTransformation =>
  chain(
    scaleByAdam({ eps, ...options }),
    addDecayedWeights({ weightDecay, mask }),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  )
