/**
 * Optimizers, schedules and losses: Optax's names in camelCase, as pure functions that jit.
 */

import '../install.js'

export {
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
export { applyUpdates, incrementalUpdate } from './apply.js'
export * from './losses.js'
export { adadelta, adagrad, adam, adamax, adamw, lion, rmsprop, sgd } from './optimizers.js'
export type { MomentumOptions, RmspropOptions, WeightDecayOptions } from './optimizers.js'
export {
  addDecayedWeights,
  clip,
  clipByGlobalNorm,
  globalNorm,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  trace,
} from './scaling.js'
export type { LearningRate, TraceOptions } from './scaling.js'
export * from './schedules.js'
export { chain, identity, setToZero } from './transformation.js'
export type { GradientTransformation, OptimizerState } from './transformation.js'
