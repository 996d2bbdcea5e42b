/**
 * The one-cycle schedule of half cosines.
 */

import { piecewiseInterpolateSchedule } from './piecewiseInterpolateSchedule.js'
import { checkSteps, type Schedule } from './schedule.js'

export interface CosineOnecycleOptions {
  /** The share of steps that go up; default 0.3. */
  readonly pctStart?: number
  /** The peak as a multiple of the first value; default 25. */
  readonly divFactor?: number
  /** The first value as a multiple of the last; default 1e4. */
  readonly finalDivFactor?: number
}

/**
 * Half cosines from peak / divFactor up to the peak and down to the last value, as PyTorch's OneCycleLR.
 * Errors: `argument` unless the number of steps is > 0. Source: Smith & Topin (2017), optax.cosine_onecycle_schedule.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.cosineOnecycleSchedule(100, 1)
 * console.log(np.astype(rate(0), 'float32').item(), np.astype(rate(15), 'float32').item(), np.astype(rate(30), 'float32').item(), np.astype(rate(65), 'float32').item()) // 0.04 0.52 1 0.50
 * ```
 */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 }: CosineOnecycleOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.cosineOnecycleSchedule')
  return piecewiseInterpolateSchedule('cosine', peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [transitionSteps]: 1 / (divFactor * finalDivFactor),
  })
}
