/**
 * The max-pooling layer.
 */

import { reduceWindowMax } from '../../lax/windowReductions.js'
import { stateless, type Layer } from './layer.js'
import { windowsFor, type PoolOptions } from './pooling.js'
import type { Sizes } from './spatial.js'

/**
 * The largest element of each window: [batch, ...spatial, channels] → [batch, ...windows, channels], same dtype.
 * The gradient goes to the first of equal elements; padding never wins. Errors: `shape` for examples whose spatial
 * axes are not as many as the window's. Source: keras.layers.MaxPooling2D, flax.linen.max_pool.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [y] = nn.maxPool([2, 2]).apply({ params: null, state: null }, np.ones([8, 28, 28, 3]))
 * console.log(y.shape) // [8, 14, 14, 3]
 * ```
 */
export const maxPool = (windowSize: Sizes, options: PoolOptions = {}): Layer<null, null> =>
  stateless((x) => {
    const { window, strides, padding } = windowsFor('nn.maxPool', x, windowSize, options)
    return reduceWindowMax(x, window, strides, padding)
  }, 'maxPool')
