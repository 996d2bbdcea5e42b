/**
 * Linear warmup, then exponential decay.
 */

import { exponentialDecay, type ExponentialOptions } from './exponentialDecay.js'
import { joinSchedules } from './joinSchedules.js'
import { linearSchedule } from './linearSchedule.js'
import type { Schedule } from './schedule.js'

/**
 * Linear from `initValue` to `peakValue` in `warmupSteps`, then `exponentialDecay` counted from there.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.warmupExponentialDecaySchedule(0, 1, 4, 10, 0.5)
 * console.log(np.astype(rate(2), 'float32').item(), np.astype(rate(4), 'float32').item(), np.astype(rate(14), 'float32').item()) // 0.5 1 0.5
 * ```
 */
export const warmupExponentialDecaySchedule = (
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options?: ExponentialOptions,
): Schedule =>
  joinSchedules(
    [
      linearSchedule(initValue, peakValue, warmupSteps),
      exponentialDecay(peakValue, transitionSteps, decayRate, options),
    ],
    [warmupSteps],
  )
