/**
 * What pooling layers share: windows over the spatial axes of channels-last arrays.
 */

import type { NDArray } from '../../core/ndarray.js'
import type { Padding } from '../../lax/convolution.js'
import { perAxis, spatialRank, type Sizes } from './spatial.js'

export interface PoolOptions {
  /** How far the window moves; default the window, so that windows do not overlap. */
  readonly strides?: Sizes
  /** 'VALID' (the default: whole windows only), 'SAME', or how far windows reach out along each spatial axis. */
  readonly padding?: Padding
}

/** Window, strides and padding for all axes of `x`, the batch and the channels included. */
export interface Windows {
  readonly window: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding
}

export function windowsFor(
  operation: string,
  x: NDArray,
  windowSize: Sizes,
  { strides = windowSize, padding = 'VALID' }: PoolOptions,
): Windows {
  const rank = spatialRank(operation, x.shape.slice(1), windowSize)
  return {
    window: [1, ...perAxis(operation, 'windowSize', windowSize, rank), 1],
    strides: [1, ...perAxis(operation, 'strides', strides, rank), 1],
    padding: typeof padding === 'string' ? padding : [[0, 0], ...padding, [0, 0]],
  }
}
