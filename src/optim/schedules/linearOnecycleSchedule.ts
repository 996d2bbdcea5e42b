/**
 * The one-cycle schedule of lines.
 */

import { piecewiseInterpolateSchedule } from './piecewiseInterpolateSchedule.js'
import { checkSteps, type Schedule } from './schedule.js'

export interface LinearOnecycleOptions {
  /** The share of steps that go up; default 0.3. */
  readonly pctStart?: number
  /** The share of steps after which the value is back where it began; default 0.85. */
  readonly pctFinal?: number
  /** The peak as a multiple of the first value; default 25. */
  readonly divFactor?: number
  /** The first value as a multiple of the last; default 1e4. */
  readonly finalDivFactor?: number
}

/**
 * Lines from peak / divFactor up to the peak, back, and down to the last value: super-convergence.
 * Errors: `argument` unless the number of steps is > 0. Source: Smith & Topin (2017), optax.linear_onecycle_schedule.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.linearOnecycleSchedule(100, 1)
 * console.log(np.astype(rate(0), 'float32').item(), np.astype(rate(30), 'float32').item(), np.astype(rate(85), 'float32').item(), np.astype(rate(100), 'float32').item()) // 0.04 1 0.04 0.000004
 * ```
 */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 }: LinearOnecycleOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.linearOnecycleSchedule')
  return piecewiseInterpolateSchedule('linear', peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
    [transitionSteps]: 1 / finalDivFactor,
  })
}
