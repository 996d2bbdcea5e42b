/** Axes folded into others and taken out again: how groups and batches share an axis with features. */

import type { NDArray } from './ndarray.js'
import { moveAxis, reshape } from './ops.js'
import { inserted } from './shape.js'

/** Axis `from` becomes the slow part of axis `to`, counted without `from`. */
export function foldAxis(x: NDArray, from: number, to: number): NDArray {
  const moved = moveAxis(x, from, to)
  const n = (moved.shape[to] ?? 1) * (moved.shape[to + 1] ?? 1)
  return reshape(moved, [...moved.shape.slice(0, to), n, ...moved.shape.slice(to + 2)])
}

/** The slow part, of size `size`, of axis `axis` becomes an axis of its own before it. */
export function unfoldAxis(x: NDArray, axis: number, size: number): NDArray {
  const shape = x.shape.map((n, i) => (i === axis ? n / size : n))
  return reshape(x, inserted(shape, axis, size))
}
