/**
 * Updates times a number.
 */

import { checkHyperparameter, scaled, type Hyperparameter } from '../hyperparameter.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays } from '../trees.js'

/**
 * stepSize · g, in the dtype of g.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const halved = optim.scale(0.5)
 * halved.update(np.array([4]), halved.init(null))[0].js() // [2]
 * ```
 */
export function scale(stepSize: Hyperparameter): GradientTransformation {
  const operation = 'optim.scale'
  checkHyperparameter(operation, 'stepSize', stepSize, { least: -Infinity })
  return stateless((updates) => mapArrays(operation, (g) => scaled(g, stepSize), updates))
}
