/**
 * log and log1p in float32: x = 2ᵉ·m with √½ ≤ m < √2 and f = m - 1, then log(1 + f) by atanh.
 * Method: Sun's fdlibm (e_logf.c, s_log1pf.c); minimax coefficients by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import { ln2High, ln2Low } from './exponential.js'
import { infinityBits, type Formula } from './formula.js'

export const smallestNormal = 2 ** -126
const sqrtHalfBits = 0x3f35_04f3

/** log(1 + f) = f - f²/2 + s·(f²/2 + z·R(z)), s = f / (2 + f), z = s²; relative error 9e-10. */
const atanhCoefficients = [0.666667759, 0.399775773, 0.298710674]

export interface Split {
  /** f32, a whole number */
  readonly exponent: Expr
  /** In [√½, √2) */
  readonly significand: Expr
}

/** x = 2^exponent · significand for x > 0 finite, subnormal numbers included where the device has them. */
export function split(m: Formula, x: Expr): Split {
  const tiny = m.less(x, smallestNormal)
  const bits = m.bits(m.select(tiny, m.mul(x, 2 ** 24), x))
  const e = m.shiftRight(m.sub(bits, sqrtHalfBits), 23)
  return {
    exponent: m.sub(m.toFloat(e), m.select(tiny, 24, m.constant(0, 'f32'))),
    significand: m.fromBits(m.sub(bits, m.shiftLeft(e, 23))),
  }
}

/** e·ln 2 + log(1 + f) + c for a small correction c. */
function combine(m: Formula, e: Expr, f: Expr, c?: Expr): Expr {
  const s = m.div(f, m.add(f, 2))
  const z = m.square(s)
  const half = m.mul(m.mul(f, 0.5), f)
  const low = m.mul(e, ln2Low)
  const tail = m.add(
    m.mul(s, m.add(half, m.mul(z, m.polynomial(z, atanhCoefficients)))),
    c === undefined ? low : m.add(low, c),
  )
  return m.add(m.mul(e, ln2High), m.sub(f, m.sub(half, tail)))
}

/** `y` where x > 0 is finite; log's values at 0 (-inf), below (NaN), infinity and NaN elsewhere. */
function withSpecialValues(m: Formula, x: Expr, y: Expr): Expr {
  const bits = m.bits(x)
  const positive = m.select(m.less(bits, infinityBits), y, x)
  return m.select(m.equal(x, 0), -Infinity, m.select(m.less(bits, 0), NaN, positive))
}

export function log(m: Formula, x: Expr): Expr {
  const { exponent, significand } = split(m, x)
  return withSpecialValues(m, x, combine(m, exponent, m.sub(significand, 1)))
}

export function log1p(m: Formula, x: Expr): Expr {
  // The maximum changes nothing where log1p is defined; it keeps compilers from taking (x + 1) - 1 for x.
  const u = m.alu('max', m.add(x, 1), -1)
  const { exponent, significand } = split(m, u)
  // Near 0 the rounding of 1 + x is avoided, elsewhere it is corrected: log(1 + x) = log(u) + ((1 + x) - u) / u.
  const near = m.equal(exponent, 0)
  const f = m.select(near, x, m.sub(significand, 1))
  const c = m.select(near, 0, m.div(m.sub(x, m.sub(u, 1)), u))
  return withSpecialValues(m, u, m.withSign(combine(m, exponent, f, c), x))
}
