/**
 * The part of numpy.linalg that needs no factorization: norms, powers, products.
 */

import { fail } from '../core/errors.js'
import type { ReduceOptions } from '../core/methods.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes, range } from '../core/shape.js'
import { broadcastArray, asArray, asFloat, fillLike } from './promote.js'
import { cross as crossProduct, matmul, matvec, outer, tensordot, vecdot } from './contraction.js'
import { eye } from './creation.js'
import { diagonal as diagonalOf } from './diagonals.js'
import { matrixTranspose } from './movement.js'
import { max, min, sum } from './reductions.js'
import { square } from './elementwise.js'

export { matmul, matrixTranspose, matvec, outer, tensordot, vecdot }

/** The vector product along `axis`. */
export const cross = (a: ArrayLike, b: ArrayLike, axis = -1): NDArray => crossProduct(a, b, axis)

/** The order of a vector norm: 1, 2, ±Infinity, or any number p for (Σ |x|^p)^(1/p); 0 counts nonzero elements. */
export type VectorOrder = number
/** The order of a matrix norm: Frobenius, ±1 (columns) or ±Infinity (rows); 'nuc' and ±2 are not there yet. */
export type MatrixOrder = 'fro' | 'nuc' | number

interface VectorNormOptions extends ReduceOptions {
  readonly ord?: VectorOrder
  readonly axis?: number | readonly number[] | null
}

/** The norm of the vectors along `axis` (of all elements without one): 2-norm unless `ord` says otherwise. */
export function vectorNorm(
  x: ArrayLike,
  { ord = 2, axis = null, keepdims = false }: VectorNormOptions = {},
): NDArray {
  const a = asFloat(x, 'linalg.vectorNorm')
  const axes = normalizeAxes(axis, a.shape, 'linalg.vectorNorm')
  const options = { keepdims }
  if (ord === 2) return ops.sqrt(sum(square(a), axes, options))
  const size = ops.abs(a)
  if (ord === Infinity) return max(size, axes, options)
  if (ord === -Infinity) return min(size, axes, options)
  if (ord === 0) return sum(ops.convert(ops.ne(a, ops.zerosLike(a)), a.dtype), axes, options)
  if (ord === 1) return sum(size, axes, options)
  const total = sum(ops.pow(size, fillLike(size, ord)), axes, options)
  return ops.pow(total, fillLike(total, 1 / ord))
}

interface MatrixNormOptions extends ReduceOptions {
  readonly ord?: MatrixOrder
}

/** The norm of the matrices in the last two axes: Frobenius ('fro'), 1, -1, Infinity or -Infinity. */
export function matrixNorm(x: ArrayLike, { ord = 'fro', keepdims = false }: MatrixNormOptions = {}): NDArray {
  const a = asFloat(x, 'linalg.matrixNorm')
  if (a.ndim < 2)
    fail('shape', {
      operation: 'linalg.matrixNorm',
      shapes: [a.shape],
      expected: 'an array with at least two axes',
    })
  return normOfPlane(a, ord, [a.ndim - 2, a.ndim - 1], keepdims, 'linalg.matrixNorm')
}

function normOfPlane(
  a: NDArray,
  ord: MatrixOrder,
  [row, column]: readonly [number, number],
  keepdims: boolean,
  operation: string,
): NDArray {
  if (ord === 'fro') return ops.sqrt(sum(square(a), [row, column], { keepdims }))
  const byRow = ord !== 'nuc' && Math.abs(ord) === Infinity
  if (ord === 'nuc' || (!byRow && Math.abs(ord) !== 1)) {
    if (ord === 'nuc' || Math.abs(ord) === 2) {
      return fail('notImplemented', {
        operation: `numpy.${operation} with ord ${ord}`,
        reason: 'it needs the singular values of a matrix',
      })
    }
    return fail('argument', {
      operation,
      argument: 'ord',
      received: String(ord),
      expected: `'fro', 1, -1, Infinity or -Infinity for matrices`,
    })
  }
  const sums = sum(ops.abs(a), byRow ? column : row, { keepdims: true })
  const norm = (ord > 0 ? max : min)(sums, byRow ? row : column, { keepdims: true })
  return keepdims
    ? norm
    : ops.reshape(
        norm,
        norm.shape.filter((_, d) => d !== row && d !== column),
      )
}

interface NormOptions extends ReduceOptions {
  readonly ord?: VectorOrder | MatrixOrder | null
  readonly axis?: number | readonly number[] | null
}

/** The norm of all elements, of the vectors along one axis, or of the matrices in two axes. */
export function norm(x: ArrayLike, { ord = null, axis = null, keepdims = false }: NormOptions = {}): NDArray {
  const a = asFloat(x, 'linalg.norm')
  if (ord === null && (axis === null || [axis].flat().length > 2)) return vectorNorm(a, { axis, keepdims })
  const axes = axis === null ? range(a.ndim) : [axis].flat()
  const [first, second, third] = axes.map((d) => normalizeAxes(d, a.shape, 'linalg.norm')[0] ?? 0)
  if (first === undefined || third !== undefined) {
    return fail('argument', {
      operation: 'linalg.norm',
      argument: 'axis',
      received: `${axes.length} axes`,
      expected: 'one axis for vectors or two for matrices',
    })
  }
  if (second !== undefined) return normOfPlane(a, ord ?? 'fro', [first, second], keepdims, 'linalg.norm')
  if (typeof ord === 'string')
    return fail('argument', {
      operation: 'linalg.norm',
      argument: 'ord',
      received: `'${ord}'`,
      expected: 'a number for vectors',
    })
  return vectorNorm(a, { ord: ord ?? 2, axis: first, keepdims })
}

/** The sum of diagonal `offset` of the last two axes. */
export const trace = (a: ArrayLike, { offset = 0 }: { readonly offset?: number } = {}): NDArray =>
  sum(diagonal(a, { offset }), -1)

/** Diagonal `offset` of the last two axes, as the last axis. */
export const diagonal = (a: ArrayLike, { offset = 0 }: { readonly offset?: number } = {}): NDArray =>
  diagonalOf(a, offset, -2, -1)

/** The n-th power (n >= 0) of the square matrices in the last two axes, by repeated squaring. */
export function matrixPower(a: ArrayLike, n: number): NDArray {
  const x = asArray(a, 'linalg.matrixPower')
  const size = x.shape.at(-1) ?? 0
  if (x.ndim < 2 || size !== x.shape.at(-2))
    fail('shape', { operation: 'linalg.matrixPower', shapes: [x.shape], expected: 'square matrices' })
  if (!Number.isInteger(n))
    fail('argument', {
      operation: 'linalg.matrixPower',
      argument: 'n',
      received: String(n),
      expected: 'a whole number',
    })
  if (n < 0)
    fail('notImplemented', {
      operation: 'numpy.linalg.matrixPower with a negative power',
      reason: 'it needs the inverse of a matrix',
    })
  if (n === 0) return broadcastArray(eye(size, size, { dtype: x.dtype }), x.shape)
  if (n === 1) return x
  const half = matrixPower(x, Math.floor(n / 2))
  const even = matmul(half, half)
  return n % 2 === 0 ? even : matmul(even, x)
}

/** The product of several matrices (the first and last may be vectors) in the order with the fewest multiplications. */
export function multiDot(arrays: readonly ArrayLike[]): NDArray {
  const list = arrays.map((a) => asArray(a, 'linalg.multiDot'))
  if (list.length < 2)
    fail('argument', {
      operation: 'linalg.multiDot',
      argument: 'arrays',
      received: String(list.length),
      expected: 'at least two arrays',
    })
  const rows = list.map((x, i) => (x.ndim === 1 && i === 0 ? 1 : (x.shape[0] ?? 1)))
  const last = list.at(-1)
  const sizes = [...rows, last?.ndim === 1 ? 1 : (last?.shape[1] ?? 1)]
  const best = chainOrder(sizes)
  const product = (i: number, j: number): NDArray => {
    const only = list[i]
    if (i === j && only !== undefined) return only
    const k = best[i]?.[j] ?? i
    return matmul(product(i, k), product(k + 1, j))
  }
  return product(0, list.length - 1)
}

/** Where to cut the chain i…j of matrices sizes[k] × sizes[k + 1]; dynamic programming over its length. */
function chainOrder(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1
  const cost = range(n).map(() => new Array<number>(n).fill(0))
  const cut = range(n).map(() => new Array<number>(n).fill(0))
  const at = (i: number, j: number): number => cost[i]?.[j] ?? 0
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length
      const options = range(length).map((step) => {
        const k = i + step
        return {
          k,
          cost: at(i, k) + at(k + 1, j) + (sizes[i] ?? 1) * (sizes[k + 1] ?? 1) * (sizes[j + 1] ?? 1),
        }
      })
      const least = options.reduce((a, b) => (b.cost < a.cost ? b : a))
      ;(cost[i] ?? [])[j] = least.cost
      ;(cut[i] ?? [])[j] = least.k
    }
  }
  return cut
}
