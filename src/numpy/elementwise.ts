/**
 * Functions of one array, element by element, that are one primitive after promotion.
 * Float functions take integers and bool as float32.
 */

import { isFloat } from '../core/dtype.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { asArray, asFloat, fillLike, weakLike } from './promote.js'

/** A float function; the formula is a primitive. */
const float =
  (name: string, op: (x: NDArray) => NDArray) =>
  (x: ArrayLike): NDArray =>
    weakLike([x], op(asFloat(x, name)))

/** A rounding function: the identity on integers and bool. */
const rounding =
  (name: string, op: (x: NDArray) => NDArray) =>
  (x: ArrayLike): NDArray => {
    const array = asArray(x, name)
    return weakLike([x], isFloat(array.dtype) ? op(array) : array)
  }

/**
 * e^x, elementwise.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.exp(np.array([0, 1])).js() // [1, 2.7182817459106445]
 * ```
 */
export const exp = float('exp', ops.exp)
/** 2^x, elementwise. */
export const exp2 = float('exp2', ops.exp2)
/** e^x - 1, accurate near 0. */
export const expm1 = float('expm1', ops.expm1)
/** The natural logarithm, elementwise: NaN below 0, -inf at 0. */
export const log = float('log', ops.log)
/** log(1 + x), accurate near 0. */
export const log1p = float('log1p', ops.log1p)
/** The logarithm to base 2. */
export const log2 = float('log2', (x) => ops.div(ops.log(x), fillLike(x, Math.LN2)))
/** The logarithm to base 10. */
export const log10 = float('log10', (x) => ops.div(ops.log(x), fillLike(x, Math.LN10)))
/** The square root: NaN below 0. */
export const sqrt = float('sqrt', ops.sqrt)
/** The real cube root. */
export const cbrt = float('cbrt', ops.cbrt)
/** The sine of x in radians. */
export const sin = float('sin', ops.sin)
/** The cosine of x in radians. */
export const cos = float('cos', ops.cos)
/** The tangent of x in radians. */
export const tan = float('tan', ops.tan)
/** The angle in [-π/2, π/2] with sine x. */
export const arcsin = float('arcsin', ops.asin)
/** The angle in [0, π] with cosine x. */
export const arccos = float('arccos', ops.acos)
/** The angle in [-π/2, π/2] with tangent x. */
export const arctan = float('arctan', ops.atan)
/** The hyperbolic sine. */
export const sinh = float('sinh', ops.sinh)
/** The hyperbolic cosine. */
export const cosh = float('cosh', ops.cosh)
/** The hyperbolic tangent. */
export const tanh = float('tanh', ops.tanh)
/** The inverse hyperbolic sine. */
export const arcsinh = float('arcsinh', ops.asinh)
/** The inverse hyperbolic cosine. */
export const arccosh = float('arccosh', ops.acosh)
/** The inverse hyperbolic tangent. */
export const arctanh = float('arctanh', ops.atanh)
/** Degrees to radians. */
export const deg2rad = float('deg2rad', (x) => ops.mul(x, fillLike(x, Math.PI / 180)))
/** Radians to degrees. */
export const rad2deg = float('rad2deg', (x) => ops.mul(x, fillLike(x, 180 / Math.PI)))
/** 1 / x. */
export const reciprocal = float('reciprocal', (x) => ops.integerPow(x, -1))

/** The largest whole number <= x; derivative 0. */
export const floor = rounding('floor', ops.floor)
/** The smallest whole number >= x; derivative 0. */
export const ceil = rounding('ceil', ops.ceil)
/** The whole part of x, rounded towards 0; derivative 0. */
export const trunc = rounding('trunc', (x) =>
  ops.select(ops.lt(x, ops.zerosLike(x)), ops.ceil(x), ops.floor(x)),
)
/** The nearest whole number, ties to even, as floats; derivative 0. */
export const rint = float('rint', (x) => ops.round(x, 'toNearestEven'))

/** x rounded to `decimals` places, ties to even; derivative 0. */
export function round(x: ArrayLike, decimals = 0): NDArray {
  const a = asArray(x, 'round')
  if (decimals === 0) return isFloat(a.dtype) ? ops.round(a, 'toNearestEven') : a
  if (!isFloat(a.dtype) && decimals > 0) return a
  const wide =
    isFloat(a.dtype) && (a.dtype === 'float16' || a.dtype === 'bfloat16')
      ? ops.convert(a, 'float32')
      : asFloat(a, 'round')
  const factor = fillLike(wide, 10 ** Math.abs(decimals))
  const scaled = decimals > 0 ? ops.mul(wide, factor) : ops.div(wide, factor)
  const whole = ops.round(scaled, 'toNearestEven')
  return ops.convert(decimals > 0 ? ops.div(whole, factor) : ops.mul(whole, factor), a.dtype)
}

/** |x|; derivative 0 at 0. */
export function abs(x: ArrayLike): NDArray {
  const array = asArray(x, 'abs')
  return array.dtype === 'bool' ? array : ops.abs(array)
}
/** |x| as a float. */
export const fabs = float('fabs', ops.abs)
/** -x. */
export const negative = (x: ArrayLike): NDArray => weakLike([x], ops.neg(asArray(x, 'negative')))
/** x itself. */
export const positive = (x: ArrayLike): NDArray => asArray(x, 'positive')
/** -1, 0 or 1 by the sign of x, NaN at NaN; derivative 0. */
export const sign = (x: ArrayLike): NDArray => ops.sign(asArray(x, 'sign'))
/** x². */
export function square(x: ArrayLike): NDArray {
  const array = asArray(x, 'square')
  return ops.integerPow(array.dtype === 'bool' ? ops.convert(array, 'int32') : array, 2)
}
/** Bitwise not; logical not on bool. */
export const invert = (x: ArrayLike): NDArray => ops.not(asArray(x, 'invert'))
