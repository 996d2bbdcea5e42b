/**
 * The last link of an optimizer: the step against the gradient.
 */

import * as np from '../../numpy/index.js'
import { NDArray } from '../../core/ndarray.js'
import { checkHyperparameter, type LearningRate } from '../hyperparameter.js'
import type { GradientTransformation } from '../transformation.js'
import { scale } from './scale.js'
import { scaleBySchedule } from './scaleBySchedule.js'

/**
 * -learningRate · g: the last link of an optimizer, which turns ascent into descent. The rate is a number, a rank-0
 * array, or a schedule of the step. Errors: `argument` for a negative rate.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.trace({ decay: 0.9 }), optim.scaleByLearningRate(0.1))
 * ```
 */
export function scaleByLearningRate(learningRate: LearningRate): GradientTransformation {
  if (typeof learningRate === 'function') return scaleBySchedule((count) => np.negative(learningRate(count)))
  checkHyperparameter('optim.scaleByLearningRate', 'learningRate', learningRate, {
    fix: 'The minus of descent is added here; to climb, negate the loss or end a chain with optim.scale.',
  })
  return scale(learningRate instanceof NDArray ? np.negative(learningRate) : -learningRate)
}
