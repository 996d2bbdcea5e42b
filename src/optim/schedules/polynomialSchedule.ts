/**
 * A polynomial from one value to another.
 */

import * as np from '../../numpy/index.js'
import { checkSteps, type BeginOptions, type Schedule } from './schedule.js'

/**
 * end + (init - end)(1 - n / steps)^power, n limited to [0, steps].
 * Errors: `argument` unless the number of steps is > 0.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.polynomialSchedule(1, 0, 2, 10)
 * console.log(np.astype(rate(0), 'float32').item(), np.astype(rate(5), 'float32').item(), np.astype(rate(10), 'float32').item()) // 1 0.25 0
 * ```
 */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  { transitionBegin = 0 }: BeginOptions = {},
): Schedule {
  checkSteps(transitionSteps, 'optim.polynomialSchedule')
  return (count) => {
    const passed = np.clip(np.subtract(count, transitionBegin), 0, transitionSteps)
    const left = np.subtract(1, np.divide(passed, transitionSteps))
    return np.add(np.multiply(np.power(left, power), initValue - endValue), endValue)
  }
}
