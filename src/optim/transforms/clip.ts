/**
 * Limits on single elements of updates.
 */

import * as np from '../../numpy/index.js'
import { checkNotNegative, inDTypeOf, type Hyperparameter } from '../hyperparameter.js'
import { stateless, type GradientTransformation } from '../transformation.js'
import { mapArrays } from '../trees.js'

/**
 * Each element of g limited to [-maxDelta, maxDelta]. Errors: `argument` for a negative limit.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const clipped = optim.clip(1)
 * clipped.update(np.array([-3, 0.5, 2]), clipped.init(null))[0].js() // [-1, 0.5, 1]
 * ```
 */
export function clip(maxDelta: Hyperparameter): GradientTransformation {
  const operation = 'optim.clip'
  checkNotNegative(operation, { maxDelta })
  return stateless((updates) =>
    mapArrays(
      operation,
      (g) => np.clip(g, inDTypeOf(g, np.negative(maxDelta)), inDTypeOf(g, maxDelta)),
      updates,
    ),
  )
}
