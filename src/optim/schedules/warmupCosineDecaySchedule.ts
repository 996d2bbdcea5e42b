/**
 * Linear warmup, then cosine decay.
 */

import { cosineDecaySchedule } from './cosineDecaySchedule.js'
import { joinSchedules } from './joinSchedules.js'
import { linearSchedule } from './linearSchedule.js'
import { checkSteps, type Schedule } from './schedule.js'

export interface WarmupOptions {
  /** The final value; default 0. */
  readonly endValue?: number
  /** The power of the cosine; default 1. */
  readonly exponent?: number
}

/**
 * Linear from `initValue` to `peakValue` in `warmupSteps`, then a cosine decay that ends at step `decaySteps`.
 * Errors: `argument` unless decaySteps is above warmupSteps.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.warmupCosineDecaySchedule(0, 1, 4, 14)
 * console.log(np.astype(rate(2), 'float32').item(), np.astype(rate(4), 'float32').item(), np.astype(rate(9), 'float32').item(), np.astype(rate(14), 'float32').item()) // 0.5 1 0.50 0.00
 * ```
 */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  { endValue = 0, exponent = 1 }: WarmupOptions = {},
): Schedule {
  checkSteps(decaySteps - warmupSteps, 'optim.warmupCosineDecaySchedule', 'decaySteps - warmupSteps')
  const alpha = peakValue === 0 ? 0 : endValue / peakValue
  const decay = cosineDecaySchedule(peakValue, decaySteps - warmupSteps, { alpha, exponent })
  return joinSchedules([linearSchedule(initValue, peakValue, warmupSteps), decay], [warmupSteps])
}
