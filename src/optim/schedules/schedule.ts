/**
 * Schedules: functions from the number of a step, counted from 0, to a value, for instance a learning rate.
 */

import { fail } from '../../core/errors.js'
import type { ArrayLike } from '../../core/ndarray.js'

/** From the number of a step (a number or a rank-0 integer array) to a number or a rank-0 array. */
export type Schedule = (count: ArrayLike) => ArrayLike

/** An error unless `steps` is a number > 0. */
export function checkSteps(steps: number, operation: string, argument = 'the number of steps'): void {
  if (!(steps > 0))
    fail('argument', { operation, argument, received: String(steps), expected: 'a number > 0' })
}

export interface BeginOptions {
  /** The step at which the change begins; default 0. */
  readonly transitionBegin?: number
}
