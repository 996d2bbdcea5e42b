/**
 * A straight line from one value to another.
 */

import { polynomialSchedule } from './polynomialSchedule.js'
import type { BeginOptions, Schedule } from './schedule.js'

/**
 * From `initValue` to `endValue` in equal steps, then constant.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.sgd(optim.linearSchedule(0.1, 0, 1000))
 * ```
 */
export const linearSchedule = (
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options?: BeginOptions,
): Schedule => polynomialSchedule(initValue, endValue, 1, transitionSteps, options)
