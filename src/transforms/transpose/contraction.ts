/** Transposes of contractions: the cotangent is contracted with the other operand over that one's free axes. */

import type { NDArray } from '../../core/ndarray.js'
import { dotGeneral, untranspose } from '../../core/ops.js'
import type { ContractionSigs, DotParams } from '../../core/primitives/contraction.js'
import { range, without } from '../../core/shape.js'
import { isLinear, type TransposeTable } from '../rules.js'
import { known } from './helpers.js'

/** One operand's axes by role. */
interface Side {
  readonly contract: readonly number[]
  readonly batch: readonly number[]
  readonly rank: number
}
const freeAxes = ({ contract, batch, rank }: Side): number[] => without(range(rank), [...contract, ...batch])

/**
 * The cotangent of the operand `x`, given the other operand `y`. The product's axes are batch, then the free axes
 * of lhs, then those of rhs; `xFirst` says which of them x is.
 */
function operandCotangent(ct: NDArray, x: Side, y: Side, other: NDArray, xFirst: boolean): NDArray {
  const [xFree, yFree] = [freeAxes(x), freeAxes(y)]
  const batchCount = x.batch.length
  const yStart = batchCount + (xFirst ? xFree.length : 0)
  const product = dotGeneral(ct, other, {
    lhsContract: yFree.map((_, i) => yStart + i),
    rhsContract: yFree,
    lhsBatch: range(batchCount),
    rhsBatch: y.batch,
  })
  // Its axes are x's batch axes, x's free axes, and x's contracted axes in the order of their partners in y.
  const pairs = x.contract.map((axis, i) => [axis, y.contract[i] ?? 0] as const).sort((a, b) => a[1] - b[1])
  return untranspose(product, [...x.batch, ...xFree, ...pairs.map(([axis]) => axis)])
}

const sides = (p: DotParams, lhsRank: number, rhsRank: number): readonly [Side, Side] => [
  { contract: p.lhsContract, batch: p.lhsBatch, rank: lhsRank },
  { contract: p.rhsContract, batch: p.rhsBatch, rank: rhsRank },
]

export const contraction: TransposeTable<keyof ContractionSigs> = {
  dotGeneral: ([ct], [lhs, rhs], params) => {
    if (ct === null) return [null, null]
    const [left, right] = sides(params, lhs.aval.shape.length, rhs.aval.shape.length)
    return isLinear(lhs)
      ? [operandCotangent(ct, left, right, known('dotGeneral', rhs), true), null]
      : [null, operandCotangent(ct, right, left, lhs, false)]
  },
}
