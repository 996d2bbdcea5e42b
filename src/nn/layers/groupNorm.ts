/**
 * Group normalisation: the channels of an example are normalised group by group.
 */

import { fail } from '../../core/errors.js'
import { range, without } from '../../core/shape.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { standardize } from '../softmax.js'
import type { Layer } from './layer.js'
import type { LayerNormOptions } from './layerNorm.js'
import { affine, affineParams, inFullPrecision, type AffineParams } from './normalization.js'

/**
 * Group normalisation: the last axis is split into `groups`, each of which is normalised over its channels and all
 * spatial axes; then comes a scale and a bias for each channel. [batch, ...spatial, channels] → the same shape.
 * One group for each channel is instance normalisation. Errors: `argument` for groups that do not divide the channels.
 * Source: Wu & He (2018), torch.nn.GroupNorm.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const layer = nn.groupNorm(4)
 * const [y] = layer.apply(layer.init(random.key(0), [8, 8, 16]), random.normal(random.key(1), [2, 8, 8, 16]))
 * console.log(y.shape) // [2, 8, 8, 16]
 * ```
 */
export function groupNorm(groups: number, options: LayerNormOptions = {}): Layer<AffineParams, null> {
  const { epsilon = 1e-5 } = options
  return {
    name: 'groupNorm',
    init(key, inputShape) {
      const channels = inputShape.at(-1) ?? 0
      if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0)) {
        fail('argument', {
          operation: 'nn.groupNorm',
          argument: 'groups',
          received: String(groups),
          expected: `a whole number that divides the ${channels} channels`,
        })
      }
      return { params: affineParams(key, [channels], options), state: null }
    },
    apply({ params }, input) {
      const channels = input.shape.at(-1) ?? 1
      const normalize = (x: NDArray): NDArray => {
        const split = np.reshape(x, [...x.shape.slice(0, -1), groups, channels / groups])
        // All axes but the batch and the groups.
        const axes = without(range(split.ndim), [0, split.ndim - 2])
        const variance = np.var(split, axes, { keepdims: true })
        return affine(np.reshape(standardize(split, axes, { variance, epsilon }), x.shape), params)
      }
      return [inFullPrecision(input, normalize), null]
    },
  }
}
