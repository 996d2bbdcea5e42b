/**
 * A function of arrays as a layer.
 */

import type { NDArray } from '../../core/ndarray.js'
import { stateless, type Layer } from './layer.js'

/**
 * A layer that applies `f`, an activation or any function without parameters.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const model = nn.sequential(nn.dense(4), nn.activation(nn.relu))
 * const [y] = model.apply(model.init(random.key(0), [3]), np.ones([2, 3]))
 * ```
 */
export const activation = (f: (x: NDArray) => NDArray): Layer<null, null> =>
  stateless((x) => f(x), f.name || 'activation')
