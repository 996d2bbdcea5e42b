/**
 * Steps at given times.
 */

import type { ArrayLike } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkScales, type BoundariesAndScales } from './boundaries.js'
import type { Schedule } from './schedule.js'

/**
 * `initValue`, multiplied by `scale` from step `boundary` on, for each `{ boundary: scale }`.
 * Errors: `argument` for negative scales.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.piecewiseConstantSchedule(1, { 10: 0.5, 20: 0.1 })
 * console.log(np.astype(rate(9), 'float32').item(), np.astype(rate(10), 'float32').item(), np.astype(rate(20), 'float32').item()) // 1 0.5 0.05
 * ```
 */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: BoundariesAndScales = {},
): Schedule {
  const pieces = checkScales('optim.piecewiseConstantSchedule', boundariesAndScales)
  return (count) =>
    pieces.reduce<ArrayLike>(
      (value, [step, scale]) => np.where(np.less(count, step), value, np.multiply(value, scale)),
      initValue,
    )
}
