/**
 * The ops namespace: reductions over segments, groups of rows that share an id.
 */

import '../install.js'
import { constant } from '../core/constants.js'
import { isInteger, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as primitives from '../core/ops.js'
import type { ScatterParams } from '../core/primitives/indexing.js'
import { range } from '../core/shape.js'
import { countOfLabels } from '../numpy/dataDependent.js'
import { asArray, insertAxes } from '../numpy/promote.js'
import { extremes } from '../numpy/reductions.js'

type Scatter = (x: NDArray, indices: NDArray, updates: NDArray, params: ScatterParams) => NDArray

/** Rows of `data` go into row segmentIds[i] of the result; ids out of range are dropped. Empty segments hold `neutral`. */
const segment =
  (operation: string, neutral: (dtype: DType) => number, apply: Scatter) =>
  (data: ArrayLike, segmentIds: ArrayLike, numSegments: number | null = null): NDArray => {
    const x = asArray(data, operation)
    const ids = asArray(segmentIds, operation)
    if (ids.ndim !== 1 || ids.size !== x.shape[0] || !isInteger(ids.dtype)) {
      fail('shape', {
        operation,
        shapes: [x.shape, ids.shape],
        expected: 'a vector of integer ids, one for each row of the data',
      })
    }
    const count =
      numSegments ??
      countOfLabels(ids, operation, 'The shape of the result depends on them: give numSegments.')
    const rest = x.shape.slice(1)
    return apply(constant(neutral(x.dtype), x.dtype, [count, ...rest]), insertAxes(ids, [1]), x, {
      updateWindowDims: range(rest.length).map((d) => d + 1),
      insertedWindowDims: [0],
      operandBatchingDims: [],
      indicesBatchingDims: [],
      scatterDimsToOperandDims: [0],
      mode: 'fill',
    })
  }

/**
 * The sums of the rows of each segment: shape [numSegments, ...rest].
 *
 * @example
 * ```ts
 * import { numpy as np, ops } from 'cotangent'
 * ops.segmentSum(np.array([1, 2, 4]), np.array([0, 1, 0], { dtype: 'int32' }), 2).js() // [5, 2]
 * ```
 */
export const segmentSum = segment('ops.segmentSum', () => 0, primitives.scatterAdd)
/** The products of the rows of each segment. */
export const segmentProd = segment(
  'ops.segmentProd',
  () => 1,
  (x, i, u, params) => primitives.scatter(x, i, u, { ...params, combine: 'mul' }),
)
/** The largest of the rows of each segment; an empty one holds the smallest value of the dtype. */
export const segmentMax = segment(
  'ops.segmentMax',
  (dtype) => extremes(dtype).min,
  (x, i, u, params) => primitives.scatter(x, i, u, { ...params, combine: 'max' }),
)
/** The smallest of the rows of each segment; an empty one holds the largest value of the dtype. */
export const segmentMin = segment(
  'ops.segmentMin',
  (dtype) => extremes(dtype).max,
  (x, i, u, params) => primitives.scatter(x, i, u, { ...params, combine: 'min' }),
)
