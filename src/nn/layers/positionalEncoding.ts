/**
 * The sinusoidal positional encoding.
 */

import { fail } from '../../core/errors.js'
import * as np from '../../numpy/index.js'
import { inverseFrequencies } from '../sinusoids.js'
import { stateless, type Layer } from './layer.js'

export interface PositionalEncodingOptions {
  /** The longest wavelength is about 2π · base; default 10000. */
  readonly base?: number
}

/**
 * Adds sin(position · base^(-2i / features)) to feature 2i and the cosine to feature 2i + 1: [batch, length, features]
 * → the same shape. Nothing is learned, and any length will do. Errors: `shape` for other ranks or an odd number of
 * features. Source: Vaswani et al. (2017).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [y] = nn.positionalEncoding().apply({ params: null, state: null }, np.zeros([1, 3, 4]))
 * console.log(y.slice(0, 0).js()) // [0, 1, 0, 1]
 * ```
 */
export const positionalEncoding = ({ base = 10000 }: PositionalEncodingOptions = {}): Layer<null, null> =>
  stateless((x) => {
    const [, length, features] = x.shape
    if (x.ndim !== 3 || length === undefined || features === undefined || features % 2 !== 0) {
      fail('shape', {
        operation: 'nn.positionalEncoding',
        shapes: [x.shape],
        expected: '[batch, length, features] with an even number of features',
      })
    }
    const positions = np.expandDims(np.arange(length, null, 1, { dtype: 'float32' }), 1)
    const angles = np.multiply(positions, inverseFrequencies(features, base))
    const waves = np.reshape(np.stack([np.sin(angles), np.cos(angles)], -1), [length, features])
    return np.add(x, np.astype(waves, x.dtype))
  }, 'positionalEncoding')
