/**
 * The schedule that does not change.
 */

import type { Schedule } from './schedule.js'

/**
 * The same value at every step.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * optim.constantSchedule(0.1)(7) // 0.1
 * ```
 */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    value
