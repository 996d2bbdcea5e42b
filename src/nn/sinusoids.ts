/**
 * What encodings of positions by waves share: frequencies that fall geometrically from 1 to 1 / base.
 */

import type { NDArray } from '../core/ndarray.js'
import { range } from '../core/shape.js'
import * as np from '../numpy/index.js'

/** base^(-2i / features) for each pair i of features: float32[features / 2], computed in double precision. */
export const inverseFrequencies = (features: number, base: number): NDArray =>
  np.array(
    range(Math.ceil(features / 2)).map((i) => base ** ((-2 * i) / features)),
    { dtype: 'float32' },
  )
