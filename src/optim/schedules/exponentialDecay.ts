/**
 * Exponential decay, smooth or step by step.
 */

import * as np from '../../numpy/index.js'
import { checkSteps, type BeginOptions, type Schedule } from './schedule.js'

export interface ExponentialOptions extends BeginOptions {
  /** Change at whole multiples of transitionSteps only (step decay); default false. */
  readonly staircase?: boolean
  /** A bound that the value does not pass. */
  readonly endValue?: number
}

/**
 * init · rate^(n / steps). Errors: `argument` unless the number of steps is > 0.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.exponentialDecay(1, 10, 0.5, { staircase: true })
 * console.log(np.astype(rate(9), 'float32').item(), np.astype(rate(10), 'float32').item(), np.astype(rate(25), 'float32').item()) // 1 0.5 0.25
 * ```
 */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  { transitionBegin = 0, staircase = false, endValue }: ExponentialOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.exponentialDecay')
  const bound = decayRate < 1 ? np.maximum : np.minimum
  return (count) => {
    const passed = np.subtract(count, transitionBegin)
    const periods = np.divide(passed, transitionSteps)
    const power = np.power(decayRate, staircase ? np.floor(periods) : periods)
    const value = np.where(np.lessEqual(passed, 0), initValue, np.multiply(power, initValue))
    return endValue === undefined ? value : bound(value, endValue)
  }
}
