/**
 * asin, acos, atan, atan2 in float32. Polynomials: minimax by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import { infinityBits, type Formula } from './formula.js'
import { oddPolynomial } from './trigonometric.js'

/** atan t = t + t³·A(t²) for |t| ≤ 1, relative error 2e-8. */
const atanCoefficients = [
  -0.333331525, 0.199937671, -0.142110065, 0.10665834, -0.075519219, 0.043209251, -0.0163667575,
  0.00292048045,
]
/** asin t = t + t³·S(t²) for |t| ≤ 1/2, relative error 5e-9. */
const asinCoefficients = [0.166667521, 0.0749530941, 0.0454691537, 0.0241847429, 0.0421583876]

/** π and π/2 minus their float32 numbers. */
const piLow = Math.PI - Math.fround(Math.PI)
const halfPiLow = piLow / 2

/** π/2 - a and π - a with more than float32's π. */
const fromHalfPi = (m: Formula, a: Expr): Expr => m.sub(Math.PI / 2, m.sub(a, halfPiLow))
const fromPi = (m: Formula, a: Expr): Expr => m.sub(Math.PI, m.sub(a, piLow))

/** atan x = π/2 - atan(1/x) for x > 1 */
export function atan(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const large = m.greater(a, 1)
  const y = oddPolynomial(m, m.select(large, m.div(1, a), a), atanCoefficients)
  return m.withSign(m.select(large, fromHalfPi(m, y), y), x)
}

/** The angle of the point (x, y), by the quotient of the smaller and the larger coordinate. */
export function atan2(m: Formula, y: Expr, x: Expr): Expr {
  const ax = m.abs(x)
  const ay = m.abs(y)
  const steep = m.greater(ay, ax)
  const small = m.select(steep, ax, ay)
  const large = m.select(steep, ay, ax)
  const quotient = m.select(m.equal(large, 0), m.constant(0, 'f32'), m.div(small, large))
  const t = m.select(m.equal(m.bits(small), infinityBits), 1, quotient)
  const a = oddPolynomial(m, t, atanCoefficients)
  const left = m.less(m.bits(x), 0)
  const upright = fromHalfPi(m, m.flipSign(a, m.signOf(x)))
  const angle = m.withSign(m.select(steep, upright, m.select(left, fromPi(m, a), a)), y)
  return m.select(m.or(m.isNaN(x), m.isNaN(y)), NaN, angle)
}

interface HalfAngle {
  /** Whether |x| > 1/2 */
  readonly outer: Expr
  /** asin t = t + tail, with t = |x| where not outer, else sqrt((1 - |x|) / 2) */
  readonly t: Expr
  readonly tail: Expr
}

function halfAngle(m: Formula, a: Expr): HalfAngle {
  const outer = m.greater(a, 0.5)
  const t = m.select(outer, m.sqrt(m.mul(m.sub(1, a), 0.5)), a)
  const z = m.square(t)
  return { outer, t, tail: m.mul(m.mul(t, z), m.polynomial(z, asinCoefficients)) }
}

const insideOne = (m: Formula, a: Expr, y: Expr): Expr => m.select(m.greater(a, 1), NaN, y)

/** asin x = π/2 - 2·asin sqrt((1 - x) / 2) for x > 1/2; there π/2 - 2t is exact. */
export function asin(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const { outer, t, tail } = halfAngle(m, a)
  const end = m.sub(m.sub(Math.PI / 2, m.mul(t, 2)), m.sub(m.mul(tail, 2), halfPiLow))
  return insideOne(m, a, m.withSign(m.select(outer, end, m.add(t, tail)), x))
}

/** acos x = 2·asin sqrt((1 - x) / 2) for x > 1/2, π/2 - asin x around 0, π - acos(-x) below -1/2 */
export function acos(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const { outer, t, tail } = halfAngle(m, a)
  const angle = m.add(t, tail)
  const twice = m.mul(angle, 2)
  const ends = m.select(m.less(x, 0), fromPi(m, twice), twice)
  return insideOne(m, a, m.select(outer, ends, fromHalfPi(m, m.withSign(angle, x))))
}
