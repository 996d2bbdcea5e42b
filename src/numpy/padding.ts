/**
 * Padding and repeating along axes. Modes that copy elements are lists of source positions, known statically,
 * and are assembled from slices, reversed slices and broadcasts: no gather.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range } from '../core/shape.js'
import { valuesOf } from './dataDependent.js'
import { repeatEach } from './joining.js'
import { asArray, axisOrFlat, broadcastArray, sliceAxis } from './promote.js'

export type PadMode = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap' | 'empty'
/** A number for all sides, [before, after] for all axes, or one pair for each axis. */
export type PadWidth =
  | number
  | readonly [number]
  | readonly [number, number]
  | readonly (readonly [number, number] | readonly [number])[]

export interface PadOptions {
  readonly constantValues?:
    | number
    | readonly [number, number]
    | readonly (readonly [number, number])[]
    | NDArray
}

/** [before, after] for each of `rank` axes. */
function pairs(
  width: PadWidth | Exclude<PadOptions['constantValues'], undefined | NDArray>,
  rank: number,
  argument: string,
): (readonly [number, number])[] {
  const pair = (w: number | readonly number[]): readonly [number, number] =>
    typeof w === 'number' ? [w, w] : [w[0] ?? 0, w[1] ?? w[0] ?? 0]
  const flat = typeof width === 'number' || width.every((w) => typeof w === 'number')
  if (flat) return range(rank).map(() => pair(width as number | readonly number[]))
  const list = (width as readonly (readonly number[])[]).map(pair)
  if (list.length === 1) return range(rank).map(() => list[0] ?? [0, 0])
  if (list.length !== rank)
    fail('argument', {
      operation: 'pad',
      argument,
      received: `${list.length} pairs for ${rank} axes`,
      expected: 'a number, one pair, or one pair for each axis',
    })
  return list
}

/**
 * `array` with elements added before and after each axis: a constant (0), or copies by `mode`.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.pad(np.array([1, 2, 3]), [1, 2]).js() // [0, 1, 2, 3, 0, 0]
 * np.pad(np.array([1, 2, 3]), 2, 'reflect').js() // [3, 2, 1, 2, 3, 2, 1]
 * ```
 */
export function pad(
  array: ArrayLike,
  padWidth: PadWidth,
  mode: PadMode = 'constant',
  { constantValues = 0 }: PadOptions = {},
): NDArray {
  const x = asArray(array, 'pad')
  const widths = pairs(padWidth, x.ndim, 'padWidth')
  if (widths.flat().some((w) => !Number.isInteger(w) || w < 0)) {
    fail('argument', {
      operation: 'pad',
      argument: 'padWidth',
      received: JSON.stringify(padWidth),
      expected: 'whole numbers >= 0',
    })
  }
  if (mode === 'constant' || mode === 'empty') return padConstant(x, widths, constantValues)
  return widths.reduce((y, width, axis) => padCopies(y, axis, width, mode), x)
}

function padConstant(
  x: NDArray,
  widths: readonly (readonly [number, number])[],
  values: Exclude<PadOptions['constantValues'], undefined>,
): NDArray {
  if (values instanceof NDArray || typeof values === 'number') {
    const value = ops.convert(asArray(values, 'pad', x.dtype), x.dtype)
    if (value.ndim > 0)
      fail('shape', { operation: 'pad', shapes: [value.shape], expected: 'a rank-0 constant value' })
    return ops.pad(
      x,
      value,
      widths.map(([low, high]) => ({ low, high, interior: 0 })),
    )
  }
  const none = x.shape.map(() => ({ low: 0, high: 0, interior: 0 }))
  const side = (y: NDArray, axis: number, part: 'low' | 'high', width: number, value: number): NDArray =>
    ops.pad(
      y,
      constant(value, x.dtype),
      none.map((config, d) => (d === axis ? { ...config, [part]: width } : config)),
    )
  return pairs(values, x.ndim, 'constantValues').reduce((y, [before, after], axis) => {
    const [low, high] = widths[axis] ?? [0, 0]
    return side(side(y, axis, 'low', low, before), axis, 'high', high, after)
  }, x)
}

/** The source position of position i (negative before the array) on an axis of size n. */
const sources: Readonly<Record<Exclude<PadMode, 'constant' | 'empty'>, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(n - 1, Math.max(0, i)),
  wrap: (i, n) => modulo(i, n),
  // Mirrors at the edges themselves: period 2n - 2.
  reflect: (i, n) => (n === 1 ? 0 : n - 1 - Math.abs(n - 1 - modulo(i, 2 * n - 2))),
  // Mirrors between elements: period 2n.
  symmetric: (i, n) => Math.min(modulo(i, 2 * n), 2 * n - 1 - modulo(i, 2 * n)),
}
const modulo = (i: number, n: number): number => ((i % n) + n) % n

function padCopies(
  x: NDArray,
  axis: number,
  [low, high]: readonly [number, number],
  mode: Exclude<PadMode, 'constant' | 'empty'>,
): NDArray {
  const n = x.shape[axis] ?? 0
  if (low + high === 0) return x
  if (n === 0)
    fail('shape', {
      operation: 'pad',
      shapes: [x.shape],
      expected: `at least one element along axis ${axis} for mode '${mode}'`,
    })
  return takeStatic(
    x,
    axis,
    range(low + n + high).map((i) => sources[mode](i - low, n)),
  )
}

/** The elements at static positions along `axis`, as few slices as the list has runs of constant step -1, 0 or 1. */
export function takeStatic(x: NDArray, axis: number, positions: readonly number[]): NDArray {
  const parts: NDArray[] = []
  let from = 0
  while (from < positions.length) {
    const first = positions[from] ?? 0
    const step = (positions[from + 1] ?? first) - first
    let to = from + 1
    if (Math.abs(step) <= 1)
      while (to < positions.length && (positions[to] ?? 0) - (positions[to - 1] ?? 0) === step) to++
    parts.push(run(x, axis, first, to - from, step))
    from = to
  }
  if (parts.length === 0) return sliceAxis(x, axis, 0, 0)
  return parts.length === 1 ? (parts[0] ?? x) : ops.concatenate(parts, axis)
}

function run(x: NDArray, axis: number, first: number, length: number, step: number): NDArray {
  if (length === 1) return sliceAxis(x, axis, first, first + 1)
  if (step === 0)
    return broadcastArray(
      sliceAxis(x, axis, first, first + 1),
      x.shape.map((n, d) => (d === axis ? length : n)),
    )
  if (step === 1) return sliceAxis(x, axis, first, first + length)
  return ops.reverse(sliceAxis(x, axis, first - length + 1, first + 1), [axis])
}

/** Each element (slice along `axis`; of the flattened array without one) `repeats` times; an array gives a count for each. */
export function repeat(
  a: ArrayLike,
  repeats: number | readonly number[] | NDArray,
  axis: number | null = null,
): NDArray {
  if (typeof repeats === 'number') {
    if (!Number.isInteger(repeats) || repeats < 0)
      fail('argument', {
        operation: 'repeat',
        argument: 'repeats',
        received: String(repeats),
        expected: 'a whole number >= 0',
      })
    return repeatEach(a, repeats, axis)
  }
  const [x, along] = axisOrFlat(asArray(a, 'repeat'), axis, 'repeat')
  const counts =
    repeats instanceof NDArray
      ? [...valuesOf(repeats, 'repeat', 'The shape of the result depends on the counts: give numbers.')]
      : repeats
  const n = x.shape[along] ?? 0
  if (counts.length !== 1 && counts.length !== n)
    fail('argument', {
      operation: 'repeat',
      argument: 'repeats',
      received: `${counts.length} counts for an axis of size ${n}`,
      expected: 'one count, or one for each element',
    })
  return takeStatic(
    x,
    along,
    range(n).flatMap((i) => range(counts[counts.length === 1 ? 0 : i] ?? 0).map(() => i)),
  )
}

/** `arr` without the elements at `obj` along `axis` (of the flattened array without one). */
export function deleteAt(
  arr: ArrayLike,
  obj: number | readonly number[] | NDArray,
  axis: number | null = null,
): NDArray {
  const [x, along] = axisOrFlat(asArray(arr, 'delete'), axis, 'delete')
  const drop = staticIndices(obj, x.shape[along] ?? 0, 'delete')
  return takeStatic(
    x,
    along,
    range(x.shape[along] ?? 0).filter((i) => !drop.includes(i)),
  )
}

/** Whole, non-negative positions below `n` from numbers or a concrete array. */
function staticIndices(obj: number | readonly number[] | NDArray, n: number, operation: string): number[] {
  const list =
    obj instanceof NDArray
      ? [...valuesOf(obj, operation, 'The positions must be known: give numbers.')]
      : [obj].flat()
  return list.map((i) => {
    if (!Number.isInteger(i) || i < -n || i >= n)
      fail('argument', {
        operation,
        argument: 'obj',
        received: String(i),
        expected: `a whole number from ${-n} to ${n - 1}`,
      })
    return i < 0 ? i + n : i
  })
}

/** `arr` with `values` put before position `obj` along `axis` (in the flattened array without one). */
export function insert(arr: ArrayLike, obj: number, values: ArrayLike, axis: number | null = null): NDArray {
  const [x, along] = axisOrFlat(asArray(arr, 'insert'), axis, 'insert')
  const n = x.shape[along] ?? 0
  const at = staticIndices(obj, n + 1, 'insert')[0] ?? 0
  const v = ops.convert(asArray(values, 'insert', x.dtype), x.dtype)
  const moved =
    v.ndim === x.ndim - 1 && x.ndim > 1
      ? ops.reshape(
          v,
          x.shape.map((size, d) => (d === along ? 1 : size)),
        )
      : v
  const count = moved.ndim === x.ndim ? (moved.shape[normalizeAxis(along, moved.shape, 'insert')] ?? 1) : 1
  const block = broadcastArray(
    moved,
    x.shape.map((size, d) => (d === along ? count : size)),
  )
  return ops.concatenate([sliceAxis(x, along, 0, at), block, sliceAxis(x, along, at, n)], along)
}
