/**
 * Python indexing, `x.slice(...)`: a static part (numbers, ranges, new axes) that is a slice, and a gather for
 * integer arrays. Arrays index from the end where negative and are clamped to the range, as in JAX.
 */

import { constant } from '../core/constants.js'
import { isInteger } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type SliceIndex } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range, sizeOf, without, type Shape } from '../core/shape.js'
import { broadcastTogether, fillLike, insertAxes } from './promote.js'

type Range = readonly [] | readonly [number] | readonly [number, number]
const isRange = (entry: SliceIndex): entry is Range => Array.isArray(entry)

/** Python's clamped start and end of `a:b` on an axis of size n. */
function bounds(entry: Range, n: number): [number, number] {
  for (const end of entry) {
    if (!Number.isInteger(end))
      fail('argument', {
        operation: 'slice',
        argument: 'a range',
        received: `[${entry.join(', ')}]`,
        expected: '[], [start] or [start, end] with whole numbers',
      })
  }
  const place = (i: number): number => Math.min(n, Math.max(0, i < 0 ? i + n : i))
  const start = place(entry[0] ?? 0)
  return [start, Math.max(start, place(entry[1] ?? n))]
}

/** `x` indexed as in Python; each entry but null is for the next axis. */
export function index(x: NDArray, entries: readonly SliceIndex[]): NDArray {
  const used = entries.filter((entry) => entry !== null).length
  if (used > x.ndim) {
    fail('argument', {
      operation: 'slice',
      argument: 'index',
      received: `${used} indices for ${x.ndim} axes`,
      expected: 'at most one index for each axis',
    })
  }
  const padded: SliceIndex[] = [...entries, ...range(x.ndim - used).map(() => [] as const)]
  return padded.some((entry) => entry instanceof NDArray) ? advanced(x, padded) : basic(x, padded)
}

/** Numbers, ranges and new axes only. */
function basic(x: NDArray, entries: readonly SliceIndex[]): NDArray {
  const start: number[] = []
  const limit: number[] = []
  const shape: number[] = []
  for (const entry of entries) {
    const axis = start.length
    if (entry === null) {
      shape.push(1)
    } else if (isRange(entry)) {
      const [from, to] = bounds(entry, x.shape[axis] ?? 0)
      start.push(from)
      limit.push(to)
      shape.push(to - from)
    } else {
      const at = position(entry, axis, x)
      start.push(at)
      limit.push(at + 1)
    }
  }
  const whole = start.every((from, i) => from === 0 && limit[i] === x.shape[i])
  return ops.reshape(whole ? x : ops.slice(x, start, limit), shape)
}

function position(entry: number | NDArray, axis: number, x: NDArray): number {
  const n = x.shape[axis] ?? 0
  if (typeof entry !== 'number' || !Number.isInteger(entry) || entry < -n || entry >= n) {
    return fail('argument', {
      operation: 'slice',
      argument: `index ${axis}`,
      received: typeof entry === 'number' ? String(entry) : 'an array',
      expected: `a whole number from ${-n} to ${n - 1} for axis ${axis} of shape [${x.shape.join(', ')}]`,
    })
  }
  return entry < 0 ? entry + n : entry
}

/** Entries with at least one array: ranges first, then one gather for the arrays and numbers together. */
function advanced(x: NDArray, entries: readonly SliceIndex[]): NDArray {
  const ranged = basic(
    x,
    entries.map((entry) => (entry === null || isRange(entry) ? entry : [])),
  )
  // Positions in `ranged`, which has an axis for every entry.
  const places = range(entries.length).filter(
    (i) => entries[i] instanceof NDArray || typeof entries[i] === 'number',
  )
  const lists = places.map((i) => indexArray(entries[i] as NDArray | number, i, ranged))
  const adjacent = places.every((place, i) => i === 0 || place === (places[i - 1] ?? 0) + 1)
  return gatherAxes(ranged, places, lists, adjacent ? (places[0] ?? 0) : 0)
}

function indexArray(entry: NDArray | number, axis: number, x: NDArray): NDArray {
  if (typeof entry === 'number') return constant(position(entry, axis, x), 'int32')
  if (entry.dtype === 'bool') {
    fail('dtype', {
      operation: 'slice',
      dtypes: [entry.dtype],
      expected: 'an integer index array',
      fix: 'The size of x[mask] depends on data: use numpy.where(mask, x, 0), or numpy.nonzero(mask, { size }).',
    })
  }
  if (!isInteger(entry.dtype))
    fail('dtype', { operation: 'slice', dtypes: [entry.dtype], expected: 'an integer index array' })
  return wrapNegative(entry, x.shape[axis] ?? 0)
}

/** Negative indices count from the end; int32. */
export function wrapNegative(indices: NDArray, n: number): NDArray {
  const i = ops.convert(indices, 'int32')
  if (indices.dtype === 'uint32' || indices.dtype === 'uint8') return i
  return ops.select(ops.lt(i, ops.zerosLike(i)), ops.add(i, fillLike(i, n)), i)
}

/** x[..., lists, ...]: the indexed axes disappear, and the common shape of the lists stands at axis `at`. */
export function gatherAxes(
  x: NDArray,
  axes: readonly number[],
  lists: readonly NDArray[],
  at: number,
  mode: 'clip' | 'fill' = 'clip',
  fillValue = 0,
): NDArray {
  const spread = broadcastTogether('slice', lists)
  const batch = spread[0]?.shape ?? []
  if (axes.some((d) => x.shape[d] === 0)) return fromNothing(x, axes, batch, at, mode, fillValue)
  const vectors = ops.concatenate(
    spread.map((list) => insertAxes(list, [batch.length])),
    batch.length,
  )
  const rank = x.ndim - axes.length + batch.length
  return ops.gather(x, vectors, {
    offsetDims: range(rank).filter((d) => d < at || d >= at + batch.length),
    collapsedSliceDims: axes,
    operandBatchingDims: [],
    indicesBatchingDims: [],
    startIndexMap: axes,
    sliceSizes: x.shape.map((n, d) => (axes.includes(d) ? 1 : n)),
    mode,
    fillValue,
  })
}

/** Elements of an empty axis: there are none to clamp to, only none to take or fill values. */
function fromNothing(
  x: NDArray,
  axes: readonly number[],
  batch: Shape,
  at: number,
  mode: 'clip' | 'fill',
  fillValue: number,
): NDArray {
  const rest = without(x.shape, axes)
  const shape = [...rest.slice(0, at), ...batch, ...rest.slice(at)]
  if (mode === 'clip' && sizeOf(shape) > 0) {
    fail('shape', {
      operation: 'slice',
      shapes: [x.shape],
      expected: 'at least one element along an indexed axis',
    })
  }
  return constant(fillValue, x.dtype, shape)
}
