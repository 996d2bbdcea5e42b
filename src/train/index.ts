/**
 * Training: fit, evaluate and predict, and what a run tells on its way.
 */

import '../install.js'

export type {
  Callback,
  EndEvent,
  EpochEvent,
  EpochRecord,
  Position,
  ProgressEvent,
  Reply,
  Scores,
  StartEvent,
  StepEvent,
} from './callback.js'
export { evaluate, type EvaluateOptions } from './evaluate.js'
export {
  fit,
  type FitOptions,
  type ModelOptions,
  type Run,
  type StepOptions,
  type TrainState,
} from './fit.js'
export { keep } from './keep.js'
export type { Loss, Metrics, ModelState } from './modelProgram.js'
export { predict, type PredictOptions } from './predict.js'
export { progress, type ProgressOptions } from './progress.js'
export type { BatchingOptions, BatchOf, BatchStream, Source, TargetOf } from './source.js'
export type { EvaluationStep, Step, StepScores } from './stepProgram.js'
