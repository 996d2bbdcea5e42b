/**
 * Training: fit, evaluate and predict, and what a run tells on its way.
 */

import '../install.js'

export type {
  Callback,
  EndEvent,
  EpochEvent,
  EpochRecord,
  Json,
  Position,
  ProgressEvent,
  Reply,
  Saved,
  Scores,
  StartEvent,
  StepEvent,
} from './callback.js'
export { checkpoints, type CheckpointOptions } from './callbacks/checkpoints.js'
export { csvLog } from './callbacks/csvLog.js'
export { earlyStopping, type EarlyStoppingOptions } from './callbacks/earlyStopping.js'
export { jsonlLog } from './callbacks/jsonlLog.js'
export { progress, type LineWriter, type ProgressOptions } from './callbacks/progress.js'
export { tensorBoard } from './callbacks/tensorBoard.js'
export { terminateOnNaN } from './callbacks/terminateOnNaN.js'
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
export type { Monitor, MonitorOptions } from './monitor.js'
export type { LossScaling, LossScalingOptions, Precision } from './precision.js'
export { predict, type PredictOptions } from './predict.js'
export type { BatchingOptions, BatchOf, BatchStream, Source, TargetOf } from './source.js'
export type { EvaluationStep, Step, StepScores } from './stepProgram.js'
