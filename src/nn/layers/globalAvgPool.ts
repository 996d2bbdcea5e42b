/**
 * The global average-pooling layer: one mean for each channel.
 */

import { range } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { stateless, type Layer } from './layer.js'
import { spatialRank } from './spatial.js'

/**
 * The mean over all spatial axes: [batch, ...spatial, channels] → [batch, channels], floats.
 * Errors: `shape` for examples without a spatial axis. Source: keras.layers.GlobalAveragePooling2D.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [y] = nn.globalAvgPool().apply({ params: null, state: null }, np.ones([8, 7, 7, 64]))
 * console.log(y.shape) // [8, 64]
 * ```
 */
export const globalAvgPool = (): Layer<null, null> =>
  stateless((x) => {
    const rank = spatialRank('nn.globalAvgPool', x.shape.slice(1), 1)
    return np.mean(
      x,
      range(rank).map((i) => i + 1),
    )
  }, 'globalAvgPool')
