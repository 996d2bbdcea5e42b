/**
 * Updates of zero.
 */

import * as np from '../../numpy/index.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays } from '../trees.js'

/**
 * Updates of zero: for parameters that stay fixed, as a group of `multiTransform`.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.multiTransform(
 *   { frozen: optim.setToZero(), trained: optim.adam(1e-3) },
 *   (path) => (path.startsWith('[0]') ? 'frozen' : 'trained'),
 * )
 * ```
 */
export const setToZero = (): GradientTransformation =>
  stateless((updates) => mapArrays('optim.setToZero', (g) => np.zerosLike(g), updates))
