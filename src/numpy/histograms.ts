/**
 * Counting: occurrences of integers, and histograms.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { countOfLabels } from './dataDependent.js'
import { linspace } from './intervals.js'
import { diff } from './cumulative.js'
import { asArray, asFloat, choose, fillLike, insertAxes, sliceAxis } from './promote.js'
import { max, min } from './reductions.js'
import { searchsorted } from './sorting.js'

interface BincountOptions {
  readonly weights?: ArrayLike
  readonly minlength?: number
  /** The static length of the result; larger values are not counted. */
  readonly length?: number
}

/** How often each of 0, 1, … occurs in the vector `x` (or the sums of their weights). Without `length` the values are read. */
export function bincount(x: ArrayLike, { weights, minlength = 0, length }: BincountOptions = {}): NDArray {
  const values = ops.convert(asArray(x, 'bincount'), 'int32')
  if (values.ndim !== 1)
    fail('shape', { operation: 'bincount', shapes: [values.shape], expected: 'a vector of integers >= 0' })
  const size =
    length ??
    Math.max(
      minlength,
      countOfLabels(values, 'bincount', 'The shape of the result depends on them: give `length`.'),
    )
  const updates = weights === undefined ? constant(1, 'int32', values.shape) : asFloat(weights, 'bincount')
  const result = ops.scatterAdd(constant(0, updates.dtype, [size]), insertAxes(values, [1]), updates, {
    updateWindowDims: [],
    insertedWindowDims: [0],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    scatterDimsToOperandDims: [0],
    mode: 'fill',
  })
  return result
}

interface HistogramOptions {
  readonly range?: readonly [number, number] | null
  readonly weights?: ArrayLike
  readonly density?: boolean
}

/** The edges of `bins` equal intervals over the range of `a` (or `range`); an array of edges is itself. */
export function histogramBinEdges(
  a: ArrayLike,
  bins: number | NDArray = 10,
  { range = null }: Pick<HistogramOptions, 'range'> = {},
): NDArray {
  const x = asFloat(a, 'histogramBinEdges')
  if (bins instanceof NDArray) return bins
  if (range !== null) return linspace(constant(range[0], x.dtype), constant(range[1], x.dtype), bins + 1)
  if (x.size === 0) return linspace(0, 1, bins + 1, true, { dtype: x.dtype })
  const [low, high] = [min(x), max(x)]
  // One value only: a range of width 1 around it.
  const flat = ops.eq(low, high)
  const half = choose(flat, fillLike(low, 0.5), fillLike(low, 0))
  return linspace(ops.sub(low, half), ops.add(high, half), bins + 1)
}

/** [counts, edges]: how many elements (or how much weight) fall into each bin; the last bin includes its end. */
export function histogram(
  a: ArrayLike,
  bins: number | NDArray = 10,
  { range = null, weights, density = false }: HistogramOptions = {},
): [NDArray, NDArray] {
  const x = ops.reshape(asFloat(a, 'histogram'), [asArray(a, 'histogram').size])
  const edges = ops.convert(histogramBinEdges(x, bins, { range }), x.dtype)
  const n = edges.size - 1
  const right = searchsorted(edges, x, { side: 'right' })
  const last = ops.broadcastInDim(ops.reshape(sliceAxis(edges, 0, n, n + 1), []), x.shape, [])
  // Bin i holds edges[i] <= x < edges[i + 1]; x at the very end belongs to the last bin; others fall outside.
  const bin = choose(ops.eq(x, last), n - 1, ops.sub(right, fillLike(right, 1)))
  const inside = ops.and(ops.ge(bin, fillLike(bin, 0)), ops.lt(bin, fillLike(bin, n)))
  const w =
    weights === undefined
      ? fillLike(x, 1)
      : ops.convert(ops.reshape(asArray(weights, 'histogram'), x.shape), x.dtype)
  const counts = bincount(choose(inside, bin, n), { weights: w, length: n })
  if (!density) return [counts, edges]
  const total = ops.broadcastInDim(ops.reduceSum(counts, [0]), counts.shape, [])
  return [ops.div(ops.div(counts, diff(edges)), total), edges]
}
