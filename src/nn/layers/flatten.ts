/**
 * The flatten layer: examples of any shape become vectors.
 */

import * as np from '../../numpy/index.js'
import { stateless, type Layer } from './layer.js'

/**
 * A layer that makes each example a vector: [batch, ...shape] → [batch, size].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [y] = nn.flatten().apply({ params: null, state: null }, np.ones([5, 2, 3]))
 * console.log(y.shape) // [5, 6]
 * ```
 */
export const flatten = (): Layer<null, null> =>
  stateless((x) => np.reshape(x, [x.shape[0] ?? 1, -1]), 'flatten')
