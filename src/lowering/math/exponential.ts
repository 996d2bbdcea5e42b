/**
 * exp, exp2, expm1 in float32: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for r, and 2ⁿ put into the exponent bits.
 * Polynomials: minimax by the Remez exchange, coefficients rounded to float32 one after another. Splitting of ln 2: Cephes.
 */

import type { Expr } from '../expr.js'
import type { Formula, Whole } from './formula.js'

const log2e = Math.LOG2E
/** ln 2 = ln2High + ln2Low; the first has 9 significant bits, so n·ln2High is exact for every exponent n. */
export const ln2High = 0.693359375
export const ln2Low = -2.1219444e-4

/** ln of the largest and of the smallest normal float32. */
const overflow = 88.7228317
const underflow = -87.3365447
const overflowBits = 0x42b17217

/** expm1(r) = r + r²·q(r) for |r| ≤ ln 2 / 2, relative error of exp 4e-9. */
const expm1Coefficients = [0.49999994, 0.166665167, 0.0416682474, 0.00836908352, 0.00138172298]
/** 2ᶠ = 1 + f·p(f) for |f| ≤ 1/2, relative error 1.3e-8. */
const exp2Coefficients = [0.693147182, 0.240225941, 0.0555036627, 0.00962544698, 0.00133879366, 0.00013331641]

export interface Reduced {
  readonly n: Whole
  readonly r: Expr
}

/** x + tail = n·ln 2 + r, for a tail that is small beside 1. */
export function reduceByLn2(m: Formula, x: Expr, tail?: Expr): Reduced {
  const n = m.whole(x, log2e)
  const r = m.sub(m.sub(x, m.mul(n.float, ln2High)), m.mul(n.float, ln2Low))
  return { n, r: tail === undefined ? r : m.add(r, tail) }
}

export function expm1OfReduced(m: Formula, r: Expr): Expr {
  return m.add(r, m.mul(m.square(r), m.polynomial(r, expm1Coefficients)))
}

/** p·2ⁿ for p near 1, by adding n to the exponent bits; no overflow or underflow may occur. */
const scale = (m: Formula, p: Expr, n: Expr): Expr => m.fromBits(m.add(m.bits(p), m.shiftLeft(n, 23)))

/** eˣ⁺ᵗ; results below the normal numbers are 0. */
export function exp(m: Formula, x: Expr, tail?: Expr): Expr {
  const { n, r } = reduceByLn2(m, x, tail)
  const y = scale(m, m.add(expm1OfReduced(m, r), 1), n.low)
  // The low bits of a NaN are no number to scale by: x·∞ gives NaN for it, and the infinity above the overflow.
  if (m.keepsSums)
    return m.select(m.alu('le', x, overflow), m.select(m.less(x, underflow), 0, y), m.mul(x, Infinity))
  // Compilers that assume there is no NaN are asked for its bits, and for a product that overflows.
  const beyond = m.greater(m.magnitudeBits(x), overflowBits)
  return m.select(m.less(x, underflow), 0, m.select(beyond, m.mul(x, 1e38), y))
}

/** 2ᶠ for |f| ≤ 1/2. */
export const exp2OfFraction = (m: Formula, f: Expr): Expr =>
  m.add(m.mul(f, m.polynomial(f, exp2Coefficients)), 1)

export function exp2(m: Formula, x: Expr): Expr {
  const n = m.nearest(x)
  const y = scale(m, exp2OfFraction(m, m.sub(x, n)), m.toInt(n))
  return m.select(m.less(x, -126), 0, m.select(m.less(x, 128), y, m.select(m.isNaN(x), x, Infinity)))
}

/** eˣ as 2·(scaled + s): s = 2ⁿ⁻¹ and scaled = s·expm1(r); for -80 < x < 88.7. */
export function halfExpParts(m: Formula, x: Expr): { readonly s: Expr; readonly scaled: Expr } {
  const { n, r } = reduceByLn2(m, x)
  const s = m.powerOfTwo(m.sub(n.low, 1))
  return { s, scaled: m.mul(s, expm1OfReduced(m, r)) }
}

/** eˣ - 1 = 2·(2ⁿ⁻¹·expm1(r) + (2ⁿ⁻¹ - 1/2)), without cancellation. */
export function expm1(m: Formula, x: Expr): Expr {
  const { s, scaled } = halfExpParts(m, x)
  const y = m.mul(m.add(scaled, m.sub(s, 0.5)), 2)
  // Below -17.4 the result rounds to -1. It has the sign of x, and so have zeros.
  return m.withSign(m.select(m.greater(x, overflow), Infinity, m.select(m.less(x, -17.4), -1, y)), x)
}
