/**
 * Masks of a batch: which elements of losses, metrics and means count.
 */

import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import { broadcastInDim } from '../core/ops.js'
import { range, sameShape, type Shape } from '../core/shape.js'
import { asBool } from '../numpy/promote.js'

/**
 * `mask` as bools of `shape`. Its axes are the first ones of `shape`, not the last ones as in broadcasting: a mask
 * [batch] leaves out whole rows.
 */
export function maskFor(mask: ArrayLike, shape: Shape, operation: string): NDArray {
  const bools = asBool(mask, operation)
  if (!sameShape(bools.shape, shape.slice(0, bools.ndim))) {
    fail('shape', {
      operation,
      shapes: [bools.shape, shape],
      expected: 'a mask whose shape is the beginning of that of what it masks',
    })
  }
  return broadcastInDim(bools, shape, range(bools.ndim))
}
