/**
 * erf, erfc, erfInv in float32. erf: after N. Juffa's erff; erfInv: M. Giles, "Approximating the erfinv function"
 * (2010), the single precision one; erfc: minimax by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import { exp } from './exponential.js'
import type { Formula } from './formula.js'
import { log } from './logarithm.js'

/** erf x = x + x·P(x²) for |x| ≤ 0.9277 */
const erfNearCoefficients = [
  0.128379166, -0.376125336, 0.112819925, -0.0267681349, 0.00499119423, -5.96761703e-4,
]
/** erf x = 1 - exp(-x + x·Q(x)) beyond */
const erfFarCoefficients = [
  -0.128717512, -0.634846687, -0.106777877, 0.0242546219, -0.00388396438, 3.83197126e-4, -1.7285347e-5,
]
const erfBound = 0.927734375

export function erf(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const near = m.add(m.mul(x, m.polynomial(m.square(x), erfNearCoefficients)), x)
  // erf rounds to 1 before 4; the bound keeps the polynomial falling.
  const t = m.select(m.greater(a, 4), 4, a)
  const far = m.sub(1, exp(m, m.sub(m.mul(t, m.polynomial(t, erfFarCoefficients)), t)))
  return m.select(m.greater(a, erfBound), m.withSign(far, x), near)
}

/** exp(x²)·erfc x·(1 + 2x) as a polynomial in (x - 2) / (x + 2) for 0 ≤ x ≤ 10.06, relative error 1.3e-8. */
const erfcCoefficients = [
  1.27697837, -0.0927639827, -0.166031405, 0.164055318, -0.0542044565, -0.00805976707, 0.00863229483,
  0.0013135982, -0.00123068504, -4.01019613e-4,
]
/** From here on erfc is below the smallest float32. */
const erfcEnd = 10.06

export function erfc(m: Formula, x: Expr): Expr {
  const magnitude = m.abs(x)
  const a = m.select(m.greater(magnitude, erfcEnd), erfcEnd, magnitude)
  const t = m.div(m.sub(a, 2), m.add(a, 2))
  const q = m.div(m.polynomial(t, erfcCoefficients), m.add(m.mul(a, 2), 1))
  // -a² in two parts: the square of the leading bits is exact.
  const high = m.leading(a)
  const e = exp(m, m.neg(m.square(high)), m.mul(m.sub(high, a), m.add(high, a)))
  const y = m.mul(e, q)
  return m.select(m.less(x, 0), m.sub(2, y), y)
}

/** For w = -log(1 - x²) < 5, in w - 2.5; and beyond, in sqrt(w) - 3. */
const centralCoefficients = [
  1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6, -3.5233877e-6,
  3.43273939e-7, 2.81022636e-8,
]
const tailCoefficients = [
  2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322,
  0.000100950558, -0.000200214257,
]

export function erfInv(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const w = m.neg(log(m, m.mul(m.sub(1, a), m.add(a, 1))))
  const central = m.polynomial(m.sub(w, 2.5), centralCoefficients)
  const tail = m.polynomial(m.sub(m.sqrt(w), 3), tailCoefficients)
  const y = m.mul(x, m.select(m.less(w, 5), central, tail))
  const end = m.select(m.equal(a, 1), m.withSign(m.constant(Infinity, 'f32'), x), NaN)
  return m.select(m.less(a, 1), y, end)
}
