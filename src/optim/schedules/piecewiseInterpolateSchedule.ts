/**
 * Smooth ways from value to value at given times.
 */

import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkScales, type BoundariesAndScales } from './boundaries.js'
import type { Schedule } from './schedule.js'

/** From 0 at 0 to 1 at 1. */
const ways = {
  linear: (share: NDArray): NDArray => share,
  cosine: (share: NDArray): NDArray => np.multiply(np.subtract(1, np.cos(np.multiply(share, Math.PI))), 0.5),
} as const

interface Piece {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/**
 * `initValue` at step 0, multiplied by `scale` at step `boundary` for each `{ boundary: scale }`, with lines or half
 * cosines between, then constant. Errors: `argument` for negative scales, or another kind of way.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rate = optim.piecewiseInterpolateSchedule('linear', 1, { 10: 0.5, 20: 0.1 })
 * console.log(np.astype(rate(5), 'float32').item(), np.astype(rate(10), 'float32').item(), np.astype(rate(15), 'float32').item(), np.astype(rate(30), 'float32').item()) // 0.75 0.5 0.275 0.05
 * ```
 */
export function piecewiseInterpolateSchedule(
  interpolateType: 'linear' | 'cosine',
  initValue: number,
  boundariesAndScales: BoundariesAndScales = {},
): Schedule {
  const operation = 'optim.piecewiseInterpolateSchedule'
  if (!Object.hasOwn(ways, interpolateType)) {
    fail('argument', {
      operation,
      argument: 'interpolateType',
      received: `'${interpolateType}'`,
      expected: "'linear' or 'cosine'",
    })
  }
  const way = ways[interpolateType]
  const pieces: Piece[] = []
  let [start, from] = [0, initValue]
  for (const [end, scale] of checkScales(operation, boundariesAndScales)) {
    pieces.push({ start, end, from, to: from * scale })
    ;[start, from] = [end, from * scale]
  }
  return (count) =>
    pieces.reduceRight<ArrayLike>((after, piece) => {
      const share = np.divide(np.subtract(count, piece.start), Math.max(piece.end - piece.start, 1))
      const between = np.add(np.multiply(way(share), piece.to - piece.from), piece.from)
      return np.where(np.less(count, piece.end), between, after)
    }, from)
}
