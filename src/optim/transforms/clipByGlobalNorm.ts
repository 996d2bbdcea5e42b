/**
 * A limit on the length of all updates together.
 */

import * as np from '../../numpy/index.js'
import { checkNotNegative, scaled, type Hyperparameter } from '../hyperparameter.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays } from '../trees.js'
import { globalNorm } from './globalNorm.js'

/**
 * g · maxNorm / norm where the norm of all of g together exceeds maxNorm, else g: the direction stays.
 * Errors: `argument` for a negative limit. Source: Pascanu et al. (2012), optax.clip_by_global_norm.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const clipped = optim.clipByGlobalNorm(1)
 * clipped.update({ a: np.array([3]), b: np.array([4]) }, clipped.init(null))[0].b.js() // [0.8]
 * ```
 */
export function clipByGlobalNorm(maxNorm: Hyperparameter): GradientTransformation {
  const operation = 'optim.clipByGlobalNorm'
  checkNotNegative(operation, { maxNorm })
  return stateless((updates) => {
    const norm = globalNorm(updates)
    const small = np.less(norm, maxNorm)
    return mapArrays(
      operation,
      (g) => np.where(small, g, scaled(np.divide(g, np.astype(norm, g.dtype)), maxNorm)),
      updates,
    )
  })
}
