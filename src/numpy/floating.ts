/**
 * Functions that look inside floating-point numbers: signs, exponents, fractions, special values; and sinc.
 */

import { floatInfo, isFloat } from '../core/dtype.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { asArray, asFloat, broadcastTogether, choose, fillLike, promoteFloat } from './promote.js'

/** True where the sign bit is set: negative numbers and -0. */
export function signbit(x: ArrayLike): NDArray {
  const a = asArray(x, 'signbit')
  const zero = ops.zerosLike(a)
  if (!isFloat(a.dtype)) return ops.lt(a, zero)
  if (a.dtype === 'float64') {
    // There are no 64-bit integers to look at the bits; 1 / -0 = -∞ tells the zeros apart.
    return ops.or(ops.lt(a, zero), ops.and(ops.eq(a, zero), ops.lt(ops.div(fillLike(a, 1), a), zero)))
  }
  const bits = ops.bitcast(ops.convert(a, 'float32'), 'int32')
  return ops.lt(bits, ops.zerosLike(bits))
}

/** x with the sign bit of y. */
export function copysign(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteFloat('copysign', x, y)
  return ops.select(ops.eq(signbit(a), signbit(b)), a, ops.neg(a))
}

/** The next float after x towards y; not differentiable. */
export const nextafter = (x: ArrayLike, y: ArrayLike): NDArray =>
  ops.nextAfter(...promoteFloat('nextafter', x, y))

/** [fraction, whole part], both with the sign of x. */
export function modf(x: ArrayLike): [NDArray, NDArray] {
  const a = asFloat(x, 'modf')
  const whole = ops.select(ops.ge(a, ops.zerosLike(a)), ops.floor(a), ops.ceil(a))
  const infinite = ops.eq(ops.abs(a), fillLike(a, Infinity))
  return [choose(infinite, 0, ops.sub(a, whole)), whole]
}

/** 2^n for whole n in the exponent range, exactly; n is int32. */
function powerOfTwo(n: NDArray, like: NDArray): NDArray {
  if (like.dtype === 'float64') return ops.exp2(ops.convert(n, 'float64'))
  const bits = ops.shiftLeft(ops.add(n, fillLike(n, 127)), fillLike(n, 23))
  return ops.convert(ops.bitcast(bits, 'float32'), like.dtype)
}

/** x · 2^n in two exact steps, so that neither factor overflows where the result does not. */
function scaleBy(x: NDArray, n: NDArray): NDArray {
  const limit = x.dtype === 'float64' ? 1000 : 126
  const clampTo = (m: NDArray): NDArray => ops.clamp(fillLike(m, -limit), m, fillLike(m, limit))
  const wide = x.dtype === 'float16' || x.dtype === 'bfloat16' ? ops.convert(x, 'float32') : x
  const first = clampTo(n)
  const second = clampTo(ops.sub(n, first))
  const third = clampTo(ops.sub(ops.sub(n, first), second))
  const scaled = [first, second, third].reduce((y, m) => ops.mul(y, powerOfTwo(m, y)), wide)
  return ops.convert(scaled, x.dtype)
}

/** x · 2^n for integers n. */
export function ldexp(x: ArrayLike, n: ArrayLike): NDArray {
  const [a, exponent] = broadcastTogether('ldexp', [asFloat(x, 'ldexp'), asArray(n, 'ldexp')]) as [
    NDArray,
    NDArray,
  ]
  return scaleBy(a, ops.convert(exponent, 'int32'))
}

/** [mantissa, exponent] with x = mantissa · 2^exponent and 0.5 ≤ |mantissa| < 1; the exponent is int32. */
export function frexp(x: ArrayLike): [NDArray, NDArray] {
  const a = asFloat(x, 'frexp')
  const special = ops.or(ops.not(ops.isFinite(a)), ops.eq(a, ops.zerosLike(a)))
  const exponent = exponentOf(ops.stopGradient(choose(special, 1, a)))
  const mantissa = scaleBy(a, ops.neg(exponent))
  return [ops.select(special, a, mantissa), choose(special, 0, exponent)]
}

/** The exponent that frexp gives finite numbers other than 0. */
function exponentOf(x: NDArray): NDArray {
  if (x.dtype === 'float64') {
    // log2 may be off by one next to a power of two; the mantissa tells.
    const guess = ops.add(ops.floor(ops.div(ops.log(ops.abs(x)), fillLike(x, Math.LN2))), fillLike(x, 1))
    const rough = ops.convert(guess, 'int32')
    const mantissa = ops.abs(scaleBy(x, ops.neg(rough)))
    const up = ops.convert(ops.ge(mantissa, fillLike(x, 1)), 'int32')
    const down = ops.convert(ops.lt(mantissa, fillLike(x, 0.5)), 'int32')
    return ops.sub(ops.add(rough, up), down)
  }
  const wide = ops.convert(x, 'float32')
  // Subnormal numbers have no exponent bits; they are scaled into the normal range first.
  const tiny = ops.lt(ops.abs(wide), fillLike(wide, 2 ** -126))
  const bits = ops.bitcast(ops.select(tiny, ops.mul(wide, fillLike(wide, 2 ** 24)), wide), 'int32')
  const field = ops.and(ops.shiftRightLogical(bits, fillLike(bits, 23)), fillLike(bits, 0xff))
  return ops.sub(field, choose(tiny, fillLike(bits, 126 + 24), fillLike(bits, 126)))
}

interface NanToNumOptions {
  readonly nan?: ArrayLike
  readonly posinf?: ArrayLike | null
  readonly neginf?: ArrayLike | null
}

/** x with NaN, +∞ and -∞ replaced (by 0 and the largest finite numbers unless given). */
export function nanToNum(
  x: ArrayLike,
  { nan = 0, posinf = null, neginf = null }: NanToNumOptions = {},
): NDArray {
  const a = asArray(x, 'nanToNum')
  if (!isFloat(a.dtype)) return a
  const { max, min } = floatInfo(a.dtype)
  const value = (v: ArrayLike): NDArray => {
    const filled = broadcastTogether('nanToNum', [
      ops.convert(asArray(v, 'nanToNum', a.dtype), a.dtype),
      a,
    ])[0]
    return filled ?? a
  }
  const noNaN = ops.select(ops.ne(a, a), value(nan), a)
  const noPositive = ops.select(ops.eq(a, fillLike(a, Infinity)), value(posinf ?? max), noNaN)
  return ops.select(ops.eq(a, fillLike(a, -Infinity)), value(neginf ?? min), noPositive)
}

/**
 * sin(πx) / (πx), 1 at 0.
 * At 0 the Taylor series takes over, which gives all derivatives there.
 */
export function sinc(x: ArrayLike): NDArray {
  const a = asFloat(x, 'sinc')
  const zero = ops.eq(a, ops.zerosLike(a))
  const phase = ops.mul(a, fillLike(a, Math.PI))
  const safe = choose(zero, 1, phase)
  return ops.select(zero, sincSeries(phase), ops.div(ops.sin(safe), safe))
}

/** 1 - y²/3! + y⁴/5! - y⁶/7! + y⁸/9!, by Horner's rule. */
function sincSeries(y: NDArray): NDArray {
  const squared = ops.mul(y, y)
  const step = (sum: NDArray, coefficient: number): NDArray =>
    ops.add(ops.mul(sum, squared), fillLike(y, coefficient))
  return [-1 / 5040, 1 / 120, -1 / 6, 1].reduce(step, fillLike(y, 1 / 362880))
}
