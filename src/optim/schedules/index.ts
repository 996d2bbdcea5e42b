/**
 * Schedules, one a file. Names and formulas are Optax's.
 */

export { constantSchedule } from './constantSchedule.js'
export { cosineDecaySchedule, type CosineOptions } from './cosineDecaySchedule.js'
export { cosineOnecycleSchedule, type CosineOnecycleOptions } from './cosineOnecycleSchedule.js'
export { exponentialDecay, type ExponentialOptions } from './exponentialDecay.js'
export { joinSchedules } from './joinSchedules.js'
export { linearOnecycleSchedule, type LinearOnecycleOptions } from './linearOnecycleSchedule.js'
export { linearSchedule } from './linearSchedule.js'
export { piecewiseConstantSchedule } from './piecewiseConstantSchedule.js'
export { piecewiseInterpolateSchedule } from './piecewiseInterpolateSchedule.js'
export { polynomialSchedule } from './polynomialSchedule.js'
export type { BeginOptions, Schedule } from './schedule.js'
export { sgdrSchedule, type SgdrCycle } from './sgdrSchedule.js'
export { warmupConstantSchedule } from './warmupConstantSchedule.js'
export { warmupCosineDecaySchedule, type WarmupOptions } from './warmupCosineDecaySchedule.js'
export { warmupExponentialDecaySchedule } from './warmupExponentialDecaySchedule.js'
