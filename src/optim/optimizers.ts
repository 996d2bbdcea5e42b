/**
 * Optimizers: chains of transformations that end with the learning rate, a number or a schedule.
 */

import {
  scaleByAdadelta,
  scaleByAdam,
  scaleByAdamax,
  scaleByLion,
  scaleByRms,
  scaleByRss,
  scaleByStddev,
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  type LionOptions,
  type RmsOptions,
} from './adaptive.js'
import { addDecayedWeights, momentumTrace, scaleByLearningRate, type LearningRate } from './scaling.js'
import { chain, type GradientTransformation } from './transformation.js'

export interface MomentumOptions {
  /** The share of the last step that goes on; default none. */
  readonly momentum?: number
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

export interface WeightDecayOptions {
  /** How fast parameters shrink, times the learning rate. */
  readonly weightDecay?: number
}

/** Adam with decoupled weight decay (default 1e-4); `update` needs the parameters. Source: Loshchilov & Hutter (2019). */
export const adamw = (
  learningRate: LearningRate,
  { weightDecay = 1e-4, ...options }: AdamOptions & WeightDecayOptions = {},
): GradientTransformation =>
  chain(scaleByAdam(options), addDecayedWeights({ weightDecay }), scaleByLearningRate(learningRate))

/** Adam with the largest past gradient in place of the mean square. */
export const adamax = (
  learningRate: LearningRate,
  options?: Omit<AdamOptions, 'epsRoot' | 'nesterov'>,
): GradientTransformation => chain(scaleByAdamax(options), scaleByLearningRate(learningRate))

export interface RmspropOptions extends RmsOptions, MomentumOptions {
  /** Divide by the standard deviation instead of the root mean square; default false. */
  readonly centered?: boolean
}

/** RMSProp. Source: Tieleman & Hinton (2012). */
export function rmsprop(
  learningRate: LearningRate,
  { centered = false, momentum, nesterov = false, ...options }: RmspropOptions = {},
): GradientTransformation {
  const rate = scaleByLearningRate(learningRate)
  const trace = momentumTrace(momentum, nesterov)
  return centered ? chain(scaleByStddev(options), rate, trace) : chain(scaleByRms(options), rate, trace)
}

/** Adagrad. Source: Duchi et al. (2011). */
export const adagrad = (learningRate: LearningRate, options?: AdagradOptions): GradientTransformation =>
  chain(scaleByRss(options), scaleByLearningRate(learningRate))

/** Adadelta. Source: Zeiler (2012). */
export const adadelta = (learningRate: LearningRate, options?: AdadeltaOptions): GradientTransformation =>
  chain(scaleByAdadelta(options), scaleByLearningRate(learningRate))

/** Lion with weight decay (default 1e-3); `update` needs the parameters. Source: Chen et al. (2023). */
export const lion = (
  learningRate: LearningRate,
  { weightDecay = 1e-3, ...options }: LionOptions & WeightDecayOptions = {},
): GradientTransformation =>
  chain(scaleByLion(options), addDecayedWeights({ weightDecay }), scaleByLearningRate(learningRate))
