/** Derivatives of the elementwise primitives. At kinks they are JAX's: abs' 0 is 1, ties of max and min share. */

import { isFloat } from '../../core/dtype.js'
import type { NDArray } from '../../core/ndarray.js'
import {
  abs,
  add,
  and,
  constantLike,
  convert,
  cos,
  cosh,
  digamma,
  div,
  eq,
  exp,
  floor,
  ge,
  gt,
  integerPow,
  log,
  lt,
  mul,
  neg,
  pow,
  rsqrt,
  select,
  sign,
  sin,
  sinh,
  sub,
  zerosLike,
} from '../../core/ops.js'
import type { ElementwiseSigs } from '../../core/primitives/elementwise.js'
import { zeroDerivative, type JvpRule, type JvpTable, type Tangent } from '../rules.js'
import { linear, partials } from './helpers.js'
import { trigamma } from './trigamma.js'

/** c · x for a number c. */
const scale = (c: number, x: NDArray): NDArray => mul(constantLike(x, c), x)
/** c + x for a number c. */
const shift = (c: number, x: NDArray): NDArray => add(constantLike(x, c), x)
/** c − x for a number c. */
const from = (c: number, x: NDArray): NDArray => sub(constantLike(x, c), x)
const square = (x: NDArray): NDArray => mul(x, x)
/** (1 − x)(1 + x) = 1 − x², without the rounding of x². */
const oneMinusSquare = (x: NDArray): NDArray => mul(from(1, x), shift(1, x))
const isZero = (x: NDArray): NDArray => eq(x, zerosLike(x))
const nonZero = (x: NDArray): NDArray => select(isZero(x), constantLike(x, 1), x)

/** 1 where x alone is y, ½ where both operands are, 0 elsewhere. */
const share = (x: NDArray, y: NDArray, other: NDArray): NDArray =>
  select(eq(x, y), select(eq(other, y), constantLike(x, 0.5), constantLike(x, 1)), zerosLike(x))

/** Linear between floats; integers carry no tangents. */
const conversion: JvpRule<'convert'> = ([x], [dx], { dtype }) => [
  [convert(x, dtype)],
  [dx === null || !isFloat(dtype) ? null : convert(dx, dtype)],
]

/** Linear in both branches. */
const selection: JvpRule<'select'> = ([pred, x, y], [, dx, dy]) => {
  const tangent: Tangent =
    dx === null && dy === null ? null : select(pred, dx ?? zerosLike(x), dy ?? zerosLike(y))
  return [[select(pred, x, y)], [tangent]]
}

const twoOverRootPi = 2 / Math.sqrt(Math.PI)

export const elementwise: JvpTable<keyof ElementwiseSigs> = {
  exp: partials('exp', (dx, y) => mul(dx, y)),
  exp2: partials('exp2', (dx, y) => mul(dx, scale(Math.LN2, y))),
  expm1: partials('expm1', (dx, y) => mul(dx, shift(1, y))),
  log: partials('log', (dx, _, [x]) => div(dx, x)),
  log1p: partials('log1p', (dx, _, [x]) => div(dx, shift(1, x))),
  // (√x)' = ½ / √x
  sqrt: partials('sqrt', (dx, y) => mul(dx, div(constantLike(y, 0.5), y))),
  // (x^-½)' = -½ x^-½ / x
  rsqrt: partials('rsqrt', (dx, y, [x]) => mul(dx, scale(-0.5, div(y, x)))),
  // (∛x)' = ⅓ (∛x)^-2
  cbrt: partials('cbrt', (dx, y) => mul(dx, scale(1 / 3, integerPow(y, -2)))),
  sin: partials('sin', (dx, _, [x]) => mul(dx, cos(x))),
  cos: partials('cos', (dx, _, [x]) => mul(dx, neg(sin(x)))),
  tan: partials('tan', (dx, y) => mul(dx, shift(1, square(y)))),
  asin: partials('asin', (dx, _, [x]) => mul(dx, rsqrt(oneMinusSquare(x)))),
  acos: partials('acos', (dx, _, [x]) => mul(dx, neg(rsqrt(oneMinusSquare(x))))),
  atan: partials('atan', (dx, _, [x]) => div(dx, shift(1, square(x)))),
  sinh: partials('sinh', (dx, _, [x]) => mul(dx, cosh(x))),
  cosh: partials('cosh', (dx, _, [x]) => mul(dx, sinh(x))),
  tanh: partials('tanh', (dx, y) => mul(dx, oneMinusSquare(y))),
  asinh: partials('asinh', (dx, _, [x]) => mul(dx, rsqrt(shift(1, square(x))))),
  // (acosh x)' = 1 / √((x − 1)(x + 1))
  acosh: partials('acosh', (dx, _, [x]) => mul(dx, rsqrt(mul(shift(-1, x), shift(1, x))))),
  atanh: partials('atanh', (dx, _, [x]) => div(dx, oneMinusSquare(x))),
  logistic: partials('logistic', (dx, y) => mul(dx, mul(y, from(1, y)))),
  erf: partials('erf', (dx, _, [x]) => mul(dx, scale(twoOverRootPi, exp(neg(square(x)))))),
  erfc: partials('erfc', (dx, _, [x]) => mul(dx, scale(-twoOverRootPi, exp(neg(square(x)))))),
  // (erf⁻¹ x)' = √π/2 · exp(y²)
  erfInv: partials('erfInv', (dx, y) => mul(dx, scale(1 / twoOverRootPi, exp(square(y))))),
  lgamma: partials('lgamma', (dx, _, [x]) => mul(dx, digamma(x))),
  digamma: partials('digamma', (dx, _, [x]) => mul(dx, trigamma(x))),
  floor: zeroDerivative,
  ceil: zeroDerivative,
  round: zeroDerivative,
  isFinite: zeroDerivative,
  neg: linear('neg'),
  // ±1 by the sign, and JAX's choice at 0 is 1
  abs: partials('abs', (dx, _, [x]) => select(ge(x, zerosLike(x)), dx, neg(dx))),
  sign: zeroDerivative,
  // (xⁿ)' = n xⁿ⁻¹
  integerPow: partials('integerPow', (dx, _, [x], { exponent: n }) =>
    mul(dx, n === 0 ? zerosLike(x) : n === 1 ? constantLike(x, 1) : scale(n, integerPow(x, n - 1))),
  ),
  stopGradient: zeroDerivative,
  not: zeroDerivative,
  and: zeroDerivative,
  or: zeroDerivative,
  xor: zeroDerivative,
  shiftLeft: zeroDerivative,
  shiftRightLogical: zeroDerivative,
  shiftRightArithmetic: zeroDerivative,
  populationCount: zeroDerivative,
  clz: zeroDerivative,
  add: partials(
    'add',
    (dx) => dx,
    (dy) => dy,
  ),
  sub: partials(
    'sub',
    (dx) => dx,
    (dy) => neg(dy),
  ),
  mul: partials(
    'mul',
    (dx, _, [, y]) => mul(dx, y),
    (dy, _, [x]) => mul(x, dy),
  ),
  // d(x/y) = dx/y − x/y² dy
  div: partials(
    'div',
    (dx, _, [, y]) => div(dx, y),
    (dy, _, [x, y]) => mul(dy, mul(neg(x), integerPow(y, -2))),
  ),
  // rem(x, y) = x − y trunc(x/y)
  rem: partials(
    'rem',
    (dx) => dx,
    (dy, _, [x, y]) => mul(dy, neg(mul(sign(div(x, y)), floor(abs(div(x, y)))))),
  ),
  // ∂(xʸ)/∂x = y xʸ⁻¹, NaN at x = y = 0 as in JAX; ∂(xʸ)/∂y = ln(x) xʸ, and 0 for x = 0
  pow: partials(
    'pow',
    (dx, _, [x, y]) => mul(dx, mul(y, pow(x, shift(-1, y)))),
    (dy, z, [x]) => mul(dy, mul(log(nonZero(x)), z)),
  ),
  max: partials(
    'max',
    (dx, z, [x, y]) => mul(dx, share(x, z, y)),
    (dy, z, [x, y]) => mul(dy, share(y, z, x)),
  ),
  min: partials(
    'min',
    (dx, z, [x, y]) => mul(dx, share(x, z, y)),
    (dy, z, [x, y]) => mul(dy, share(y, z, x)),
  ),
  // atan2(x, y) is the angle of the point (y, x)
  atan2: partials(
    'atan2',
    (dx, _, [x, y]) => mul(dx, div(y, add(square(x), square(y)))),
    (dy, _, [x, y]) => mul(dy, neg(div(x, add(square(x), square(y))))),
  ),
  nextAfter: zeroDerivative,
  eq: zeroDerivative,
  ne: zeroDerivative,
  lt: zeroDerivative,
  le: zeroDerivative,
  gt: zeroDerivative,
  ge: zeroDerivative,
  select: selection,
  // Strictly inside, the derivative is x's; where a bound holds, it is the bound's.
  clamp: partials(
    'clamp',
    (dlow, _, [low, x, high]) => select(and(gt(low, x), lt(low, high)), dlow, zerosLike(x)),
    (dx, _, [low, x, high]) => select(and(gt(x, low), lt(x, high)), dx, zerosLike(x)),
    (dhigh, _, [, x, high]) => select(lt(high, x), dhigh, zerosLike(x)),
  ),
  convert: conversion,
  bitcast: zeroDerivative,
}
