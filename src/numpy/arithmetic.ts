/**
 * Arithmetic and bit operations of two arrays: promoted, broadcast, then a primitive or a short formula.
 */

import { constant } from '../core/constants.js'
import { isFloat, isInteger, isUnsigned } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import {
  asArray,
  broadcastTogether,
  choose,
  fillLike,
  promote,
  promoteDTypes,
  promoteFloat,
  resultDType,
  weakLike,
} from './promote.js'

type Operation = (x: NDArray, y: NDArray) => NDArray

/** `number` on numbers, `bool` (where there is one) on bool. */
const binary =
  (name: string, number: Operation, bool: Operation = number) =>
  (x: ArrayLike, y: ArrayLike): NDArray => {
    const [a, b] = promote(name, x, y)
    return weakLike([x, y], a.dtype === 'bool' ? bool(a, b) : number(a, b))
  }

/**
 * x + y with broadcasting; logical or on bool.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.add(np.array([[1], [2]]), np.array([10, 20])).js() // [[11, 21], [12, 22]]
 * ```
 */
export const add = binary('add', ops.add, ops.or)
/** x - y with broadcasting; not defined on bool. */
export const subtract = binary('subtract', ops.sub)
/** x · y with broadcasting; logical and on bool. */
export const multiply = binary('multiply', ops.mul, ops.and)
/** The larger of x and y, NaN if either is; the derivative is shared at ties. */
export const maximum = binary('maximum', ops.max)
/** The smaller of x and y, NaN if either is; the derivative is shared at ties. */
export const minimum = binary('minimum', ops.min)

/** x / y, always in floats. */
export const divide = (x: ArrayLike, y: ArrayLike): NDArray =>
  weakLike([x, y], ops.div(...promoteFloat('divide', x, y)))
const differentSigns = (a: NDArray, b: NDArray): NDArray =>
  ops.ne(ops.lt(a, ops.zerosLike(a)), ops.lt(b, ops.zerosLike(b)))
const nonzero = (a: NDArray): NDArray => ops.ne(a, ops.zerosLike(a))

/** The quotient of floats rounded down, and its remainder, which has the sign of y. */
function floatDivmod(x: NDArray, y: NDArray): [NDArray, NDArray] {
  const rest = ops.rem(x, y)
  const quotient = ops.div(ops.sub(x, rest), y)
  const adjust = ops.and(nonzero(rest), ops.ne(ops.sign(y), ops.sign(rest)))
  const whole = ops.round(ops.select(adjust, ops.sub(quotient, fillLike(x, 1)), quotient), 'toNearestEven')
  return [ops.select(nonzero(y), whole, ops.div(x, y)), ops.select(adjust, ops.add(rest, y), rest)]
}

/** Numbers of one dtype: bool becomes int32. */
function promoteNumbers(operation: string, x: ArrayLike, y: ArrayLike): [NDArray, NDArray] {
  const dtype = resultDType([x, y], operation)
  return broadcastTogether(
    operation,
    promoteDTypes(operation, [x, y], dtype === 'bool' ? 'int32' : dtype),
  ) as [NDArray, NDArray]
}

/** x / y rounded down; integers stay integers. */
export function floorDivide(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteNumbers('floorDivide', x, y)
  if (isFloat(a.dtype)) return floatDivmod(a, b)[0]
  const quotient = ops.div(a, b)
  if (isUnsigned(a.dtype)) return quotient
  const adjust = ops.and(ops.ne(ops.sign(a), ops.sign(b)), nonzero(ops.rem(a, b)))
  return ops.select(adjust, ops.sub(quotient, fillLike(a, 1)), quotient)
}

/** x - y · floor(x / y): the remainder with the sign of y (0 for an integer y of 0). */
export function remainder(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteNumbers('remainder', x, y)
  const zeroDivisor = isInteger(a.dtype) ? ops.eq(b, ops.zerosLike(b)) : null
  const divisor = zeroDivisor === null ? b : ops.select(zeroDivisor, fillLike(b, 1), b)
  const rest = ops.rem(a, divisor)
  const adjust = ops.and(differentSigns(rest, divisor), nonzero(rest))
  return ops.select(adjust, ops.add(rest, divisor), rest)
}
/** The remainder with the sign of x, as C's fmod. */
export const fmod = (x: ArrayLike, y: ArrayLike): NDArray => ops.rem(...promoteNumbers('fmod', x, y))

/** [floorDivide(x, y), remainder(x, y)]. */
export function divmod(x: ArrayLike, y: ArrayLike): [NDArray, NDArray] {
  const [a, b] = promoteNumbers('divmod', x, y)
  return isFloat(a.dtype) ? floatDivmod(a, b) : [floorDivide(a, b), remainder(a, b)]
}

/** x^y. A whole number y is a repeated multiplication, which keeps integers and is exact for negative x. */
export function power(x: ArrayLike, y: ArrayLike): NDArray {
  if (typeof y === 'number' && Number.isInteger(y)) return wholePower(asArray(x, 'power'), y)
  const [a, b] = promoteNumbers('power', x, y)
  if (!isFloat(a.dtype) || isFloat(asArray(y, 'power').dtype)) return ops.pow(a, b)
  // x^0 for an integer exponent is the constant 1, with derivative 0 even at x = 0.
  const zero = ops.eq(b, ops.zerosLike(b))
  return choose(zero, 1, ops.pow(a, choose(zero, 1, b)))
}
function wholePower(x: NDArray, exponent: number): NDArray {
  const base = x.dtype === 'bool' ? ops.convert(x, 'int32') : x
  if (exponent < 0 && !isFloat(base.dtype)) {
    fail('argument', {
      operation: 'power',
      argument: 'the exponent',
      received: `${exponent} for a base of dtype ${x.dtype}`,
      expected: '>= 0 for an integer base',
      fix: 'Convert the base with astype.',
    })
  }
  return ops.integerPow(base, exponent)
}

/** x^y in floats. */
export const floatPower = (x: ArrayLike, y: ArrayLike): NDArray =>
  ops.pow(...promoteFloat('floatPower', x, y))

/** Bitwise and; logical on bool. */
export const bitwiseAnd = binary('bitwiseAnd', ops.and)
/** Bitwise or; logical on bool. */
export const bitwiseOr = binary('bitwiseOr', ops.or)
/** Bitwise exclusive or; logical on bool. */
export const bitwiseXor = binary('bitwiseXor', ops.xor)
/** x · 2^y on integers; bits shifted out are lost. */
export const leftShift = (x: ArrayLike, y: ArrayLike): NDArray =>
  ops.shiftLeft(...promoteNumbers('leftShift', x, y))
/** x shifted right by y bits, keeping the sign of signed integers. */
export function rightShift(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteNumbers('rightShift', x, y)
  return isUnsigned(a.dtype) ? ops.shiftRightLogical(a, b) : ops.shiftRightArithmetic(a, b)
}

/** The angle of the point (y, x) from the x axis, in (-π, π]. */
export const arctan2 = (y: ArrayLike, x: ArrayLike): NDArray => ops.atan2(...promoteFloat('arctan2', y, x))

/** x limited to [min, max]; null is no limit. At a limit the derivative is shared, as by maximum and minimum. */
export function clip(x: ArrayLike, min: ArrayLike | null = null, max: ArrayLike | null = null): NDArray {
  const given = [x, min, max].filter((limit) => limit !== null)
  const [a, ...limits] = broadcastTogether('clip', promoteDTypes('clip', given)) as [NDArray, ...NDArray[]]
  const low = min === null ? undefined : limits.shift()
  const high = limits.shift()
  const raised = low === undefined ? a : ops.max(low, a)
  return high === undefined ? raised : ops.min(high, raised)
}

/** √(x² + y²) without overflow. */
export function hypot(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteFloat('hypot', x, y).map(ops.abs) as [NDArray, NDArray]
  const [large, small] = [ops.max(a, b), ops.min(a, b)]
  const zero = ops.eq(large, ops.zerosLike(large))
  const ratio = ops.div(small, choose(zero, 1, large))
  const length = ops.mul(large, ops.sqrt(ops.add(ops.integerPow(ratio, 2), fillLike(ratio, 1))))
  // An infinite side makes the length infinite, even beside NaN.
  const infinite = ops.or(ops.eq(a, fillLike(a, Infinity)), ops.eq(b, fillLike(b, Infinity)))
  return choose(infinite, Infinity, ops.select(zero, large, length))
}

/** log(e^x + e^y) without overflow. */
export function logaddexp(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteFloat('logaddexp', x, y)
  // large + log(1 + e^(small - large)): chosen by a comparison, it is smooth where x = y, as the function is.
  const first = ops.ge(a, b)
  const [large, small] = [ops.select(first, a, b), ops.select(first, b, a)]
  const delta = ops.sub(small, large)
  const sum = ops.add(large, ops.log1p(ops.exp(delta)))
  // Two equal infinities have no difference; their sum is right. So is a NaN's.
  return ops.select(ops.ne(delta, delta), ops.add(a, b), sum)
}

/** log2(2^x + 2^y) without overflow. */
export function logaddexp2(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteFloat('logaddexp2', x, y)
  const ln2 = fillLike(a, Math.LN2)
  return ops.div(logaddexp(ops.mul(a, ln2), ops.mul(b, ln2)), ln2)
}

/** The larger of x and y where a NaN loses. */
export function fmax(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promote('fmax', x, y)
  return ops.select(ops.or(ops.gt(a, b), ops.ne(b, b)), a, b)
}

/** The smaller of x and y where a NaN loses. */
export function fmin(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promote('fmin', x, y)
  return ops.select(ops.or(ops.lt(a, b), ops.ne(b, b)), a, b)
}

/** 0 where x < 0, y where x = 0, 1 where x > 0. */
export function heaviside(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteFloat('heaviside', x, y)
  const zero = constant(0, a.dtype, a.shape)
  return ops.select(
    ops.lt(a, zero),
    zero,
    ops.select(ops.gt(a, zero), fillLike(a, 1), ops.select(ops.eq(a, zero), b, a)),
  )
}
