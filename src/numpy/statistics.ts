/**
 * Order statistics (quantiles by sorting) and covariance.
 */

import { fail } from '../core/errors.js'
import type { AxisArgument, ReduceOptions } from '../core/methods.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes, sizeOf, range, without } from '../core/shape.js'
import { concatenate } from './joining.js'
import { matmul } from './contraction.js'
import { atleast2d, moveaxis, transpose } from './movement.js'
import { asArray, asFloat, broadcastArray, choose, fillLike, promoteDTypes } from './promote.js'
import { keptShape, mean } from './reductions.js'
import { gatherAlong } from './taking.js'
import { diagonal } from './diagonals.js'

/** How a quantile between two elements is chosen. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint'
export interface QuantileOptions extends ReduceOptions {
  readonly method?: QuantileMethod
}

/** The rows (all reduced axes flattened, last) of `x`. */
function rowsOf(x: NDArray, axes: readonly number[]): NDArray {
  const kept = without(range(x.ndim), axes)
  const shape = kept.map((axis) => x.shape[axis] ?? 1)
  return ops.reshape(ops.transpose(x, [...kept, ...axes]), [
    ...shape,
    x.size === 0 ? sizeOf(axes.map((d) => x.shape[d] ?? 0)) : x.size / sizeOf(shape),
  ])
}

/** The value at fraction `q` between elements `low` and `high`. */
function between(method: QuantileMethod, low: NDArray, high: NDArray, highWeight: NDArray): NDArray {
  switch (method) {
    case 'linear':
      return ops.add(ops.mul(low, ops.sub(fillLike(low, 1), highWeight)), ops.mul(high, highWeight))
    case 'lower':
      return low
    case 'higher':
      return high
    case 'nearest':
      return ops.select(ops.le(highWeight, fillLike(highWeight, 0.5)), low, high)
    case 'midpoint':
      return ops.mul(ops.add(low, high), fillLike(low, 0.5))
  }
}

/** Quantiles of the rows: the result is [...q.shape, ...kept axes]. */
function rowQuantile(
  operation: string,
  a: ArrayLike,
  q: ArrayLike,
  axis: AxisArgument,
  { keepdims, method = 'linear' }: QuantileOptions,
  ignoreNaN: boolean,
): NDArray {
  const [x, fraction] = promoteDTypes(operation, [asFloat(a, operation), asFloat(q, operation)]) as [
    NDArray,
    NDArray,
  ]
  const axes = normalizeAxes(axis, x.shape, operation)
  const rows = rowsOf(x, axes)
  const last = rows.ndim - 1
  const n = rows.shape[last] ?? 0
  if (n === 0)
    fail('shape', { operation, shapes: [x.shape], expected: 'at least one element along the reduced axes' })
  const isNaN = ops.ne(rows, rows)
  const poisoned = ignoreNaN
    ? rows
    : choose(
        broadcastArray(ops.reshape(ops.reduceOr(isNaN, [last]), [...rows.shape.slice(0, -1), 1]), rows.shape),
        NaN,
        rows,
      )
  const [sorted] = ops.sort([poisoned], last) as [NDArray]

  // One fraction for each row and each q: [...kept, Q].
  const shape = [...rows.shape.slice(0, -1), fraction.size]
  const flat = ops.broadcastInDim(ops.reshape(fraction, [fraction.size]), shape, [last])
  const counts = ignoreNaN ? ops.reduceSum(ops.convert(ops.not(isNaN), x.dtype), [last]) : null
  const top = ops.sub(
    counts === null ? fillLike(flat, n) : ops.broadcastInDim(counts, shape, range(last)),
    fillLike(flat, 1),
  )
  const position = ops.mul(flat, top)
  const [low, high] = [ops.floor(position), ops.ceil(position)]
  const element = (at: NDArray): NDArray => {
    const inside = ops.max(fillLike(at, 0), ops.min(at, top))
    return gatherAlong(sorted, ops.convert(inside, 'int32'), last)
  }
  const values = between(method, element(low), element(high), ops.sub(position, low))
  const front = moveaxis(values, -1, 0)
  return ops.reshape(front, [
    ...fraction.shape,
    ...(keepdims === true ? keptShape(x.shape, axes) : without(x.shape, axes)),
  ])
}

/** The `q`-quantiles (0 to 1) over `axis`; an array of q comes first in the result. NaN if there is one. */
export const quantile = (
  a: ArrayLike,
  q: ArrayLike,
  axis: AxisArgument = null,
  options: QuantileOptions = {},
): NDArray => rowQuantile('quantile', a, q, axis, options, false)

/** The `q`-quantiles of the elements that are not NaN. */
export const nanquantile = (
  a: ArrayLike,
  q: ArrayLike,
  axis: AxisArgument = null,
  options: QuantileOptions = {},
): NDArray => rowQuantile('nanquantile', a, q, axis, options, true)

const percents = (q: ArrayLike, operation: string): NDArray => {
  const x = asFloat(q, operation)
  return ops.div(x, fillLike(x, 100))
}

/** The `q`-th percentiles (0 to 100) over `axis`. */
export const percentile = (
  a: ArrayLike,
  q: ArrayLike,
  axis: AxisArgument = null,
  options: QuantileOptions = {},
): NDArray => quantile(a, percents(q, 'percentile'), axis, options)

/** The `q`-th percentiles of the elements that are not NaN. */
export const nanpercentile = (
  a: ArrayLike,
  q: ArrayLike,
  axis: AxisArgument = null,
  options: QuantileOptions = {},
): NDArray => nanquantile(a, percents(q, 'nanpercentile'), axis, options)

/** The middle element, or the mean of the two middle ones, over `axis`. */
export const median = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  quantile(a, 0.5, axis, { ...options, method: 'midpoint' })

/** The median of the elements that are not NaN. */
export const nanmedian = (a: ArrayLike, axis: AxisArgument = null, options: ReduceOptions = {}): NDArray =>
  nanquantile(a, 0.5, axis, { ...options, method: 'midpoint' })

interface CovOptions {
  /** Rows are variables (the default) or, when false, observations. */
  readonly rowvar?: boolean
  readonly bias?: boolean
  readonly ddof?: number
}

/** The covariance matrix of the variables in the rows of `m` (and of `y`). */
export function cov(
  m: ArrayLike,
  y: ArrayLike | null = null,
  { rowvar = true, bias = false, ddof }: CovOptions = {},
): NDArray {
  const rows = (a: ArrayLike): NDArray => {
    const x = atleast2d(asFloat(a, 'cov'))
    if (x.ndim > 2) fail('shape', { operation: 'cov', shapes: [x.shape], expected: 'a vector or a matrix' })
    return rowvar || asArray(a, 'cov').ndim < 2 ? x : transpose(x)
  }
  const x = y === null ? rows(m) : concatenate([rows(m), rows(y)], 0)
  const n = x.shape[1] ?? 0
  const centered = ops.sub(x, broadcastArray(mean(x, 1, { keepdims: true }), x.shape))
  const products = matmul(centered, transpose(centered))
  const matrix = ops.div(products, fillLike(products, n - (ddof ?? (bias ? 0 : 1))))
  const single = matrix.shape[0] === 1
  return single ? ops.reshape(matrix, []) : matrix
}

/** The matrix of correlation coefficients of the variables in the rows of `x` (and of `y`). */
export function corrcoef(
  x: ArrayLike,
  y: ArrayLike | null = null,
  { rowvar = true }: { readonly rowvar?: boolean } = {},
): NDArray {
  const c = cov(x, y, { rowvar })
  if (c.ndim === 0) return ops.div(c, c)
  const deviations = ops.sqrt(diagonal(c))
  const byRow = ops.div(c, ops.broadcastInDim(deviations, c.shape, [0]))
  const scaled = ops.div(byRow, ops.broadcastInDim(deviations, c.shape, [1]))
  return ops.clamp(fillLike(scaled, -1), scaled, fillLike(scaled, 1))
}
