/**
 * Products of matrices and tensors, all through the one primitive dotGeneral.
 */

import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { broadcastShapes, normalizeAxis, range } from '../core/shape.js'
import { moveaxis, ravel } from './movement.js'
import { asArray, broadcastArray, broadcastTogether, promoteDTypes } from './promote.js'

/** Operands of one number dtype: products of bool are counted in int32 and converted back by `restore`. */
function operands(
  operation: string,
  a: ArrayLike,
  b: ArrayLike,
): { readonly x: NDArray; readonly y: NDArray; readonly restore: (z: NDArray) => NDArray } {
  const [x, y] = promoteDTypes(operation, [a, b]) as [NDArray, NDArray]
  if (x.dtype !== 'bool') return { x, y, restore: (z) => z }
  const number = (z: NDArray, dtype: DType): NDArray => ops.convert(z, dtype)
  return { x: number(x, 'int32'), y: number(y, 'int32'), restore: (z) => ops.ne(z, ops.zerosLike(z)) }
}

/** A typed error unless the contracted sizes agree. */
function checkInner(operation: string, x: NDArray, xAxis: number, y: NDArray, yAxis: number): void {
  if (x.shape.at(xAxis) !== y.shape.at(yAxis)) {
    fail('shape', {
      operation,
      shapes: [x.shape, y.shape],
      expected: `the same size along axis ${xAxis} of the first and axis ${yAxis} of the second operand`,
      fix: 'Transpose or reshape an operand.',
    })
  }
}

function checkRank(operation: string, x: NDArray, rank: number): void {
  if (x.ndim < rank)
    fail('shape', {
      operation,
      shapes: [x.shape],
      expected: rank === 1 ? 'an array with at least one axis' : `an array with at least ${rank} axes`,
    })
}

/**
 * The matrix product of the last two axes; leading axes broadcast, vectors are rows at the left and columns at
 * the right. [..., n, k] × [..., k, m] → [..., n, m].
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.matmul(np.ones([2, 3]), np.ones([3, 4])).shape // [2, 4]
 * ```
 */
export function matmul(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('matmul', a, b)
  checkRank('matmul', x, 1)
  checkRank('matmul', y, 1)
  checkInner('matmul', x, -1, y, y.ndim === 1 ? -1 : -2)
  // Without a batch on the right this is one plain product.
  if (y.ndim <= 2)
    return restore(
      ops.dotGeneral(x, y, {
        lhsContract: [x.ndim - 1],
        rhsContract: [Math.max(0, y.ndim - 2)],
        lhsBatch: [],
        rhsBatch: [],
      }),
    )
  const batch = broadcastShapes([x.shape.slice(0, -2), y.shape.slice(0, -2)], 'matmul')
  const left = broadcastArray(x, [...batch, ...x.shape.slice(-2)])
  const right = broadcastArray(y, [...batch, ...y.shape.slice(-2)])
  return restore(
    ops.dotGeneral(left, right, {
      lhsContract: [left.ndim - 1],
      rhsContract: [right.ndim - 2],
      lhsBatch: range(batch.length),
      rhsBatch: range(batch.length),
    }),
  )
}

/** The product over the last axis of `a` and the last but one of `b` (its last, if it has one): a[..., k] · b[..., k, m]. */
export function dot(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('dot', a, b)
  if (x.ndim === 0 || y.ndim === 0)
    return restore(ops.mul(...(broadcastTogether('dot', [x, y]) as [NDArray, NDArray])))
  checkInner('dot', x, -1, y, y.ndim === 1 ? -1 : -2)
  return restore(
    ops.dotGeneral(x, y, {
      lhsContract: [x.ndim - 1],
      rhsContract: [Math.max(0, y.ndim - 2)],
      lhsBatch: [],
      rhsBatch: [],
    }),
  )
}

/** The product over the last axes of both. */
export function inner(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('inner', a, b)
  if (x.ndim === 0 || y.ndim === 0)
    return restore(ops.mul(...(broadcastTogether('inner', [x, y]) as [NDArray, NDArray])))
  checkInner('inner', x, -1, y, -1)
  return restore(
    ops.dotGeneral(x, y, {
      lhsContract: [x.ndim - 1],
      rhsContract: [y.ndim - 1],
      lhsBatch: [],
      rhsBatch: [],
    }),
  )
}

/** a[i] · b[j] of the flattened operands: shape [a.size, b.size]. */
export function outer(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('outer', a, b)
  const shape = [x.size, y.size]
  return restore(ops.mul(ops.broadcastInDim(ravel(x), shape, [0]), ops.broadcastInDim(ravel(y), shape, [1])))
}

/** The dot product of the flattened operands, which have one size. */
export function vdot(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('vdot', a, b)
  const [left, right] = [ravel(x), ravel(y)]
  checkInner('vdot', left, 0, right, 0)
  return restore(
    ops.dotGeneral(left, right, { lhsContract: [0], rhsContract: [0], lhsBatch: [], rhsBatch: [] }),
  )
}

/** The dot product along `axis`, other axes broadcast. */
export function vecdot(a: ArrayLike, b: ArrayLike, { axis = -1 }: { readonly axis?: number } = {}): NDArray {
  const { x, y, restore } = operands('vecdot', a, b)
  checkRank('vecdot', x, 1)
  checkRank('vecdot', y, 1)
  const [left, right] = [moveaxis(x, axis, -1), moveaxis(y, axis, -1)]
  checkInner('vecdot', left, -1, right, -1)
  const [p, q] = broadcastTogether('vecdot', [left, right]) as [NDArray, NDArray]
  const batch = range(p.ndim - 1)
  return restore(
    ops.dotGeneral(p, q, {
      lhsContract: [p.ndim - 1],
      rhsContract: [q.ndim - 1],
      lhsBatch: batch,
      rhsBatch: batch,
    }),
  )
}

/** Matrices times vectors: [..., n, k] × [..., k] → [..., n]. */
export function matvec(a: ArrayLike, b: ArrayLike): NDArray {
  const vector = asArray(b, 'matvec')
  checkRank('matvec', asArray(a, 'matvec'), 2)
  checkRank('matvec', vector, 1)
  const product = matmul(a, ops.reshape(vector, [...vector.shape, 1]))
  return ops.reshape(product, product.shape.slice(0, -1))
}

/** Vectors times matrices: [..., k] × [..., k, m] → [..., m]. */
export function vecmat(a: ArrayLike, b: ArrayLike): NDArray {
  const vector = asArray(a, 'vecmat')
  checkRank('vecmat', vector, 1)
  checkRank('vecmat', asArray(b, 'vecmat'), 2)
  const product = matmul(ops.reshape(vector, [...vector.shape.slice(0, -1), 1, vector.shape.at(-1) ?? 1]), b)
  return ops.reshape(product, [...product.shape.slice(0, -2), product.shape.at(-1) ?? 1])
}

/** The product over pairs of axes: the last `axes` of `a` with the first of `b`, or [axes of a, axes of b]. */
export function tensordot(
  a: ArrayLike,
  b: ArrayLike,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): NDArray {
  const { x, y, restore } = operands('tensordot', a, b)
  if (typeof axes === 'number' && (axes < 0 || axes > Math.min(x.ndim, y.ndim))) {
    fail('argument', {
      operation: 'tensordot',
      argument: 'axes',
      received: String(axes),
      expected: `a number from 0 to ${Math.min(x.ndim, y.ndim)}, or two lists of axes`,
    })
  }
  const [left, right] =
    typeof axes === 'number'
      ? [range(axes).map((i) => x.ndim - axes + i), range(axes)]
      : [[axes[0]].flat(), [axes[1]].flat()]
  const lhsContract = left.map((axis) => normalizeAxis(axis, x.shape, 'tensordot'))
  const rhsContract = right.map((axis) => normalizeAxis(axis, y.shape, 'tensordot'))
  if (lhsContract.length !== rhsContract.length) {
    fail('argument', {
      operation: 'tensordot',
      argument: 'axes',
      received: `${lhsContract.length} and ${rhsContract.length} axes`,
      expected: 'lists of equal length',
    })
  }
  lhsContract.forEach((axis, i) => checkInner('tensordot', x, axis, y, rhsContract[i] ?? 0))
  return restore(ops.dotGeneral(x, y, { lhsContract, rhsContract, lhsBatch: [], rhsBatch: [] }))
}

/** The Kronecker product: blocks a[i, j] · b. */
export function kron(a: ArrayLike, b: ArrayLike): NDArray {
  const { x, y, restore } = operands('kron', a, b)
  const rank = Math.max(x.ndim, y.ndim)
  const padded = (z: NDArray): number[] => [...range(rank - z.ndim).map(() => 1), ...z.shape]
  const [p, q] = [padded(x), padded(y)]
  // Result axis i is the pair (axis i of a, axis i of b).
  const pairs = range(rank).flatMap((i) => [p[i] ?? 1, q[i] ?? 1])
  const left = ops.broadcastInDim(
    ops.reshape(x, p),
    pairs,
    range(rank).map((i) => 2 * i),
  )
  const right = ops.broadcastInDim(
    ops.reshape(y, q),
    pairs,
    range(rank).map((i) => 2 * i + 1),
  )
  return restore(
    ops.reshape(
      ops.mul(left, right),
      p.map((n, i) => n * (q[i] ?? 1)),
    ),
  )
}

/** The vector product along `axis` (size 3, or 2 for its third component alone). */
export function cross(a: ArrayLike, b: ArrayLike, axis = -1): NDArray {
  const { x, y } = operands('cross', a, b)
  const [left, right] = [moveaxis(x, axis, -1), moveaxis(y, axis, -1)]
  const sizes = [left.shape.at(-1), right.shape.at(-1)]
  if (sizes.some((n) => n !== 2 && n !== 3))
    fail('shape', { operation: 'cross', shapes: [x.shape, y.shape], expected: 'size 2 or 3 along the axis' })
  const batch = broadcastShapes([left.shape.slice(0, -1), right.shape.slice(0, -1)], 'cross')
  const part = (z: NDArray, i: number): NDArray | null => {
    if (i >= (z.shape.at(-1) ?? 0)) return null
    const start = z.shape.map((_, d) => (d === z.ndim - 1 ? i : 0))
    const limit = z.shape.map((n, d) => (d === z.ndim - 1 ? i + 1 : n))
    return broadcastArray(ops.reshape(ops.slice(z, start, limit), z.shape.slice(0, -1)), batch)
  }
  const times = (p: NDArray | null, q: NDArray | null): NDArray =>
    p === null || q === null
      ? ops.zerosLike(broadcastArray(ops.zerosLike(part(left, 0) ?? left), batch))
      : ops.mul(p, q)
  const component = (i: number, j: number): NDArray =>
    ops.sub(times(part(left, i), part(right, j)), times(part(left, j), part(right, i)))
  if (sizes.every((n) => n === 2)) return component(0, 1)
  const components = [component(1, 2), component(2, 0), component(0, 1)].map((z) =>
    ops.reshape(z, [...batch, 1]),
  )
  return moveaxis(ops.concatenate(components, batch.length), -1, axis)
}
