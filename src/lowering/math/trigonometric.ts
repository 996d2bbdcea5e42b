/**
 * sin, cos, tan in float32: x = j·π + r, a polynomial on the reduced range, signs from the parity of j.
 * The reduction is exact to |x| ≤ 1e5 and bounded to 2³⁰; beyond, neighbouring floats are 20 periods apart: NaN.
 * Polynomials: minimax by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import type { Formula } from './formula.js'

/** π in parts of 8 bits (Cody and Waite): products with a 16-bit j are exact. */
const piParts = [
  3.140625, 0.00096893310546875, -1.2814998626708984e-6, 1.979060471057892e-9, 5.126688136514179e-12,
]
/** sin r = r + r³·S(r²) for |r| ≤ π/2, relative error 7e-9. */
const sinCoefficients = [-0.166666597, 0.00833306648, -0.000198094349, 2.60511274e-6]
/** tan r = r + r³·T(r²) for |r| ≤ π/4, relative error 4e-8. */
const tanCoefficients = [0.3333312, 0.133397087, 0.0533402748, 0.0246704351, 0.00274659228, 0.009603998]

const largest = 2 ** 30

/** x - j·π for a multiple j of 1/2; never beyond ±π·1.01. */
function reduce(m: Formula, x: Expr, j: Expr): Expr {
  const [first, second, third, fourth, fifth] = piParts.map((part) => m.mul(j, part)) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ]
  // The first two differences are exact; where r is small, so is the third.
  const r = m.sub(m.sub(m.sub(m.sub(x, first), second), third), m.add(fourth, fifth))
  // For |x| ≤ 1e5 this subtracts nothing; for larger ones it keeps the polynomials in their range.
  const turns = m.nearest(m.mul(r, 1 / (2 * Math.PI)))
  return m.sub(r, m.mul(turns, 2 * Math.PI))
}

/** r + r³·P(r²) */
export function oddPolynomial(m: Formula, r: Expr, coefficients: readonly number[]): Expr {
  const z = m.square(r)
  return m.add(r, m.mul(m.mul(r, z), m.polynomial(z, coefficients)))
}

const bounded = (m: Formula, x: Expr, y: Expr): Expr => m.select(m.less(m.abs(x), largest), y, NaN)

/** The sign bit of (-1)ʲ. */
const parity = (m: Formula, j: Expr): Expr => m.shiftLeft(m.toInt(j), 31)

/** sin x = (-1)ʲ·sin r, and sin(-0) = -0 */
export function sin(m: Formula, x: Expr): Expr {
  const j = m.nearest(m.mul(x, 1 / Math.PI))
  const y = oddPolynomial(m, reduce(m, x, j), sinCoefficients)
  return bounded(m, x, m.select(m.equal(x, 0), x, m.flipSign(y, parity(m, j))))
}

/** With x = (i + 1/2)·π + r: cos x = (-1)ⁱ⁺¹·sin r. */
export function cos(m: Formula, x: Expr): Expr {
  const i = m.nearest(m.sub(m.mul(x, 1 / Math.PI), 0.5))
  const y = oddPolynomial(m, reduce(m, x, m.add(i, 0.5)), sinCoefficients)
  return bounded(m, x, m.flipSign(y, parity(m, m.add(i, 1))))
}

/** With x = j·π/2 + r: tan x is tan r for even j and -1 / tan r for odd j. */
export function tan(m: Formula, x: Expr): Expr {
  const j = m.nearest(m.mul(x, 2 / Math.PI))
  const y = oddPolynomial(m, reduce(m, x, m.mul(j, 0.5)), tanCoefficients)
  const odd = m.equal(m.and(m.toInt(j), 1), 1)
  return bounded(m, x, m.select(m.equal(x, 0), x, m.select(odd, m.div(-1, y), y)))
}

/** sin πf = f·(π + f²·S(f²)) for |f| ≤ 1/2, relative error 7e-9. */
const sinPiCoefficients = [Math.PI, -5.16771078, 2.55008626, -0.598331094, 0.0777179152]
export const sinPiOfFraction = (m: Formula, f: Expr): Expr =>
  m.mul(f, m.polynomial(m.square(f), sinPiCoefficients))

/** tan πf for |f| ≤ 1/2. */
export function tanPiOfFraction(m: Formula, f: Expr): Expr {
  const steep = m.greater(m.abs(f), 0.25)
  // tan πf = 1 / tan π(½ - f); the difference is exact.
  const near = m.select(steep, m.withSign(m.sub(0.5, m.abs(f)), f), f)
  const y = oddPolynomial(m, m.mul(near, Math.PI), tanCoefficients)
  return m.select(steep, m.div(1, y), y)
}
