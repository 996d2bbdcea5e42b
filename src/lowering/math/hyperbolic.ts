/**
 * Hyperbolic functions and their inverses in float32, from expm1, log1p and, for sinh and cosh, the addition theorems.
 * Polynomials: minimax by the Remez exchange.
 */

import type { Expr } from '../expr.js'
import { halfExpParts, reduceByLn2 } from './exponential.js'
import type { Formula } from './formula.js'
import { log1p } from './logarithm.js'
import { oddPolynomial } from './trigonometric.js'

/** sinh r = r + r³·S(r²) and cosh r = 1 + r²·C(r²) for |r| ≤ ln 2 / 2, relative errors 1.4e-8 and 1e-10. */
const sinhCoefficients = [0.166665435, 0.00836654287]
const coshCoefficients = [0.5, 0.0416664593, 0.00139354263]
/** ln of twice the largest float32. */
const overflow = 89.4159851

/** tanh x = (1 - e⁻²ˣ) / (1 + e⁻²ˣ), for x ≥ 0; both halves without cancellation, and the divisor where floats are dense. */
export function tanh(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  // From 10 on the result rounds to 1; the comparison lets NaN through.
  const { s, scaled } = halfExpParts(m, m.mul(m.select(m.greater(a, 10), 10, a), -2))
  const difference = m.sub(m.sub(0.5, s), scaled)
  const sum = m.add(scaled, m.add(s, 0.5))
  return m.withSign(m.div(difference, sum), x)
}

interface Parts {
  /** (2ⁿ - 2⁻ⁿ) / 4 and (2ⁿ + 2⁻ⁿ) / 4: half of sinh and cosh of n·ln 2, so that nothing overflows early. */
  readonly sinhN: Expr
  readonly coshN: Expr
  readonly sinhR: Expr
  /** cosh r - 1 */
  readonly coshR: Expr
}

function parts(m: Formula, x: Expr): Parts {
  const { n, r } = reduceByLn2(m, x)
  const quarterPower = (k: Expr): Expr => m.fromBits(m.shiftLeft(m.alu('max', m.add(k, 125), 0), 23))
  const up = quarterPower(n.integer)
  const down = quarterPower(m.neg(n.integer))
  const z = m.square(r)
  return {
    sinhN: m.sub(up, down),
    coshN: m.add(up, down),
    sinhR: oddPolynomial(m, r, sinhCoefficients),
    coshR: m.mul(z, m.polynomial(z, coshCoefficients)),
  }
}

/** `y` below the overflow, infinity above it, NaN for NaN. */
const limited = (m: Formula, x: Expr, y: Expr): Expr => m.select(m.greater(m.abs(x), overflow), Infinity, y)

/** sinh(a + r) = sinh a + (sinh a·(cosh r - 1) + cosh a·sinh r) */
export function sinh(m: Formula, x: Expr): Expr {
  const { sinhN, coshN, sinhR, coshR } = parts(m, x)
  const half = m.add(sinhN, m.add(m.mul(sinhN, coshR), m.mul(coshN, sinhR)))
  return m.withSign(limited(m, x, m.mul(half, 2)), x)
}

/** cosh(a + r) = cosh a + (cosh a·(cosh r - 1) + sinh a·sinh r) */
export function cosh(m: Formula, x: Expr): Expr {
  const { sinhN, coshN, sinhR, coshR } = parts(m, x)
  const half = m.add(coshN, m.add(m.mul(coshN, coshR), m.mul(sinhN, sinhR)))
  return limited(m, x, m.mul(half, 2))
}

/** From here on sqrt(x² ± 1) is x. */
const large = 2 ** 28

/** asinh x = log1p(x + x² / (1 + sqrt(x² + 1))), for x ≥ 0 */
export function asinh(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const isLarge = m.greater(a, large)
  const square = m.square(a)
  const t = m.add(a, m.div(square, m.add(m.sqrt(m.add(square, 1)), 1)))
  const y = log1p(m, m.select(isLarge, a, t))
  return m.withSign(m.add(y, m.select(isLarge, Math.LN2, m.constant(0, 'f32'))), x)
}

/** acosh x = log1p(t + sqrt(2t + t²)) with t = x - 1 */
export function acosh(m: Formula, x: Expr): Expr {
  const isLarge = m.greater(x, large)
  const t = m.sub(x, 1)
  const y = log1p(m, m.select(isLarge, x, m.add(t, m.sqrt(m.add(m.mul(t, 2), m.square(t))))))
  return m.select(m.less(x, 1), NaN, m.add(y, m.select(isLarge, Math.LN2, m.constant(0, 'f32'))))
}

/** atanh x = log1p(2x / (1 - x)) / 2, for x ≥ 0 */
export function atanh(m: Formula, x: Expr): Expr {
  const a = m.abs(x)
  const y = m.mul(log1p(m, m.div(m.mul(a, 2), m.sub(1, a))), 0.5)
  return m.select(
    m.less(a, 1),
    m.withSign(y, x),
    m.select(m.equal(a, 1), m.withSign(m.constant(Infinity, 'f32'), x), NaN),
  )
}
