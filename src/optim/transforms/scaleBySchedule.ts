/**
 * Updates times a number that depends on the step.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { scaled } from '../hyperparameter.js'
import { zeroCount } from '../moments.js'
import type { Schedule } from '../schedules/schedule.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays } from '../trees.js'

/**
 * schedule(n) · g, counting its own steps n from 0.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.scaleByAdam(), optim.scaleBySchedule(optim.linearSchedule(-1e-3, 0, 1000)))
 * ```
 */
export const scaleBySchedule = (stepSizeFn: Schedule): GradientTransformation =>
  transformation<{ readonly count: NDArray }>({
    init: () => ({ count: zeroCount() }),
    update: (updates, { count }) => {
      const factor = stepSizeFn(count)
      const next = { count: np.add(count, 1) }
      return [mapArrays('optim.scaleBySchedule', (g) => scaled(g, factor), updates), next]
    },
  })
