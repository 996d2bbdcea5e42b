/**
 * Contractions: the general dot product. The result's axes are batch, free axes of lhs, free axes of rhs.
 */

import { avalOf } from '../aval.js'
import { fail } from '../errors.js'
import { without } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

export interface DotParams {
  readonly lhsContract: readonly number[]
  readonly rhsContract: readonly number[]
  readonly lhsBatch: readonly number[]
  readonly rhsBatch: readonly number[]
}

export interface ContractionSigs {
  dotGeneral: Sig<2, 1, DotParams>
}

export const contractionAbstract: AbstractTable<ContractionSigs> = {
  dotGeneral: ([lhs, rhs], { lhsContract, rhsContract, lhsBatch, rhsBatch }) => {
    const pairs: [readonly number[], readonly number[], string][] = [
      [lhsContract, rhsContract, 'contracting'],
      [lhsBatch, rhsBatch, 'batch'],
    ]
    for (const [left, right, what] of pairs) {
      const agree =
        left.length === right.length &&
        left.every(
          (axis, i) => lhs.shape[axis] !== undefined && lhs.shape[axis] === rhs.shape[right[i] ?? -1],
        )
      if (!agree) {
        fail('shape', {
          operation: 'dotGeneral',
          shapes: [lhs.shape, rhs.shape],
          expected: `${what} axes of equal size (lhs axes [${left.join(', ')}], rhs axes [${right.join(', ')}])`,
          fix: 'Transpose or reshape an operand.',
        })
      }
    }
    const lhsUsed = [...lhsContract, ...lhsBatch]
    const rhsUsed = [...rhsContract, ...rhsBatch]
    if (new Set(lhsUsed).size !== lhsUsed.length)
      fail('axis', { operation: 'dotGeneral', axis: lhsUsed, shape: lhs.shape })
    if (new Set(rhsUsed).size !== rhsUsed.length)
      fail('axis', { operation: 'dotGeneral', axis: rhsUsed, shape: rhs.shape })
    if (lhs.dtype !== rhs.dtype || lhs.dtype === 'bool') {
      fail('dtype', {
        operation: 'dotGeneral',
        dtypes: [lhs.dtype, rhs.dtype],
        expected: 'operands of one number dtype',
        fix: 'Convert with astype.',
      })
    }
    const shape = [
      ...lhsBatch.map((axis) => lhs.shape[axis] ?? 0),
      ...without(lhs.shape, lhsUsed),
      ...without(rhs.shape, rhsUsed),
    ]
    return [avalOf(shape, lhs.dtype)]
  },
}
