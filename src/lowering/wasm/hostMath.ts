/**
 * Transcendental functions of one number as the host computes them, for each float lane: what generated code
 * imports where there is no vector expansion.
 */

import { digamma, erf, erfc, erfInv, lgamma, nextAfter } from '../../core/special/index.js'
import type { MathName } from '../expr.js'

type HostFunction = (x: number, y: number) => number

const common: Readonly<Record<Exclude<MathName, 'nextAfter'>, HostFunction>> = {
  exp: (x) => Math.exp(x),
  exp2: (x) => 2 ** x,
  expm1: (x) => Math.expm1(x),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  cbrt: (x) => Math.cbrt(x),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  tan: (x) => Math.tan(x),
  asin: (x) => Math.asin(x),
  acos: (x) => Math.acos(x),
  atan: (x) => Math.atan(x),
  sinh: (x) => Math.sinh(x),
  cosh: (x) => Math.cosh(x),
  tanh: (x) => Math.tanh(x),
  asinh: (x) => Math.asinh(x),
  acosh: (x) => Math.acosh(x),
  atanh: (x) => Math.atanh(x),
  erf,
  erfc,
  erfInv,
  lgamma,
  digamma,
  // As C and XLA have it, 1 to any power and anything to the power 0 is 1, NaN and infinities included.
  pow: (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y),
  atan2: (y, x) => Math.atan2(y, x),
}

const f32 = { ...common, nextAfter: (x: number, y: number) => nextAfter('float32', x, y) }
const f64 = { ...common, nextAfter: (x: number, y: number) => nextAfter('float64', x, y) }

/** The functions of a float lane, by name. */
export const hostMath = (lane: 'f32' | 'f64'): Readonly<Record<MathName, HostFunction>> =>
  lane === 'f32' ? f32 : f64

const binary: ReadonlySet<MathName> = new Set<MathName>(['pow', 'atan2', 'nextAfter'])

/** The number of operands of a math function. */
export const mathArity = (name: MathName): 1 | 2 => (binary.has(name) ? 2 : 1)

export const isMathName = (name: string): name is MathName => name in f32
