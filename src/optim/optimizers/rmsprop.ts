/**
 * RMSProp.
 */

import type { LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scaleByLearningRate } from '../transforms/scaleByLearningRate.js'
import { scaleByRms, type RmsOptions } from '../transforms/scaleByRms.js'
import { scaleByStddev } from '../transforms/scaleByStddev.js'
import { momentumTrace } from '../transforms/trace.js'
import { chain } from '../wrappers/chain.js'
import type { MomentumOptions } from './sgd.js'

export interface RmspropOptions extends RmsOptions, MomentumOptions {
  /** Divide by the standard deviation instead of the root mean square; default false. */
  readonly centered?: boolean
}

/**
 * RMSProp. Source: Tieleman & Hinton (2012); centered: Graves (2013).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.rmsprop(1e-3, { decay: 0.99, momentum: 0.9 })
 * ```
 */
export function rmsprop(
  learningRate: LearningRate,
  { centered = false, momentum, nesterov = false, ...options }: RmspropOptions = {},
): GradientTransformation {
  const rate = scaleByLearningRate(learningRate)
  const trace = momentumTrace(momentum, nesterov)
  return centered ? chain(scaleByStddev(options), rate, trace) : chain(scaleByRms(options), rate, trace)
}
