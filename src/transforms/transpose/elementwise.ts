/** Transposes of the elementwise primitives: ⟨ct, f(x)⟩ = ⟨fᵀ(ct), x⟩ for those that are linear in an operand. */

import type { NDArray } from '../../core/ndarray.js'
import { convert, div, mul, neg, select, zerosLike } from '../../core/ops.js'
import type { ElementwiseSigs } from '../../core/primitives/elementwise.js'
import { isLinear, notLinear, type TransposeTable } from '../rules.js'
import { known } from './helpers.js'

export const elementwise: TransposeTable<keyof ElementwiseSigs> = {
  exp: notLinear,
  exp2: notLinear,
  expm1: notLinear,
  log: notLinear,
  log1p: notLinear,
  sqrt: notLinear,
  rsqrt: notLinear,
  cbrt: notLinear,
  sin: notLinear,
  cos: notLinear,
  tan: notLinear,
  asin: notLinear,
  acos: notLinear,
  atan: notLinear,
  sinh: notLinear,
  cosh: notLinear,
  tanh: notLinear,
  asinh: notLinear,
  acosh: notLinear,
  atanh: notLinear,
  logistic: notLinear,
  erf: notLinear,
  erfc: notLinear,
  erfInv: notLinear,
  lgamma: notLinear,
  digamma: notLinear,
  floor: notLinear,
  ceil: notLinear,
  round: notLinear,
  isFinite: notLinear,
  neg: ([ct]) => [ct === null ? null : neg(ct)],
  abs: notLinear,
  sign: notLinear,
  integerPow: notLinear,
  stopGradient: notLinear,
  not: notLinear,
  and: notLinear,
  or: notLinear,
  xor: notLinear,
  shiftLeft: notLinear,
  shiftRightLogical: notLinear,
  shiftRightArithmetic: notLinear,
  populationCount: notLinear,
  clz: notLinear,
  add: ([ct], [x, y]) => [isLinear(x) ? ct : null, isLinear(y) ? ct : null],
  sub: ([ct], [x, y]) => [isLinear(x) ? ct : null, isLinear(y) && ct !== null ? neg(ct) : null],
  // Linear in one of them, the other being known.
  mul: ([ct], [x, y]) => {
    if (ct === null) return [null, null]
    return isLinear(x) ? [mul(ct, known('mul', y)), null] : [null, mul(ct, x)]
  },
  div: ([ct], [, y]) => [ct === null ? null : div(ct, known('div', y)), null],
  rem: notLinear,
  pow: notLinear,
  max: notLinear,
  min: notLinear,
  atan2: notLinear,
  nextAfter: notLinear,
  eq: notLinear,
  ne: notLinear,
  lt: notLinear,
  le: notLinear,
  gt: notLinear,
  ge: notLinear,
  select: ([ct], [pred, x, y]) => {
    if (ct === null) return [null, null, null]
    const condition: NDArray = known('select', pred)
    return [
      null,
      isLinear(x) ? select(condition, ct, zerosLike(ct)) : null,
      isLinear(y) ? select(condition, zerosLike(ct), ct) : null,
    ]
  },
  clamp: notLinear,
  convert: ([ct], [x]) => [ct === null ? null : convert(ct, x.aval.dtype)],
  bitcast: notLinear,
}
