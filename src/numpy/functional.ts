/**
 * Functions that take functions, and index arithmetic between flat and multi-dimensional positions.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range, sizeOf, stridesOf, type Shape } from '../core/shape.js'
import { floorDivide, remainder } from './arithmetic.js'
import { stack } from './joining.js'
import { expandDims, moveaxis } from './movement.js'
import { asArray, broadcastTogether, choose, fillLike, sliceAxis } from './promote.js'
import { where } from './taking.js'

/** `func`, from a vector to an array, applied to every vector along `axis`; its axes take that axis's place. */
export function applyAlongAxis(func: (vector: NDArray) => NDArray, axis: number, a: ArrayLike): NDArray {
  const x = asArray(a, 'applyAlongAxis')
  const along = normalizeAxis(axis, x.shape, 'applyAlongAxis')
  const last = moveaxis(x, along, -1)
  const batch = last.shape.slice(0, -1)
  const rows = ops.reshape(last, [sizeOf(batch), last.shape.at(-1) ?? 0])
  const results = range(rows.shape[0] ?? 0).map((i) =>
    func(ops.reshape(sliceAxis(rows, 0, i, i + 1), [rows.shape[1] ?? 0])),
  )
  const stacked = stack(results)
  const inner = stacked.shape.slice(1)
  const full = ops.reshape(stacked, [...batch, ...inner])
  return moveaxis(
    full,
    range(inner.length).map((i) => batch.length + i),
    range(inner.length).map((i) => along + i),
  )
}

/** `func(a, axis)` for each of `axes` in turn; an axis that it drops is put back with size 1. */
export function applyOverAxes(
  func: (x: NDArray, axis: number) => NDArray,
  a: ArrayLike,
  axes: number | readonly number[],
): NDArray {
  const x = asArray(a, 'applyOverAxes')
  return [axes].flat().reduce((y, axis) => {
    const along = normalizeAxis(axis, y.shape, 'applyOverAxes')
    const reduced = func(y, along)
    return reduced.ndim === y.ndim ? reduced : expandDims(reduced, along)
  }, x)
}

/** funclist[i](x) where condlist[i] holds (the last one that does); one more function, or 0, for the rest. */
export function piecewise(
  x: ArrayLike,
  condlist: readonly ArrayLike[],
  funclist: readonly (((x: NDArray) => ArrayLike) | number)[],
): NDArray {
  const a = asArray(x, 'piecewise')
  if (funclist.length !== condlist.length && funclist.length !== condlist.length + 1) {
    fail('argument', {
      operation: 'piecewise',
      argument: 'funclist',
      received: `${funclist.length} functions for ${condlist.length} conditions`,
      expected: 'one for each condition, and at most one more',
    })
  }
  const value = (f: ((x: NDArray) => ArrayLike) | number | undefined): NDArray =>
    ops.convert(asArray(typeof f === 'function' ? f(a) : (f ?? 0), 'piecewise', a.dtype), a.dtype)
  return condlist.reduce<NDArray>(
    (rest, condition, i) => where(condition, value(funclist[i]), rest),
    where(constant(true, 'bool', a.shape), value(funclist[condlist.length]), 0),
  )
}

/** The coordinates of flat positions in an array of `shape`, one array for each axis; out of range ones are clamped. */
export function unravelIndex(indices: ArrayLike, shape: number | Shape): NDArray[] {
  const dims = [shape].flat()
  const given = asArray(indices, 'unravelIndex')
  const total = sizeOf(dims)
  const wrapped = choose(ops.lt(given, ops.zerosLike(given)), ops.add(given, fillLike(given, total)), given)
  const flat = ops.clamp(fillLike(given, 0), wrapped, fillLike(given, Math.max(0, total - 1)))
  const strides = stridesOf(dims)
  return dims.map((n, axis) => remainder(floorDivide(flat, Math.max(1, strides[axis] ?? 1)), Math.max(1, n)))
}

/** The flat positions of coordinates in an array of shape `dims`; out of range ones are clamped or wrap round. */
export function ravelMultiIndex(
  multiIndex: readonly ArrayLike[],
  dims: Shape,
  { mode = 'raise' }: { readonly mode?: 'raise' | 'clip' | 'wrap' } = {},
): NDArray {
  if (multiIndex.length !== dims.length) {
    fail('argument', {
      operation: 'ravelMultiIndex',
      argument: 'multiIndex',
      received: `${multiIndex.length} coordinates for ${dims.length} axes`,
      expected: 'one array for each axis',
    })
  }
  const lists = broadcastTogether(
    'ravelMultiIndex',
    multiIndex.map((list) => ops.convert(asArray(list, 'ravelMultiIndex'), 'int32')),
  )
  const strides = stridesOf(dims)
  const within = (list: NDArray, n: number): NDArray =>
    mode === 'wrap'
      ? remainder(list, n)
      : mode === 'clip'
        ? ops.clamp(fillLike(list, 0), list, fillLike(list, n - 1))
        : list
  const parts = lists.map((list, axis) =>
    ops.mul(within(list, dims[axis] ?? 1), fillLike(list, strides[axis] ?? 1)),
  )
  return parts.reduce(ops.add)
}
