/**
 * The matrix sizes of a dotGeneral: all batch, free and contracting axes folded into one each.
 */

import type { Equation } from '../core/jaxpr.js'
import { sizeOf, without, type Shape } from '../core/shape.js'

export interface ContractionSizes {
  readonly batch: Shape
  readonly m: Shape
  readonly n: Shape
  readonly k: Shape
}

export function contractionSizes(eqn: Equation<'dotGeneral'>): ContractionSizes {
  const [lhs, rhs] = [eqn.inputs[0]?.aval.shape ?? [], eqn.inputs[1]?.aval.shape ?? []]
  const { lhsBatch, lhsContract, rhsBatch, rhsContract } = eqn.params
  return {
    batch: lhsBatch.map((axis) => lhs[axis] ?? 0),
    m: without(lhs, [...lhsBatch, ...lhsContract]),
    n: without(rhs, [...rhsBatch, ...rhsContract]),
    k: lhsContract.map((axis) => lhs[axis] ?? 0),
  }
}

/** Inner and outer products are reductions and loops: they fuse with everything, and tiles would gain nothing. */
export const isProduct = ({ m, n, k }: ContractionSizes): boolean =>
  sizeOf(k) <= 1 || (sizeOf(m) === 1 && sizeOf(n) === 1)
