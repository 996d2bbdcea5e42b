/**
 * The global average-pooling layer: one mean for each channel.
 */

import { range } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { maskFor } from '../masks.js'
import { stateless, type Layer } from './layer.js'
import { spatialRank } from './spatial.js'

/**
 * The mean over all spatial axes, or over time: [batch, ...spatial, channels] → [batch, channels], floats. `mask` of
 * `apply`, [batch, length] or with more of the spatial axes, is false at padding, which is left out; the mean of nothing
 * but padding is 0. Errors: `shape` for examples without a spatial axis and for masks of other shapes.
 * Source: keras.layers.GlobalAveragePooling1D and GlobalAveragePooling2D.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const none = { params: null, state: null }
 * const [y] = nn.globalAvgPool().apply(none, np.ones([8, 7, 7, 64]))
 * console.log(y.shape) // [8, 64]
 * const words = np.array([[[1], [2], [9]]])
 * console.log(nn.globalAvgPool().apply(none, words, { mask: np.array([[true, true, false]]) })[0].js()) // [[1.5]]
 * ```
 */
export const globalAvgPool = (): Layer<null, null> =>
  stateless((x, { mask }) => {
    const operation = 'nn.globalAvgPool'
    const axes = range(spatialRank(operation, x.shape.slice(1), 1)).map((i) => i + 1)
    if (mask === undefined) return np.mean(x, axes)
    const isReal = maskFor(mask, x.shape, operation)
    // Where nothing is real the zeros count: 0 / 0 would spoil gradients too.
    const counts = np.logicalOr(isReal, np.logicalNot(np.any(isReal, axes, { keepdims: true })))
    return np.mean(np.where(isReal, x, 0), axes, { where: counts })
  }, 'globalAvgPool')
