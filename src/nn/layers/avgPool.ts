/**
 * The average-pooling layer.
 */

import { sizeOf } from '../../core/shape.js'
import { reduceWindowSum } from '../../lax/windowReductions.js'
import * as np from '../../numpy/index.js'
import { asFloat } from '../../numpy/promote.js'
import { stateless, type Layer } from './layer.js'
import { windowsFor, type PoolOptions } from './pooling.js'
import type { Sizes } from './spatial.js'

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as zeros in the mean; default false: means are over the elements that are there. */
  readonly countPadding?: boolean
}

/**
 * The mean of each window: [batch, ...spatial, channels] → [batch, ...windows, channels], floats.
 * Errors: `shape` for examples whose spatial axes are not as many as the window's.
 * Source: keras.layers.AveragePooling2D; `countPadding` is Flax's and PyTorch's count_include_pad.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [y] = nn.avgPool(2).apply({ params: null, state: null }, np.array([[[1], [3], [5], [9]]]))
 * console.log(y.js()) // [[[2], [7]]]
 * ```
 */
export const avgPool = (
  windowSize: Sizes,
  { countPadding = false, ...options }: AvgPoolOptions = {},
): Layer<null, null> =>
  stateless((input) => {
    const x = asFloat(input, 'nn.avgPool')
    const { window, strides, padding } = windowsFor('nn.avgPool', x, windowSize, options)
    const total = reduceWindowSum(x, window, strides, padding)
    if (countPadding || padding === 'VALID') return np.divide(total, sizeOf(window))
    const present = np.ones([1, ...x.shape.slice(1, -1), 1], { dtype: x.dtype })
    return np.divide(total, reduceWindowSum(present, window, strides, padding))
  }, 'avgPool')
