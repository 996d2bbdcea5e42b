/** stopGradient: the identity for values, a wall for derivatives. */

import { isFloat } from '../core/dtype.js'
import { NDArray } from '../core/ndarray.js'
import { stopGradient as stop } from '../core/ops.js'
import { flatten, unflatten } from '../core/tree.js'

/**
 * `x` (an array or a tree of them), treated as a constant by differentiation.
 *
 * @example
 * ```ts
 * import { grad, stopGradient, numpy as np } from 'cotangent'
 * console.log(grad((x) => x.mul(stopGradient(x)))(np.array(3)).item()) // 3
 * ```
 */
export function stopGradient<T>(x: T): T {
  const [leaves, treedef] = flatten(x)
  return unflatten(
    treedef,
    leaves.map((leaf) => (leaf instanceof NDArray && isFloat(leaf.dtype) ? stop(leaf) : leaf)),
  ) as T
}
