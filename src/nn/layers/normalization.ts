/**
 * What normalisation layers share: a learned scale and a learned bias after the normalisation.
 */

import type { NDArray } from '../../core/ndarray.js'
import type { Shape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import type { Key } from '../../random/index.js'
import { ones, zeros, type Initializer } from '../initializers/index.js'

/** Each is null where the layer has none. */
export interface AffineParams {
  readonly scale: NDArray | null
  readonly bias: NDArray | null
}

export interface AffineOptions {
  /** Whether the result is multiplied by a learned scale; default true. */
  readonly useScale?: boolean
  /** Whether a learned bias is added; default true. */
  readonly useBias?: boolean
  /** default ones */
  readonly scaleInit?: Initializer
  /** default zeros */
  readonly biasInit?: Initializer
}

export const affineParams = (
  key: Key,
  shape: Shape,
  { useScale = true, useBias = true, scaleInit = ones, biasInit = zeros }: AffineOptions,
): AffineParams => ({
  scale: useScale ? scaleInit(key, shape) : null,
  bias: useBias ? biasInit(key, shape) : null,
})

export const isHalf = ({ dtype }: NDArray): boolean => dtype === 'float16' || dtype === 'bfloat16'

/**
 * `normalize` of x in float32 where x is of a half type, and the result in the dtype of x: squares of half numbers
 * overflow or vanish, and statistics of many need more digits. As torch.autocast and Flax do.
 */
export function inFullPrecision(x: NDArray, normalize: (x: NDArray) => NDArray): NDArray {
  return isHalf(x) ? np.astype(normalize(np.astype(x, 'float32')), x.dtype) : normalize(x)
}

/** y · scale + bias, both brought to a shape that broadcasts by `align`. */
export function affine(
  y: NDArray,
  { scale, bias }: AffineParams,
  align: (values: NDArray) => NDArray = (values) => values,
): NDArray {
  const scaled = scale === null ? y : np.multiply(y, align(scale))
  return bias === null ? scaled : np.add(scaled, align(bias))
}
