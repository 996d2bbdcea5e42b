/**
 * Warm restarts.
 */

import { joinSchedules } from './joinSchedules.js'
import type { Schedule } from './schedule.js'
import { warmupCosineDecaySchedule, type WarmupOptions } from './warmupCosineDecaySchedule.js'

/** One cycle: the arguments of `warmupCosineDecaySchedule`. */
export interface SgdrCycle extends WarmupOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  readonly decaySteps: number
}

/**
 * Cosine decays with warmup, one after the other, each `decaySteps` long.
 * Source: Loshchilov & Hutter (2017), optax.sgdr_schedule.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const cycle = { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 10 }
 * const rate = optim.sgdrSchedule([cycle, { ...cycle, peakValue: 0.5 }])
 * console.log(np.astype(rate(2), 'float32').item(), np.astype(rate(12), 'float32').item()) // 1 0.5
 * ```
 */
export function sgdrSchedule(cycles: readonly SgdrCycle[]): Schedule {
  let end = 0
  const ends = cycles.map(({ decaySteps }) => (end += decaySteps))
  const schedules = cycles.map(({ initValue, peakValue, warmupSteps, decaySteps, ...options }) =>
    warmupCosineDecaySchedule(initValue, peakValue, warmupSteps, decaySteps, options),
  )
  return joinSchedules(schedules, ends.slice(0, -1))
}
