/**
 * Linear warmup, then a constant.
 */

import { linearSchedule } from './linearSchedule.js'
import type { Schedule } from './schedule.js'

/**
 * Linear from `initValue` to `peakValue` in `warmupSteps`, then constant.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.warmupConstantSchedule(0, 1, 4)
 * console.log(np.astype(rate(1), 'float32').item(), np.astype(rate(4), 'float32').item(), np.astype(rate(100), 'float32').item()) // 0.25 1 1
 * ```
 */
export const warmupConstantSchedule = (initValue: number, peakValue: number, warmupSteps: number): Schedule =>
  linearSchedule(initValue, peakValue, warmupSteps)
