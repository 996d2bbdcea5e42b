/**
 * Rotary position encoding: pairs of features are turned by angles that grow with the position.
 */

import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { asFloat } from '../numpy/promote.js'
import { inverseFrequencies } from './sinusoids.js'

export interface RotaryOptions {
  /** The wavelengths are 2π · base^(2i / features); default 10000. */
  readonly base?: number
  /** [length] positions; default 0, 1, … */
  readonly positions?: ArrayLike
}

/**
 * Feature i and feature i + features / 2 turned by position · base^(-2i / features), for queries or keys
 * [..., length, heads, features], so that their products depend on the distance of their positions alone. The pairs
 * are halves, as in GPT-NeoX and Llama. Errors: `shape` for an odd number of features. Source: Su et al. (2021).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * console.log(nn.rotary(np.ones([2, 5, 4, 8])).shape) // [2, 5, 4, 8]
 * ```
 */
export function rotary(x: NDArray, { base = 10000, positions }: RotaryOptions = {}): NDArray {
  const operation = 'nn.rotary'
  const a = asFloat(x, operation)
  const [length, , features = 0] = a.shape.slice(-3)
  if (length === undefined || a.ndim < 3 || features % 2 !== 0) {
    fail('shape', {
      operation,
      shapes: [a.shape],
      expected: '[..., length, heads, features] with an even number of features',
    })
  }
  const places = positions ?? np.arange(length, null, 1, { dtype: 'int32' })
  const angles = np.multiply(np.expandDims(places, 1), inverseFrequencies(features, base))
  // [length, 1, features / 2]: the same for all heads.
  const [cos, sin] = [np.cos, np.sin].map((f) => np.astype(np.expandDims(f(angles), 1), a.dtype)) as [
    NDArray,
    NDArray,
  ]
  const [first, second] = np.split(a, 2, -1) as [NDArray, NDArray]
  return np.concatenate(
    [
      np.subtract(np.multiply(first, cos), np.multiply(second, sin)),
      np.add(np.multiply(second, cos), np.multiply(first, sin)),
    ],
    -1,
  )
}
