/**
 * The elementwise primitives, one scalar at a time: inputs of one shape → a result of that shape.
 */

import type { Aval } from '../../core/aval.js'
import { bitsOf, isFloat, type DType, type FloatDType, type HostArray } from '../../core/dtype.js'
import type { ElementwiseSigs } from '../../core/primitives/elementwise.js'
import { digamma, erf, erfc, erfInv, lgamma, nextAfter } from '../../core/special/index.js'
import * as scalar from './scalars.js'
import { at, generate, type ReferenceTable, type Value } from './values.js'

type Unary = (inputs: readonly [Value], params: object, outputs: readonly [Aval]) => readonly [HostArray]
type Binary = (
  inputs: readonly [Value, Value],
  params: object,
  outputs: readonly [Aval],
) => readonly [HostArray]

const unary =
  (f: (x: number, dtype: DType) => number): Unary =>
  ([x], _, [out]) => [generate(out, (i) => f(at(x.data, i), x.aval.dtype))]

const binary =
  (f: (x: number, y: number, dtype: DType) => number): Binary =>
  ([x, y], _, [out]) => [generate(out, (i) => f(at(x.data, i), at(y.data, i), x.aval.dtype))]

/** One formula for floats, another for integers (whose results wrap when they are stored). */
const byKind = (float: (x: number, y: number) => number, integer: (x: number, y: number) => number): Binary =>
  binary((x, y, dtype) => (isFloat(dtype) ? float(x, y) : integer(x, y)))

const comparison = (f: (x: number, y: number) => boolean): Binary => binary((x, y) => Number(f(x, y)))

const clampTo = (low: number, x: number, high: number): number => scalar.minimum(scalar.maximum(x, low), high)

export const elementwise: ReferenceTable<keyof ElementwiseSigs> = {
  exp: unary(Math.exp),
  exp2: unary((x) => 2 ** x),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sqrt: unary(Math.sqrt),
  rsqrt: unary((x) => 1 / Math.sqrt(x)),
  cbrt: unary(Math.cbrt),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  sinh: unary(Math.sinh),
  cosh: unary(Math.cosh),
  tanh: unary(Math.tanh),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  // exp(-|x|) never overflows.
  logistic: unary((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  erf: unary(erf),
  erfc: unary(erfc),
  erfInv: unary(erfInv),
  lgamma: unary(lgamma),
  digamma: unary(digamma),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  round: ([x], { method }, [out]) => [generate(out, (i) => scalar.round(at(x.data, i), method))],
  isFinite: unary((x) => Number(Number.isFinite(x))),
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  integerPow: ([x], { exponent }, [out]) => [
    generate(out, (i) =>
      isFloat(x.aval.dtype) ? at(x.data, i) ** exponent : scalar.powerIntegers(at(x.data, i), exponent),
    ),
  ],
  stopGradient: ([x]) => [x.data.slice()],
  not: unary((x, dtype) => (dtype === 'bool' ? 1 - x : ~x)),
  and: binary((x, y) => x & y),
  or: binary((x, y) => x | y),
  xor: binary((x, y) => x ^ y),
  shiftLeft: binary((x, y, dtype) => scalar.shiftLeft(dtype, x, y)),
  shiftRightLogical: binary((x, y, dtype) => scalar.shiftRightLogical(dtype, x, y)),
  shiftRightArithmetic: binary((x, y, dtype) => scalar.shiftRightArithmetic(dtype, x, y)),
  populationCount: unary((x, dtype) => scalar.populationCount(scalar.bitPattern(dtype, x))),
  clz: unary((x, dtype) => Math.clz32(scalar.bitPattern(dtype, x)) - (32 - bitsOf(dtype))),
  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: byKind((x, y) => x * y, Math.imul),
  div: byKind((x, y) => x / y, scalar.divideIntegers),
  rem: byKind((x, y) => x % y, scalar.remainderIntegers),
  pow: byKind(scalar.powerFloats, scalar.powerIntegers),
  max: binary(scalar.maximum),
  min: binary(scalar.minimum),
  atan2: binary(Math.atan2),
  nextAfter: binary((x, y, dtype) => nextAfter(dtype as FloatDType, x, y)),
  eq: comparison((x, y) => x === y),
  ne: comparison((x, y) => x !== y),
  lt: comparison((x, y) => x < y),
  le: comparison((x, y) => x <= y),
  gt: comparison((x, y) => x > y),
  ge: comparison((x, y) => x >= y),
  select: ([pred, onTrue, onFalse], _, [out]) => [
    generate(out, (i) => at((at(pred.data, i) === 0 ? onFalse : onTrue).data, i)),
  ],
  clamp: ([low, x, high], _, [out]) => [
    generate(out, (i) => clampTo(at(low.data, i), at(x.data, i), at(high.data, i))),
  ],
  convert: ([x], { dtype }, [out]) => [
    generate(out, (i) => scalar.convert(x.aval.dtype, dtype, at(x.data, i))),
  ],
  bitcast: ([x], { dtype }, [out]) => [
    generate(out, (i) => scalar.bitcast(x.aval.dtype, dtype, at(x.data, i))),
  ],
}
