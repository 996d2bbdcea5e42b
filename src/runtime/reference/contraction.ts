/**
 * The general dot product: out[batch, free lhs, free rhs] = Σ over contracted axes, in double precision
 * (integers modulo 2³²).
 */

import { isFloat } from '../../core/dtype.js'
import type { ContractionSigs } from '../../core/primitives/contraction.js'
import { range, stridesOf, without } from '../../core/shape.js'
import { at, forEachIndex, generateAt, offsetOf, type ReferenceTable } from './values.js'

export const contraction: ReferenceTable<keyof ContractionSigs> = {
  dotGeneral: ([lhs, rhs], { lhsContract, rhsContract, lhsBatch, rhsBatch }, [out]) => {
    const [left, right] = [stridesOf(lhs.aval.shape), stridesOf(rhs.aval.shape)]
    const lhsFree = without(range(lhs.aval.shape.length), [...lhsContract, ...lhsBatch])
    const rhsFree = without(range(rhs.aval.shape.length), [...rhsContract, ...rhsBatch])
    const stride = (strides: readonly number[]) => (axis: number) => at(strides, axis)
    // How far one step along each result axis moves in each operand.
    const leftSteps = [...lhsBatch.map(stride(left)), ...lhsFree.map(stride(left)), ...rhsFree.map(() => 0)]
    const rightSteps = [
      ...rhsBatch.map(stride(right)),
      ...lhsFree.map(() => 0),
      ...rhsFree.map(stride(right)),
    ]
    const leftOffsets: number[] = []
    const rightOffsets: number[] = []
    forEachIndex(
      lhsContract.map((axis) => at(lhs.aval.shape, axis)),
      (index) => {
        leftOffsets.push(offsetOf(index, lhsContract.map(stride(left))))
        rightOffsets.push(offsetOf(index, rhsContract.map(stride(right))))
      },
    )
    const float = isFloat(out.dtype)
    return [
      generateAt(out, (index) => {
        const [l, r] = [offsetOf(index, leftSteps), offsetOf(index, rightSteps)]
        let sum = 0
        for (let k = 0; k < leftOffsets.length; k++) {
          const [x, y] = [at(lhs.data, l + at(leftOffsets, k)), at(rhs.data, r + at(rightOffsets, k))]
          sum = float ? sum + x * y : (sum + Math.imul(x, y)) | 0
        }
        return sum
      }),
    ]
  },
}
