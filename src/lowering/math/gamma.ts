/**
 * lgamma and digamma in float32: polynomials near their positive zeros, Stirling's series from 3 on, recurrence
 * between, reflection below 0 (where accuracy is absolute near the zeros). Polynomials: Remez exchange.
 */

import type { Expr } from '../expr.js'
import { infinityBits, type Formula } from './formula.js'
import { log } from './logarithm.js'
import { sinPiOfFraction, tanPiOfFraction } from './trigonometric.js'

/** lgamma(2 + d) = d·Q(d) for -1/2 ≤ d ≤ 1, relative error 2e-8. */
const nearTwoCoefficients = [
  0.422784328, 0.322467029, -0.0673516616, 0.0205809064, -0.00739547238, 0.00289464835, -0.00114114792,
  4.60848067e-4, -3.04825953e-4, 2.27468641e-4, -7.4951675e-5,
]
/** lgamma x = (x - ½)(log x - 1) + c + W(1/x²)/x for x ≥ 3, relative error 1e-9. */
const stirlingCoefficients = [0.0833331645, -0.00276993634, 0.000679244287]
const stirlingConstant = 0.418938533

/** lgamma of w ≥ 1/2, and down to 0 less accurately relative to 1. */
function lgammaPositive(m: Formula, w: Expr): Expr {
  const far = m.greater(w, 3)
  const small = m.less(w, 0.5)
  const middle = m.less(w, 1.5)
  // lgamma w = lgamma(w + 1) - log w = lgamma(w + 2) - log(w·(w + 1))
  const d = m.select(small, w, m.select(middle, m.sub(w, 1), m.sub(w, 2)))
  const divisor = m.select(small, m.mul(w, m.add(w, 1)), m.select(middle, w, m.constant(1, 'f32')))
  const logarithm = log(m, m.select(far, w, divisor))
  const near = m.sub(m.mul(d, m.polynomial(d, nearTwoCoefficients)), logarithm)
  const inverse = m.div(1, w)
  const series = m.add(
    m.mul(inverse, m.polynomial(m.square(inverse), stirlingCoefficients)),
    stirlingConstant,
  )
  const stirling = m.add(m.mul(m.sub(w, 0.5), m.sub(logarithm, 1)), series)
  return m.select(far, stirling, near)
}

/** log |Γ(x)|; for x < 0: log(π / |sin πx|) - lgamma(1 - x). */
export function lgamma(m: Formula, x: Expr): Expr {
  const negative = m.less(x, 0)
  const positive = lgammaPositive(m, m.select(negative, m.sub(1, x), x))
  const fraction = m.sub(x, m.nearest(x))
  const reflected = m.sub(m.neg(log(m, m.mul(m.abs(sinPiOfFraction(m, fraction)), 1 / Math.PI))), positive)
  const finite = m.select(negative, reflected, positive)
  const infinite = m.or(m.equal(m.magnitudeBits(x), infinityBits), m.equal(x, 0))
  return m.select(infinite, Infinity, finite)
}

/** The positive zero of digamma in two parts. */
const root = 1.4616321325302124
const rootLow = 1.243815006546356e-8
/** digamma x = (x - root)·T(x - 1.5) for 1 ≤ x ≤ 2, relative error 1e-8. */
const nearRootCoefficients = [
  0.951055884, -0.423627526, 0.240540847, -0.148397461, 0.0950395986, -0.0620757341, 0.0402279571,
  -0.0256822947, 0.0199820735, -0.0165591314, 0.00628693635,
]
/** digamma x = log x - 1/(2x) - A(1/x²)/x² for x ≥ 3, relative error 3e-9. */
const asymptoticCoefficients = [0.0833324119, -0.00828645471, 0.00323256617]

/** digamma of w > 0. */
function digammaPositive(m: Formula, w: Expr): Expr {
  const below = m.less(w, 1)
  const above = m.greater(w, 2)
  const zero = m.constant(0, 'f32')
  // digamma w = digamma(w + 1) - 1/w = digamma(w - 1) + 1/(w - 1)
  const v = m.select(below, m.add(w, 1), m.select(above, m.sub(w, 1), w))
  const inverse = m.div(1, m.select(below, w, m.select(m.greater(w, 3), w, v)))
  // The maximum changes nothing (v is in [1, 2]); it keeps compilers from adding up the two parts of the root.
  const distance = m.sub(m.alu('max', m.sub(v, root), -1), rootLow)
  const product = m.mul(distance, m.polynomial(m.sub(v, 1.5), nearRootCoefficients))
  const near = m.add(product, m.select(below, m.neg(inverse), m.select(above, inverse, zero)))
  const square = m.square(inverse)
  const far = m.sub(
    m.sub(log(m, w), m.mul(inverse, 0.5)),
    m.mul(square, m.polynomial(square, asymptoticCoefficients)),
  )
  return m.select(m.greater(w, 3), far, near)
}

/** ψ(x) = d/dx log Γ(x); for x < 0: ψ(1 - x) - π / tan πx. NaN at the poles 0, -1, -2, … and at -∞. */
export function digamma(m: Formula, x: Expr): Expr {
  const negative = m.less(x, 0)
  const positive = digammaPositive(m, m.select(negative, m.sub(1, x), x))
  const fraction = m.sub(x, m.nearest(x))
  const reflected = m.sub(positive, m.div(Math.PI, tanPiOfFraction(m, fraction)))
  const pole = m.or(m.equal(x, 0), m.and(negative, m.equal(fraction, 0)))
  const finite = m.select(negative, reflected, positive)
  const limit = m.select(negative, NaN, m.constant(Infinity, 'f32'))
  return m.select(m.equal(m.magnitudeBits(x), infinityBits), limit, m.select(pole, NaN, finite))
}
