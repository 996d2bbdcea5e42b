/**
 * The transformation that does nothing.
 */

import { stateless, type GradientTransformation } from '../transformation.js'

/**
 * Leaves the updates as they are.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const [updates] = optim.identity().update(np.array([1, 2]), optim.identity().init(null))
 * updates.js() // [1, 2]
 * ```
 */
export const identity = (): GradientTransformation => stateless((updates) => updates)
