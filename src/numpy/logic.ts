/**
 * Comparisons, logic and tests: arrays in → bool arrays out. None is differentiable.
 */

import { isFloat } from '../core/dtype.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import { constant } from '../core/constants.js'
import * as ops from '../core/ops.js'
import { range, sameShape } from '../core/shape.js'
import { asArray, asBool, broadcastTogether, fillLike, promote, promoteFloat } from './promote.js'

type Operation = (x: NDArray, y: NDArray) => NDArray
const comparison =
  (name: string, op: Operation) =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    op(...promote(name, x, y))

/**
 * x = y, elementwise with broadcasting.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.equal(np.array([1, 2]), 2).js() // [false, true]
 * ```
 */
export const equal = comparison('equal', ops.eq)
/** x ≠ y. */
export const notEqual = comparison('notEqual', ops.ne)
/** x < y. */
export const less = comparison('less', ops.lt)
/** x ≤ y. */
export const lessEqual = comparison('lessEqual', ops.le)
/** x > y. */
export const greater = comparison('greater', ops.gt)
/** x ≥ y. */
export const greaterEqual = comparison('greaterEqual', ops.ge)

const logical =
  (name: string, op: Operation) =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    op(...(broadcastTogether(name, [asBool(x, name), asBool(y, name)]) as [NDArray, NDArray]))

/** Both are nonzero. */
export const logicalAnd = logical('logicalAnd', ops.and)
/** Either is nonzero. */
export const logicalOr = logical('logicalOr', ops.or)
/** Exactly one is nonzero. */
export const logicalXor = logical('logicalXor', ops.xor)
/** True where x is 0. */
export const logicalNot = (x: ArrayLike): NDArray => ops.not(asBool(x, 'logicalNot'))

/** `test` on floats, `otherwise` everywhere on integers and bool. */
const floatTest =
  (name: string, test: (x: NDArray) => NDArray, otherwise: boolean) =>
  (x: ArrayLike): NDArray => {
    const a = asArray(x, name)
    return isFloat(a.dtype) ? test(a) : constant(otherwise, 'bool', a.shape)
  }

/** True where x is neither infinite nor NaN. */
export const isfinite = floatTest('isfinite', ops.isFinite, true)
/** True where x is NaN. */
export const isnan = floatTest('isnan', (x) => ops.ne(x, x), false)
/** True where x is infinite. */
export const isinf = floatTest('isinf', (x) => ops.eq(ops.abs(x), fillLike(x, Infinity)), false)
/** True where x is +∞. */
export const isposinf = floatTest('isposinf', (x) => ops.eq(x, fillLike(x, Infinity)), false)
/** True where x is -∞. */
export const isneginf = floatTest('isneginf', (x) => ops.eq(x, fillLike(x, -Infinity)), false)

interface CloseOptions {
  readonly rtol?: number
  readonly atol?: number
  readonly equalNaN?: boolean
}

/** |a - b| ≤ atol + rtol · |b|, elementwise; infinities agree with themselves, NaN if `equalNaN`. */
export function isclose(
  a: ArrayLike,
  b: ArrayLike,
  { rtol = 1e-5, atol = 1e-8, equalNaN = false }: CloseOptions = {},
): NDArray {
  const [x, y] = promoteFloat('isclose', a, b)
  const bound = ops.add(fillLike(x, atol), ops.mul(fillLike(x, rtol), ops.abs(y)))
  const near = ops.le(ops.abs(ops.sub(x, y)), bound)
  const finite = ops.and(ops.isFinite(x), ops.isFinite(y))
  const close = ops.or(ops.and(finite, near), ops.eq(x, y))
  return equalNaN ? ops.or(close, ops.and(ops.ne(x, x), ops.ne(y, y))) : close
}

const everywhere = (x: NDArray): NDArray => ops.reduceAnd(x, range(x.ndim))

/** Whether all elements are close, as a rank-0 bool. */
export const allclose = (a: ArrayLike, b: ArrayLike, options: CloseOptions = {}): NDArray =>
  everywhere(isclose(a, b, options))

/** Whether the arrays have one shape and equal elements, as a rank-0 bool. */
export function arrayEqual(
  a: ArrayLike,
  b: ArrayLike,
  { equalNaN = false }: { readonly equalNaN?: boolean } = {},
): NDArray {
  if (!sameShape(asArray(a, 'arrayEqual').shape, asArray(b, 'arrayEqual').shape))
    return constant(false, 'bool')
  const [x, y] = promote('arrayEqual', a, b)
  const same = ops.eq(x, y)
  return everywhere(equalNaN ? ops.or(same, ops.and(ops.ne(x, x), ops.ne(y, y))) : same)
}

/** Whether the arrays broadcast together and are then equal, as a rank-0 bool. */
export function arrayEquiv(a: ArrayLike, b: ArrayLike): NDArray {
  const shapes = [asArray(a, 'arrayEquiv').shape, asArray(b, 'arrayEquiv').shape] as const
  const rank = Math.min(shapes[0].length, shapes[1].length)
  const compatible = range(rank).every((i) => {
    const [m, n] = [shapes[0].at(-1 - i), shapes[1].at(-1 - i)]
    return m === n || m === 1 || n === 1
  })
  return compatible ? everywhere(equal(a, b)) : constant(false, 'bool')
}
