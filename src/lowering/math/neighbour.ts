/**
 * nextAfter in float32, on the bits: the magnitudes of floats are ordered as integers.
 */

import type { Expr } from '../expr.js'
import { signBit, type Formula } from './formula.js'

/** The float next to x in the direction of y; y itself where they are equal; NaN if either is. */
export function nextAfter(m: Formula, x: Expr, y: Expr): Expr {
  const bits = m.bits(x)
  const magnitude = m.magnitudeBits(x)
  const bothZero = m.equal(m.or(magnitude, m.magnitudeBits(y)), 0)
  const same = m.or(m.equal(bits, m.bits(y)), bothZero)
  // Ordered as integers: floats with the sign bit set run backwards.
  const order = (b: Expr): Expr => m.select(m.less(b, 0), m.sub(signBit, b), b)
  const up = m.greater(order(m.bits(y)), order(bits))
  const outwards = m.alu('ne', up, m.less(bits, 0))
  const step = m.add(bits, m.select(outwards, m.constant(1, 'i32'), -1))
  const fromZero = m.or(m.signOf(y), 1)
  const next = m.select(same, m.bits(y), m.select(m.equal(magnitude, 0), fromZero, step))
  return m.select(m.or(m.isNaN(x), m.isNaN(y)), NaN, m.fromBits(next))
}
