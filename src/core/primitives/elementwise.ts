/**
 * Elementwise primitives: every operand has the same shape (nothing broadcasts here), and so has the result.
 */

import { avalOf, showAval, type Aval } from '../aval.js'
import { bitsOf, isFloat, isInteger, type DType } from '../dtype.js'
import { fail } from '../errors.js'
import type { AbstractTable, Sig } from './signature.js'

export interface ElementwiseSigs {
  // float → float
  exp: Sig<1, 1>
  exp2: Sig<1, 1>
  expm1: Sig<1, 1>
  log: Sig<1, 1>
  log1p: Sig<1, 1>
  sqrt: Sig<1, 1>
  rsqrt: Sig<1, 1>
  cbrt: Sig<1, 1>
  sin: Sig<1, 1>
  cos: Sig<1, 1>
  tan: Sig<1, 1>
  asin: Sig<1, 1>
  acos: Sig<1, 1>
  atan: Sig<1, 1>
  sinh: Sig<1, 1>
  cosh: Sig<1, 1>
  tanh: Sig<1, 1>
  asinh: Sig<1, 1>
  acosh: Sig<1, 1>
  atanh: Sig<1, 1>
  logistic: Sig<1, 1>
  erf: Sig<1, 1>
  erfc: Sig<1, 1>
  erfInv: Sig<1, 1>
  lgamma: Sig<1, 1>
  digamma: Sig<1, 1>
  floor: Sig<1, 1>
  ceil: Sig<1, 1>
  round: Sig<1, 1, { readonly method: 'awayFromZero' | 'toNearestEven' }>
  isFinite: Sig<1, 1>
  // any number → same
  neg: Sig<1, 1>
  abs: Sig<1, 1>
  sign: Sig<1, 1>
  integerPow: Sig<1, 1, { readonly exponent: number }>
  /** The identity, with derivative zero. */
  stopGradient: Sig<1, 1>
  // bits and logic: on bool these are logical
  not: Sig<1, 1>
  and: Sig<2, 1>
  or: Sig<2, 1>
  xor: Sig<2, 1>
  shiftLeft: Sig<2, 1>
  shiftRightLogical: Sig<2, 1>
  shiftRightArithmetic: Sig<2, 1>
  populationCount: Sig<1, 1>
  clz: Sig<1, 1>
  // arithmetic
  add: Sig<2, 1>
  sub: Sig<2, 1>
  mul: Sig<2, 1>
  div: Sig<2, 1>
  /** C remainder: the sign of the dividend. */
  rem: Sig<2, 1>
  pow: Sig<2, 1>
  max: Sig<2, 1>
  min: Sig<2, 1>
  atan2: Sig<2, 1>
  nextAfter: Sig<2, 1>
  // comparison → bool
  eq: Sig<2, 1>
  ne: Sig<2, 1>
  lt: Sig<2, 1>
  le: Sig<2, 1>
  gt: Sig<2, 1>
  ge: Sig<2, 1>
  /** select(pred, onTrue, onFalse) */
  select: Sig<3, 1>
  /** clamp(min, x, max) = min(max(x, min), max) */
  clamp: Sig<3, 1>
  /** Numeric conversion; float to integer truncates towards zero and saturates, NaN gives 0. */
  convert: Sig<1, 1, { readonly dtype: DType }>
  /** The same bits as another dtype of the same width. */
  bitcast: Sig<1, 1, { readonly dtype: DType }>
}

type DTypeTest = { readonly accepts: (dtype: DType) => boolean; readonly text: string }
const float: DTypeTest = { accepts: isFloat, text: 'a float dtype' }
const integer: DTypeTest = { accepts: isInteger, text: 'an integer dtype' }
const numeric: DTypeTest = { accepts: (d) => d !== 'bool', text: 'a number dtype' }
const bitwise: DTypeTest = { accepts: (d) => !isFloat(d), text: 'an integer or bool dtype' }
const anything: DTypeTest = { accepts: () => true, text: 'any dtype' }

/** Same shapes, same dtypes, of the kind that `test` accepts. */
function checkAlike(operation: string, inputs: readonly Aval[], test: DTypeTest): Aval {
  const [first, ...rest] = inputs as readonly [Aval, ...Aval[]]
  for (const other of rest) {
    if (other.shape !== first.shape && other.shape.join() !== first.shape.join()) {
      fail('shape', {
        operation,
        shapes: inputs.map((a) => a.shape),
        expected: 'operands of one shape',
        fix: 'The lax functions do not broadcast: use numpy, or broadcastInDim.',
      })
    }
    if (other.dtype !== first.dtype) {
      fail('dtype', {
        operation,
        dtypes: inputs.map(showAval),
        expected: 'operands of one dtype',
        fix: 'The lax functions do not promote: use numpy, or astype.',
      })
    }
  }
  if (!test.accepts(first.dtype))
    fail('dtype', { operation, dtypes: [first.dtype], expected: test.text, fix: 'Convert with astype.' })
  return first
}

const same = (operation: string, test: DTypeTest) => (inputs: readonly Aval[]) =>
  [checkAlike(operation, inputs, test)] as const
const toBool = (operation: string, test: DTypeTest) => (inputs: readonly Aval[]) =>
  [avalOf(checkAlike(operation, inputs, test).shape, 'bool')] as const

export const elementwiseAbstract: AbstractTable<ElementwiseSigs> = {
  exp: same('exp', float),
  exp2: same('exp2', float),
  expm1: same('expm1', float),
  log: same('log', float),
  log1p: same('log1p', float),
  sqrt: same('sqrt', float),
  rsqrt: same('rsqrt', float),
  cbrt: same('cbrt', float),
  sin: same('sin', float),
  cos: same('cos', float),
  tan: same('tan', float),
  asin: same('asin', float),
  acos: same('acos', float),
  atan: same('atan', float),
  sinh: same('sinh', float),
  cosh: same('cosh', float),
  tanh: same('tanh', float),
  asinh: same('asinh', float),
  acosh: same('acosh', float),
  atanh: same('atanh', float),
  logistic: same('logistic', float),
  erf: same('erf', float),
  erfc: same('erfc', float),
  erfInv: same('erfInv', float),
  lgamma: same('lgamma', float),
  digamma: same('digamma', float),
  floor: same('floor', float),
  ceil: same('ceil', float),
  round: same('round', float),
  isFinite: toBool('isFinite', float),
  neg: same('neg', numeric),
  abs: same('abs', numeric),
  sign: same('sign', numeric),
  integerPow: same('integerPow', numeric),
  stopGradient: same('stopGradient', anything),
  not: same('not', bitwise),
  and: same('and', bitwise),
  or: same('or', bitwise),
  xor: same('xor', bitwise),
  shiftLeft: same('shiftLeft', integer),
  shiftRightLogical: same('shiftRightLogical', integer),
  shiftRightArithmetic: same('shiftRightArithmetic', integer),
  populationCount: same('populationCount', integer),
  clz: same('clz', integer),
  add: same('add', numeric),
  sub: same('sub', numeric),
  mul: same('mul', numeric),
  div: same('div', numeric),
  rem: same('rem', numeric),
  pow: same('pow', numeric),
  max: same('max', anything),
  min: same('min', anything),
  atan2: same('atan2', float),
  nextAfter: same('nextAfter', float),
  eq: toBool('eq', anything),
  ne: toBool('ne', anything),
  lt: toBool('lt', anything),
  le: toBool('le', anything),
  gt: toBool('gt', anything),
  ge: toBool('ge', anything),
  select: ([pred, onTrue, onFalse]) => {
    if (pred.dtype !== 'bool')
      fail('dtype', {
        operation: 'select',
        dtypes: [pred.dtype],
        expected: 'a bool predicate',
        fix: 'Compare, for instance x.notEqual(0).',
      })
    const out = checkAlike('select', [onTrue, onFalse], anything)
    checkAlike('select', [pred, avalOf(out.shape, 'bool')], anything)
    return [out]
  },
  clamp: (inputs) => [checkAlike('clamp', inputs, numeric)],
  convert: ([x], { dtype }) => [avalOf(x.shape, dtype)],
  bitcast: ([x], { dtype }) => {
    if (bitsOf(x.dtype) !== bitsOf(dtype) || x.dtype === 'bool' || dtype === 'bool') {
      fail('dtype', {
        operation: 'bitcast',
        dtypes: [x.dtype, dtype],
        expected: 'two dtypes of the same width',
      })
    }
    return [avalOf(x.shape, dtype)]
  },
}
