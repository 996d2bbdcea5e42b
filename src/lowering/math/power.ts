/**
 * pow and cbrt in float32. pow computes log2 x and its product with y in two parts of together about 36 bits;
 * the parts are cut by bit masks, so that their products are exact whether or not a compiler fuses them.
 * Method: Sun's fdlibm (e_powf.c) without its break points; minimax coefficients by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import { exp2OfFraction } from './exponential.js'
import { infinityBits, type Formula } from './formula.js'
import { split } from './logarithm.js'

interface Pair {
  readonly high: Expr
  readonly low: Expr
}

/** log(1 + f) = (2/3)·s·(3 + z + z²·L(z)) with s = f / (2 + f), z = s²; relative error 2e-12. */
const logCoefficients = [0.600002289, 0.428206354, 0.351294518]
/** 2 / (3·ln 2), and its parts of 12 and 24 bits */
const toLog2 = 0.961796701
const toLog2High = 0.961669921875
const toLog2Low = 1.26772051e-4

/** log2 of x > 0; `high` has 12 significant bits. */
function log2(m: Formula, x: Expr): Pair {
  const { exponent, significand } = split(m, x)
  const f = m.sub(significand, 1)
  const d = m.add(significand, 1)
  const inverse = m.div(1, d)
  const s = m.mul(f, inverse)
  // s = sHigh + sLow, from the remainder f - sHigh·d with d in two parts.
  const sHigh = m.leading(s)
  const dHigh = m.leading(d)
  const dLow = m.sub(significand, m.sub(dHigh, 1))
  const sLow = m.mul(m.sub(m.sub(f, m.mul(sHigh, dHigh)), m.mul(sHigh, dLow)), inverse)
  const z = m.square(s)
  const zHigh = m.square(sHigh)
  const rest = m.add(m.mul(m.square(z), m.polynomial(z, logCoefficients)), m.mul(sLow, m.add(sHigh, s)))
  // t = 3 + z + rest in two parts, and their product with s.
  const tHigh = m.leading(m.add(m.add(zHigh, 3), rest))
  const tLow = m.sub(rest, m.sub(m.sub(tHigh, 3), zHigh))
  const product = m.mul(sHigh, tHigh)
  const productLow = m.add(m.mul(sLow, tHigh), m.mul(tLow, s))
  const pHigh = m.leading(m.add(product, productLow))
  const pLow = m.sub(productLow, m.sub(pHigh, product))
  const high = m.mul(pHigh, toLog2High)
  const low = m.add(m.mul(pHigh, toLog2Low), m.mul(pLow, toLog2))
  const sum = m.leading(m.add(m.add(high, low), exponent))
  return { high: sum, low: m.sub(low, m.sub(m.sub(sum, exponent), high)) }
}

/** |x|ʸ for finite |x| > 0 and finite y. */
function powerOfMagnitude(m: Formula, magnitude: Expr, y: Expr): Expr {
  const { high, low } = log2(m, magnitude)
  const yHigh = m.leading(y)
  const product = m.mul(yHigh, high)
  const productLow = m.add(m.mul(m.sub(y, yHigh), high), m.mul(y, low))
  const total = m.add(product, productLow)
  const n = m.nearest(total)
  const p = exp2OfFraction(m, m.add(m.sub(product, n), productLow))
  // In two steps, so that results fade through the subnormal numbers and 2¹²⁸·p for p < 1 is reached.
  const k = m.toInt(n)
  const half = m.shiftRight(k, 1)
  const scaled = m.mul(m.mul(p, m.powerOfTwo(half)), m.powerOfTwo(m.sub(k, half)))
  return m.select(m.greater(total, 130), Infinity, m.select(m.less(total, -152), 0, scaled))
}

/** C99's special cases: pow(x, 0) = pow(1, y) = 1; zeros and infinities; NaN for a negative x and a fraction y. */
export function pow(m: Formula, x: Expr, y: Expr): Expr {
  const magnitude = m.abs(x)
  const one = m.equal(magnitude, 1)
  const extreme = m.or(
    m.or(m.equal(magnitude, 0), m.equal(m.bits(magnitude), infinityBits)),
    m.equal(m.magnitudeBits(y), infinityBits),
  )
  const grows = m.xor(m.greater(magnitude, 1), m.less(y, 0))
  const finite = powerOfMagnitude(m, magnitude, y)
  const size = m.select(one, 1, m.select(extreme, m.select(grows, Infinity, m.constant(0, 'f32')), finite))

  const half = m.mul(y, 0.5)
  const whole = m.equal(m.alu('floor', y), y)
  const odd = m.and(whole, m.alu('ne', m.alu('floor', half), half))
  const negative = m.less(m.bits(x), 0)
  const signed = m.fromBits(m.or(m.bits(size), m.select(m.and(negative, odd), m.signOf(x), 0)))
  const ordinaryNegative = m.and(m.less(x, 0), m.less(m.bits(magnitude), infinityBits))
  const invalid = m.or(m.and(ordinaryNegative, m.alu('not', whole)), m.or(m.isNaN(x), m.isNaN(y)))
  return m.select(m.or(m.equal(y, 0), m.equal(x, 1)), 1, m.select(invalid, NaN, signed))
}

/** Halley's and Newton's iterations from a guess by dividing the exponent by 3 (W. Kahan). */
export function cbrt(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const guess = m.fromBits(m.add(m.toInt(m.mul(m.toFloat(m.bits(a)), 1 / 3)), 709_958_130))
  const q = m.div(a, m.square(guess))
  const t = m.mul(guess, m.div(m.add(guess, m.mul(q, 2)), m.add(m.mul(guess, 2), q)))
  const y = m.add(t, m.mul(m.sub(m.div(a, m.square(t)), t), 1 / 3))
  const special = m.or(m.less(a, 2 ** -126), m.alu('not', m.less(m.bits(a), infinityBits)))
  return m.select(special, x, m.withSign(y, x))
}
