/**
 * Schedules one after the other.
 */

import { fail } from '../../core/errors.js'
import type { ArrayLike } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import type { Schedule } from './schedule.js'

/**
 * schedules[i] from boundary i - 1 on, counting its steps from there.
 * Errors: `argument` unless there is one boundary between any two schedules.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.joinSchedules([optim.linearSchedule(0, 1, 4), optim.constantSchedule(0.5)], [4])
 * console.log(np.astype(rate(2), 'float32').item(), np.astype(rate(3), 'float32').item(), np.astype(rate(4), 'float32').item()) // 0.5 0.75 0.5
 * ```
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const [first, ...rest] = schedules
  if (first === undefined || rest.length !== boundaries.length) {
    return fail('argument', {
      operation: 'optim.joinSchedules',
      argument: 'boundaries',
      received: `${boundaries.length} for ${schedules.length} schedules`,
      expected: 'one between any two schedules',
    })
  }
  return (count) =>
    rest.reduce<ArrayLike>((value, schedule, i) => {
      const start = boundaries[i] ?? 0
      return np.where(np.less(count, start), value, schedule(np.subtract(count, start)))
    }, first(count))
}
