/**
 * Layer normalisation: each example is normalised over its features.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { standardize } from '../softmax.js'
import type { Layer } from './layer.js'
import {
  affine,
  affineParams,
  inFullPrecision,
  type AffineOptions,
  type AffineParams,
} from './normalization.js'

export interface LayerNormOptions extends AffineOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
}

/**
 * Layer normalisation: (x - mean) / √(variance + epsilon) · scale + bias over the last axis, [..., features] →
 * [..., features]. Epsilon is PyTorch's. Source: Ba, Kiros & Hinton (2016), torch.nn.LayerNorm.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.layerNorm({ epsilon: 0 })
 * const [y] = layer.apply(layer.init(random.key(0), [2]), np.array([[1, 3]]))
 * console.log(y.js()) // [[-1, 1]]
 * ```
 */
export function layerNorm(options: LayerNormOptions = {}): Layer<AffineParams, null> {
  const { epsilon = 1e-5 } = options
  return {
    name: 'layerNorm',
    init: (key, inputShape) => ({
      params: affineParams(key, [inputShape.at(-1) ?? 1], options),
      state: null,
    }),
    apply({ params }, input) {
      const normalize = (x: NDArray): NDArray => {
        // The mean of squared differences, not E[x²] - E[x]², which loses all digits where the mean is large.
        const variance = np.var(x, -1, { keepdims: true })
        return affine(standardize(x, -1, { variance, epsilon }), params)
      }
      return [inFullPrecision(input, normalize), null]
    },
  }
}
