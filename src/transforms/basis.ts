/** The standard basis of the space of a flat tree: one direction for each element of each leaf. */

import type { Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import type { NDArray } from '../core/ndarray.js'
import { add, convert, eq, iota, reshape } from '../core/ops.js'

export const totalSize = (avals: readonly Aval[]): number => avals.reduce((sum, aval) => sum + aval.size, 0)

/** For each leaf, an array [n, ...shape]: item i is the leaf's part of basis vector i, n being all elements together. */
export function standardBasis(avals: readonly Aval[]): NDArray[] {
  const n = totalSize(avals)
  let offset = 0
  return avals.map(({ shape, dtype, size }) => {
    const rows = iota('int32', [n, size], 0)
    const columns = add(iota('int32', [n, size], 1), constant(offset, 'int32', [n, size]))
    offset += size
    return reshape(convert(eq(rows, columns), dtype), [n, ...shape])
  })
}
