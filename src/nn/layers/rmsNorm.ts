/**
 * Root-mean-square normalisation: features are divided by their size, without subtracting a mean.
 */

import { rsqrt } from '../../core/ops.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { asFloat } from '../../numpy/promote.js'
import type { Layer } from './layer.js'
import type { LayerNormOptions } from './layerNorm.js'
import { affine, affineParams, inFullPrecision, type AffineParams } from './normalization.js'

export type RmsNormOptions = Omit<LayerNormOptions, 'useBias' | 'biasInit'>

/**
 * RMS normalisation: x / √(mean(x²) + epsilon) · scale over the last axis, [..., features] → [..., features].
 * Epsilon is Flax's default, 1e-6. Source: Zhang & Sennrich (2019), torch.nn.RMSNorm.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.rmsNorm({ epsilon: 0 })
 * const [y] = layer.apply(layer.init(random.key(0), [2]), np.array([[2, -2]]))
 * console.log(y.js()) // [[1, -1]]
 * ```
 */
export function rmsNorm(options: RmsNormOptions = {}): Layer<AffineParams, null> {
  const { epsilon = 1e-6 } = options
  return {
    name: 'rmsNorm',
    init: (key, inputShape) => ({
      params: affineParams(key, [inputShape.at(-1) ?? 1], { ...options, useBias: false }),
      state: null,
    }),
    apply({ params }, input) {
      const normalize = (x: NDArray): NDArray => {
        const size = np.mean(np.square(x), -1, { keepdims: true })
        return affine(np.multiply(x, rsqrt(np.add(size, epsilon))), params)
      }
      return [inFullPrecision(asFloat(input, 'nn.rmsNorm'), normalize), null]
    },
  }
}
