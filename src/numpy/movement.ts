/**
 * Rearranging elements: reshaping, transposing, reversing, rolling, repeating, and triangles.
 */

import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import {
  broadcastShapes as broadcastShapeList,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  range,
  showShape,
  sizeOf,
  without,
  type Shape,
} from '../core/shape.js'
import { lowerMask } from './creation.js'
import {
  asArray,
  broadcastArray,
  broadcastTogether,
  checkDType,
  choose,
  insertAxes,
  sliceAxis,
} from './promote.js'

/**
 * The same elements in row-major order with another shape; one size may be -1.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.reshape(np.arange(6), [2, -1]).shape // [2, 3]
 * ```
 */
export function reshape(a: ArrayLike, shape: number | Shape): NDArray {
  const x = asArray(a, 'reshape')
  const wanted = typeof shape === 'number' ? [shape] : shape
  const free = wanted.filter((d) => d === -1).length
  const known = sizeOf(wanted.filter((d) => d !== -1))
  if (
    free > 1 ||
    (free === 1 && (known === 0 ? x.size !== 0 : x.size % known !== 0)) ||
    (free === 0 && known !== x.size)
  ) {
    fail('shape', {
      operation: 'reshape',
      shapes: [x.shape, wanted],
      expected: `a shape of ${x.size} elements, with at most one -1`,
    })
  }
  const filled = wanted.map((d) => (d === -1 ? (known === 0 ? 0 : x.size / known) : d))
  checkShape(filled, 'reshape')
  return ops.reshape(x, filled)
}

/** All elements in row-major order as a vector. */
export const ravel = (a: ArrayLike): NDArray => reshape(a, [-1])

/** Axes reversed, or in the order of `axes`: result axis i is axis axes[i] of `a`. */
export function transpose(a: ArrayLike, axes?: readonly number[] | null): NDArray {
  const x = asArray(a, 'transpose')
  if (axes === undefined || axes === null) return ops.transpose(x, range(x.ndim).reverse())
  const permutation = axes.map((axis) => normalizeAxis(axis, x.shape, 'transpose'))
  if (permutation.length !== x.ndim || new Set(permutation).size !== x.ndim) {
    fail('axis', { operation: 'transpose', axis: axes, shape: x.shape, fix: 'Name each axis exactly once.' })
  }
  return ops.transpose(x, permutation)
}
/** The last two axes exchanged. */
export function matrixTranspose(a: ArrayLike): NDArray {
  const x = asArray(a, 'matrixTranspose')
  if (x.ndim < 2)
    fail('shape', {
      operation: 'matrixTranspose',
      shapes: [x.shape],
      expected: 'an array with at least two axes',
    })
  return swapaxes(x, -1, -2)
}

/** Axes `axis1` and `axis2` exchanged. */
export function swapaxes(a: ArrayLike, axis1: number, axis2: number): NDArray {
  const x = asArray(a, 'swapaxes')
  const [i, j] = [normalizeAxis(axis1, x.shape, 'swapaxes'), normalizeAxis(axis2, x.shape, 'swapaxes')]
  return ops.transpose(
    x,
    range(x.ndim).map((axis) => (axis === i ? j : axis === j ? i : axis)),
  )
}

/** Axes `source` moved to positions `destination`, the others in order. */
export function moveaxis(
  a: ArrayLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): NDArray {
  const x = asArray(a, 'moveaxis')
  const list = (axes: number | readonly number[]): number[] =>
    [axes].flat().map((axis) => normalizeAxis(axis, x.shape, 'moveaxis'))
  const [from, to] = [list(source), list(destination)]
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    fail('axis', {
      operation: 'moveaxis',
      axis: [...from, ...to],
      shape: x.shape,
      fix: 'source and destination must be distinct axes, as many of one as of the other.',
    })
  }
  const rest = without(range(x.ndim), from)
  const order = range(x.ndim).map((position) =>
    to.includes(position) ? (from[to.indexOf(position)] ?? 0) : (rest.shift() ?? 0),
  )
  return ops.transpose(x, order)
}

/** New axes of size 1 at positions `axis` of the result. */
export function expandDims(a: ArrayLike, axis: number | readonly number[]): NDArray {
  const x = asArray(a, 'expandDims')
  const list = [axis].flat()
  const result = range(x.ndim + list.length)
  const axes = list.map((d) => normalizeAxis(d, result, 'expandDims'))
  if (new Set(axes).size !== axes.length) fail('axis', { operation: 'expandDims', axis: list, shape: result })
  return insertAxes(x, axes)
}

/** Without axes of size 1: all of them, or those named. */
export function squeeze(a: ArrayLike, axis: number | readonly number[] | null = null): NDArray {
  const x = asArray(a, 'squeeze')
  const axes =
    axis === null ? range(x.ndim).filter((d) => x.shape[d] === 1) : normalizeAxes(axis, x.shape, 'squeeze')
  if (axes.some((d) => x.shape[d] !== 1)) {
    fail('shape', {
      operation: 'squeeze',
      shapes: [x.shape],
      expected: `size 1 along axes ${showShape(axes)}`,
    })
  }
  return ops.reshape(x, without(x.shape, axes))
}

/** `array` broadcast to `shape`. */
export function broadcastTo(array: ArrayLike, shape: number | Shape): NDArray {
  const x = asArray(array, 'broadcastTo')
  const to = [shape].flat()
  checkShape(to, 'broadcastTo')
  const fits = x.ndim <= to.length && x.shape.every((d, i) => d === 1 || d === to[to.length - x.ndim + i])
  if (!fits)
    fail('shape', {
      operation: 'broadcastTo',
      shapes: [x.shape, to],
      expected: 'a shape that the array broadcasts to (aligned at the right, sizes equal or 1)',
    })
  return broadcastArray(x, to)
}

/** All arrays broadcast to their common shape. */
export const broadcastArrays = (...arrays: ArrayLike[]): NDArray[] =>
  broadcastTogether(
    'broadcastArrays',
    arrays.map((x) => asArray(x, 'broadcastArrays')),
  )

/** The shape that arrays of these shapes broadcast to. */
export const broadcastShapes = (...shapes: Shape[]): number[] => broadcastShapeList(shapes, 'broadcastShapes')

/** Elements in reverse order along all axes, or those named. */
export function flip(m: ArrayLike, axis: number | readonly number[] | null = null): NDArray {
  const x = asArray(m, 'flip')
  return ops.reverse(x, normalizeAxes(axis, x.shape, 'flip'))
}
/** Rows in reverse order. */
export const flipud = (m: ArrayLike): NDArray => flip(m, 0)
/** Columns in reverse order. */
export const fliplr = (m: ArrayLike): NDArray => flip(m, 1)

/** `m` turned by k · 90° from axes[0] towards axes[1]. */
export function rot90(m: ArrayLike, k = 1, axes: readonly [number, number] = [0, 1]): NDArray {
  const x = asArray(m, 'rot90')
  const [i, j] = [normalizeAxis(axes[0], x.shape, 'rot90'), normalizeAxis(axes[1], x.shape, 'rot90')]
  if (i === j) fail('axis', { operation: 'rot90', axis: axes, shape: x.shape })
  switch (((k % 4) + 4) % 4) {
    case 1:
      return swapaxes(flip(x, j), i, j)
    case 2:
      return flip(x, [i, j])
    case 3:
      return flip(swapaxes(x, i, j), j)
    default:
      return x
  }
}

/** Elements moved by `shift` positions along `axis` (over the flattened array without one); what falls off comes back. */
export function roll(
  a: ArrayLike,
  shift: number | readonly number[],
  axis: number | readonly number[] | null = null,
): NDArray {
  const x = asArray(a, 'roll')
  if (axis === null)
    return ops.reshape(
      rollAxis(
        ops.reshape(x, [x.size]),
        [shift].flat().reduce((s, t) => s + t, 0),
        0,
      ),
      x.shape,
    )
  const axes = [axis].flat()
  const shifts = [shift].flat()
  const count = Math.max(axes.length, shifts.length)
  const pick = (list: readonly number[], i: number): number => (list.length === 1 ? list[0] : list[i]) ?? 0
  if (![1, count].includes(axes.length) || ![1, count].includes(shifts.length)) {
    fail('argument', {
      operation: 'roll',
      argument: 'shift',
      received: `${shifts.length} shifts for ${axes.length} axes`,
      expected: 'one shift for each axis',
    })
  }
  return range(count).reduce(
    (y, i) => rollAxis(y, pick(shifts, i), normalizeAxis(pick(axes, i), x.shape, 'roll')),
    x,
  )
}

function rollAxis(x: NDArray, shift: number, axis: number): NDArray {
  const n = x.shape[axis] ?? 0
  if (!Number.isInteger(shift))
    fail('argument', {
      operation: 'roll',
      argument: 'shift',
      received: String(shift),
      expected: 'a whole number',
    })
  const by = n === 0 ? 0 : ((shift % n) + n) % n
  return by === 0 ? x : ops.concatenate([sliceAxis(x, axis, n - by, n), sliceAxis(x, axis, 0, n - by)], axis)
}

/** `A` laid side by side reps[i] times along axis i. */
export function tile(A: ArrayLike, reps: number | readonly number[]): NDArray {
  const a = asArray(A, 'tile')
  const counts = [reps].flat()
  checkShape(counts, 'tile')
  const rank = Math.max(a.ndim, counts.length)
  const shape = [...range(rank - a.ndim).map(() => 1), ...a.shape]
  const times = [...range(rank - counts.length).map(() => 1), ...counts]
  // [n0, n1] → [r0, n0, r1, n1] → [r0 n0, r1 n1]
  const interleaved = shape.flatMap((n, i) => [times[i] ?? 1, n])
  const spread = ops.broadcastInDim(
    ops.reshape(a, shape),
    interleaved,
    range(rank).map((i) => 2 * i + 1),
  )
  return ops.reshape(
    spread,
    shape.map((n, i) => n * (times[i] ?? 1)),
  )
}

interface AtLeast {
  (array: ArrayLike): NDArray
  (...arrays: ArrayLike[]): NDArray[]
}

/** `grow` for one array, or for each of several as a list. */
function atLeast(operation: string, grow: (x: NDArray) => NDArray): AtLeast {
  const each = (...arrays: ArrayLike[]): unknown => {
    const grown = arrays.map((a) => grow(asArray(a, operation)))
    return grown.length === 1 ? grown[0] : grown
  }
  return each as AtLeast
}

/** `a` with at least one axis; a list if there are several arguments. */
export const atleast1d = atLeast('atleast1d', (x) => (x.ndim >= 1 ? x : ops.reshape(x, [1])))
/** `a` with at least two axes (new ones in front); a list if there are several arguments. */
export const atleast2d = atLeast('atleast2d', (x) => (x.ndim >= 2 ? x : ops.reshape(x, [1, x.size])))
/** `a` with at least three axes; a list if there are several arguments. */
export const atleast3d = atLeast('atleast3d', (x) =>
  x.ndim >= 3 ? x : ops.reshape(x, x.ndim === 2 ? [...x.shape, 1] : [1, x.size, 1]),
)

function checkMatrix(x: NDArray, operation: string): void {
  if (x.ndim < 2) fail('shape', { operation, shapes: [x.shape], expected: 'an array with at least two axes' })
}

/** Zero above diagonal `k` of the last two axes. */
export function tril(m: ArrayLike, k = 0): NDArray {
  const x = asArray(m, 'tril')
  checkMatrix(x, 'tril')
  return choose(lowerMask(x.shape, k), x, 0)
}

/** Zero below diagonal `k` of the last two axes. */
export function triu(m: ArrayLike, k = 0): NDArray {
  const x = asArray(m, 'triu')
  checkMatrix(x, 'triu')
  return choose(lowerMask(x.shape, k - 1), 0, x)
}

/** `x` converted to `dtype`; float to integer truncates, to bool is true where not 0. */
export function astype(x: ArrayLike, dtype: DType): NDArray {
  const a = asArray(x, 'astype')
  if (checkDType(dtype, 'astype') === 'bool') return a.dtype === 'bool' ? a : ops.ne(a, ops.zerosLike(a))
  return ops.convert(a, dtype)
}

/** The shape as a list. */
export const shape = (a: ArrayLike): number[] => [...asArray(a, 'shape').shape]
/** The number of axes. */
export const ndim = (a: ArrayLike): number => asArray(a, 'ndim').ndim
/** The number of elements, in all or along `axis`. */
export function size(a: ArrayLike, axis: number | null = null): number {
  const x = asArray(a, 'size')
  return axis === null ? x.size : (x.shape[normalizeAxis(axis, x.shape, 'size')] ?? 0)
}
