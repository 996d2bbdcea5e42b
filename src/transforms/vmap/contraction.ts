/** Batching of contractions: a batch axis of both operands is a batch axis, one of a single operand a free axis. */

import { dotGeneral } from '../../core/ops.js'
import type { ContractionSigs, DotParams } from '../../core/primitives/contraction.js'
import { range, without } from '../../core/shape.js'
import type { BatchDim, BatchTable } from '../rules.js'
import { allPast } from './helpers.js'

const counted = (p: DotParams, lhsDim: BatchDim, rhsDim: BatchDim): DotParams => ({
  lhsContract: lhsDim === null ? p.lhsContract : allPast(p.lhsContract, lhsDim),
  lhsBatch: lhsDim === null ? p.lhsBatch : allPast(p.lhsBatch, lhsDim),
  rhsContract: rhsDim === null ? p.rhsContract : allPast(p.rhsContract, rhsDim),
  rhsBatch: rhsDim === null ? p.rhsBatch : allPast(p.rhsBatch, rhsDim),
})

export const contraction: BatchTable<keyof ContractionSigs> = {
  dotGeneral: (_, [lhs, rhs], [lhsDim, rhsDim], params) => {
    const p = counted(params, lhsDim, rhsDim)
    if (lhsDim !== null && rhsDim !== null) {
      const both = { ...p, lhsBatch: [lhsDim, ...p.lhsBatch], rhsBatch: [rhsDim, ...p.rhsBatch] }
      return [[dotGeneral(lhs, rhs, both)], [0]]
    }
    const lhsFree = without(range(lhs.ndim), [...p.lhsContract, ...p.lhsBatch])
    const rhsFree = without(range(rhs.ndim), [...p.rhsContract, ...p.rhsBatch])
    const among = lhsDim !== null ? lhsFree.indexOf(lhsDim) : lhsFree.length + rhsFree.indexOf(rhsDim ?? 0)
    return [[dotGeneral(lhs, rhs, p)], [p.lhsBatch.length + among]]
  },
}
