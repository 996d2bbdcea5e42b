/**
 * Bounds on the errors of the float32 functions, in units in the last place.
 * They hold for the expansions as they are evaluated exactly, and on every device that compiles them.
 */

import { digamma, erf, erfc, erfInv, lgamma } from '../../../src/core/special/index.js'
import type { MathName } from '../../../src/lowering/expr.js'
import { largestFloat, type Domain } from './accuracy.js'

export interface AccuracyCase {
  readonly name: MathName
  readonly reference: (...x: number[]) => number
  readonly domains: readonly Domain[]
  /** The measured bound, in units in the last place. */
  readonly ulps: number
  /** Smaller results are measured in units of this one. */
  readonly floor?: number
}

const unary = (
  name: MathName,
  reference: (x: number) => number,
  from: number,
  to: number,
  ulps: number,
  floor = 0,
): AccuracyCase => ({
  name,
  reference: (x) => reference(x ?? 0),
  domains: [{ from, to }],
  ulps,
  floor,
})
const binary = (
  name: MathName,
  reference: (x: number, y: number) => number,
  x: Domain,
  y: Domain,
  ulps: number,
): AccuracyCase => ({
  name,
  reference: (a, b) => reference(a ?? 0, b ?? 0),
  domains: [x, y],
  ulps,
})

const pow = (x: number, y: number): number => x ** y

export const accuracyCases: readonly AccuracyCase[] = [
  unary('exp', Math.exp, -87.3, 88.72, 1.1),
  unary('exp2', (x) => 2 ** x, -126, 127.99, 1.2),
  unary('expm1', Math.expm1, -30, 88.72, 1.6),
  unary('log', Math.log, 0.3, 3, 0.9),
  unary('log', Math.log, 2 ** -126, largestFloat, 0.8),
  unary('log1p', Math.log1p, -0.9, 2, 0.9),
  unary('log1p', Math.log1p, -0.9999999, largestFloat, 0.8),
  unary('cbrt', Math.cbrt, -largestFloat, largestFloat, 1.1),
  unary('sin', Math.sin, -10, 10, 1.9),
  unary('sin', Math.sin, -1e5, 1e5, 2.4, 1e-3),
  unary('cos', Math.cos, -10, 10, 2.2),
  unary('cos', Math.cos, -1e5, 1e5, 2.5, 1e-3),
  unary('tan', Math.tan, -1.57, 1.57, 2.6),
  unary('tan', Math.tan, -1e5, 1e5, 7, 1e-3),
  unary('asin', Math.asin, -1, 1, 2.1),
  unary('acos', Math.acos, -1, 1, 1.3),
  unary('atan', Math.atan, -20, 20, 1.5),
  unary('atan', Math.atan, -largestFloat, largestFloat, 1.5),
  unary('sinh', Math.sinh, -3, 3, 2),
  unary('sinh', Math.sinh, -89.4, 89.4, 2),
  unary('cosh', Math.cosh, -89.4, 89.4, 1.8),
  unary('tanh', Math.tanh, -1, 1, 2),
  unary('tanh', Math.tanh, -12, 12, 2),
  unary('asinh', Math.asinh, -10, 10, 1.7),
  unary('asinh', Math.asinh, -largestFloat, largestFloat, 1.6),
  unary('acosh', Math.acosh, 1, 5, 2),
  unary('acosh', Math.acosh, 1, largestFloat, 2),
  unary('atanh', Math.atanh, -1, 1, 1.9),
  unary('erf', erf, -5, 5, 1.2),
  unary('erfc', erfc, -5, 9.3, 4.5),
  unary('erfInv', erfInv, -(1 - 2 ** -24), 1 - 2 ** -24, 4),
  unary('lgamma', lgamma, 2 ** -126, 4, 7),
  unary('lgamma', lgamma, 2 ** -126, 1e36, 7),
  unary('digamma', digamma, 2 ** -126, 4, 4),
  unary('digamma', digamma, 2 ** -126, 1e36, 4),
  binary('pow', pow, { from: 2 ** -126, to: 10 }, { from: -30, to: 30 }, 1.3),
  binary('pow', pow, { from: 2 ** -126, to: 1e30 }, { from: -1.3, to: 1.3 }, 1.3),
  binary('pow', pow, { from: 0.9, to: 1.1 }, { from: -900, to: 900 }, 1.3),
  binary('atan2', Math.atan2, { from: -3, to: 3 }, { from: -3, to: 3 }, 1.7),
  binary('atan2', Math.atan2, { from: -1e30, to: 1e30 }, { from: -1e30, to: 1e30 }, 1.7),
]

/** `sin on [-10, 10]` */
export const titleOf = ({ name, domains }: AccuracyCase): string =>
  `${name} on ${domains.map((d) => `[${d.from.toPrecision(3)}, ${d.to.toPrecision(3)}]`).join(' × ')}`
