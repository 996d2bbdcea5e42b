/**
 * What encodings of positions by waves share: frequencies that fall geometrically from 1 to 1 / base.
 */

import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'

/**
 * base^(-2i / features) for each pair i of features: float32[features / 2]. It is computed where it is used, so that it
 * is on the device of the rest.
 */
export const inverseFrequencies = (features: number, base: number): NDArray => {
  const pairs = np.arange(features / 2, null, 1, { dtype: 'float32' })
  return np.exp(np.multiply(pairs, (-2 * Math.log(base)) / features))
}
