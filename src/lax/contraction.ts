/**
 * lax products: dotGeneral with explicit axes, and dot.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis } from '../core/shape.js'
import { asArray } from '../numpy/promote.js'

/** [[contracting axes of lhs, of rhs], [batch axes of lhs, of rhs]] */
export type DotDimensions = readonly [
  readonly [readonly number[], readonly number[]],
  readonly [readonly number[], readonly number[]],
]

/** The product over pairs of contracting axes; result axes are batch, free axes of lhs, free axes of rhs. */
export function dotGeneral(
  lhs: ArrayLike,
  rhs: ArrayLike,
  [[lhsContract, rhsContract], [lhsBatch, rhsBatch]]: DotDimensions,
): NDArray {
  const [x, y] = [asArray(lhs, 'lax.dotGeneral'), asArray(rhs, 'lax.dotGeneral')]
  const axes = (z: NDArray, list: readonly number[]): number[] =>
    list.map((axis) => normalizeAxis(axis, z.shape, 'lax.dotGeneral'))
  return ops.dotGeneral(x, y, {
    lhsContract: axes(x, lhsContract),
    rhsContract: axes(y, rhsContract),
    lhsBatch: axes(x, lhsBatch),
    rhsBatch: axes(y, rhsBatch),
  })
}

interface DotOptions {
  readonly lhsContractingDims?: readonly number[]
  readonly rhsContractingDims?: readonly number[]
  readonly lhsBatchDims?: readonly number[]
  readonly rhsBatchDims?: readonly number[]
}

/** The product over the last axis of `lhs` and the first of `rhs`, or over the axes given. */
export function dot(
  lhs: ArrayLike,
  rhs: ArrayLike,
  { lhsContractingDims, rhsContractingDims, lhsBatchDims = [], rhsBatchDims = [] }: DotOptions = {},
): NDArray {
  const x = asArray(lhs, 'lax.dot')
  const left = lhsContractingDims ?? (x.ndim === 0 ? [] : [x.ndim - 1])
  const right = rhsContractingDims ?? (asArray(rhs, 'lax.dot').ndim === 0 ? [] : [0])
  return dotGeneral(lhs, rhs, [
    [left, right],
    [lhsBatchDims, rhsBatchDims],
  ])
}
