/**
 * Diagonals and the index lists of triangles: views of a matrix by padding and reshaping, or by a mask.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range } from '../core/shape.js'
import { fromHost, type DTypeOption } from './creation.js'
import { moveaxis } from './movement.js'
import { asArray, sliceAxis } from './promote.js'
import { sum } from './reductions.js'

/** Diagonal `offset` of the plane of two axes, as a new last axis. */
export function diagonal(a: ArrayLike, offset = 0, axis1 = 0, axis2 = 1): NDArray {
  const x = asArray(a, 'diagonal')
  if (x.ndim < 2)
    fail('shape', { operation: 'diagonal', shapes: [x.shape], expected: 'an array with at least two axes' })
  const [i, j] = [normalizeAxis(axis1, x.shape, 'diagonal'), normalizeAxis(axis2, x.shape, 'diagonal')]
  if (i === j) fail('axis', { operation: 'diagonal', axis: [axis1, axis2], shape: x.shape })
  const planes = moveaxis(x, [i, j], [-2, -1])
  const rank = planes.ndim
  const [rows, columns] = [planes.shape[rank - 2] ?? 0, planes.shape[rank - 1] ?? 0]
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)))
  const batch = planes.shape.slice(0, -2)
  if (length === 0) return constant(0, x.dtype, [...batch, 0])
  // The wanted square, flattened: its diagonal is every (length + 1)-th element.
  const square = sliceAxis(
    sliceAxis(planes, rank - 2, Math.max(0, -offset), Math.max(0, -offset) + length),
    rank - 1,
    Math.max(0, offset),
    Math.max(0, offset) + length,
  )
  const flat = ops.reshape(square, [...batch, length * length])
  return sliceAxis(flat, batch.length, 0, length * length, length + 1)
}

/** A square matrix with vector `v` on diagonal `k`, or that diagonal of matrix `v`. */
export function diag(v: ArrayLike, k = 0): NDArray {
  const x = asArray(v, 'diag')
  if (x.ndim === 2) return diagonal(x, k)
  if (x.ndim !== 1) fail('shape', { operation: 'diag', shapes: [x.shape], expected: 'a vector or a matrix' })
  const n = x.size
  const side = n + Math.abs(k)
  if (n === 0) return constant(0, x.dtype, [side, side])
  // Element i belongs at flat position start + i (side + 1).
  const start = k >= 0 ? k : -k * side
  const used = start + (n - 1) * (side + 1) + 1
  const flat = ops.pad(x, constant(0, x.dtype), [{ low: start, high: side * side - used, interior: side }])
  return ops.reshape(flat, [side, side])
}

/** A square matrix with the elements of `v`, flattened, on diagonal `k`. */
export function diagflat(v: ArrayLike, k = 0): NDArray {
  const x = asArray(v, 'diagflat')
  return diag(ops.reshape(x, [x.size]), k)
}

/** The sum of diagonal `offset` over two axes. */
export const trace = (a: ArrayLike, offset = 0, axis1 = 0, axis2 = 1, options: DTypeOption = {}): NDArray =>
  sum(diagonal(a, offset, axis1, axis2), -1, options)

/** The index lists of the main diagonal of an n × … × n array of `ndim` axes. */
export const diagIndices = (n: number, ndim = 2): NDArray[] =>
  range(ndim).map(() => (n === 0 ? constant(0, 'int32', [0]) : ops.iota('int32', [n], 0)))

function pairs(n: number, m: number, keep: (row: number, column: number) => boolean): [NDArray, NDArray] {
  const found = range(n).flatMap((i) =>
    range(m)
      .filter((j) => keep(i, j))
      .map((j) => [i, j] as const),
  )
  const list = (part: 0 | 1): NDArray =>
    fromHost(
      found.map((pair) => pair[part]),
      [found.length],
      'int32',
    )
  return [list(0), list(1)]
}

/** Row and column indices at and below diagonal `k` of an n × m matrix. */
export const trilIndices = (n: number, k = 0, m: number | null = n): [NDArray, NDArray] =>
  pairs(n, m ?? n, (i, j) => j <= i + k)

/** Row and column indices at and above diagonal `k` of an n × m matrix. */
export const triuIndices = (n: number, k = 0, m: number | null = n): [NDArray, NDArray] =>
  pairs(n, m ?? n, (i, j) => j >= i + k)

/** `a` with `value` (a number, or a vector that is repeated) on its main diagonal. */
export function fillDiagonal(a: ArrayLike, value: ArrayLike): NDArray {
  const x = asArray(a, 'fillDiagonal')
  if (x.ndim < 2)
    fail('shape', {
      operation: 'fillDiagonal',
      shapes: [x.shape],
      expected: 'an array with at least two axes',
    })
  const row = ops.iota('int32', x.shape, 0)
  const onDiagonal = range(x.ndim)
    .slice(1)
    .map((axis) => ops.eq(row, ops.iota('int32', x.shape, axis)))
    .reduce(ops.and)
  const v = ops.convert(asArray(value, 'fillDiagonal', x.dtype), x.dtype)
  if (v.ndim > 1)
    fail('shape', { operation: 'fillDiagonal', shapes: [v.shape], expected: 'a number or a vector' })
  // A vector is repeated along the diagonal.
  const rows = x.shape[0] ?? 0
  const values =
    v.ndim === 0 ? ops.broadcastInDim(v, x.shape, []) : ops.broadcastInDim(repeatTo(v, rows), x.shape, [0])
  return ops.select(onDiagonal, values, x)
}

/** A vector repeated from its start to length n. */
function repeatTo(v: NDArray, n: number): NDArray {
  const copies = Math.max(1, Math.ceil(n / Math.max(1, v.size)))
  return sliceAxis(
    ops.concatenate(
      range(copies).map(() => v),
      0,
    ),
    0,
    0,
    n,
  )
}
