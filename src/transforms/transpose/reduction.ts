/** Transposes of reductions: a sum repeats its cotangent, a cumulative sum runs the other way. */

import { broadcastInDim, cumsum } from '../../core/ops.js'
import type { ReductionSigs } from '../../core/primitives/reduction.js'
import { range, without } from '../../core/shape.js'
import { notLinear, type TransposeTable } from '../rules.js'

export const reduction: TransposeTable<keyof ReductionSigs> = {
  reduceSum: (
    [ct],
    [
      {
        aval: { shape },
      },
    ],
    { axes },
  ) => [ct === null ? null : broadcastInDim(ct, shape, without(range(shape.length), axes))],
  reduceProd: notLinear,
  reduceMax: notLinear,
  reduceMin: notLinear,
  reduceAnd: notLinear,
  reduceOr: notLinear,
  argmax: notLinear,
  argmin: notLinear,
  cumsum: ([ct], _, { axis, reverse }) => [ct === null ? null : cumsum(ct, axis, !reverse)],
  cumprod: notLinear,
  cummax: notLinear,
  cummin: notLinear,
}
