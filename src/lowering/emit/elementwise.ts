/**
 * Elementwise primitives as scalar expressions. A rule gets the operands already computed in the lane of their
 * dtype; results of narrow dtypes are wrapped or rounded back after every arithmetic operation.
 */

import {
  bitsOf,
  floatInfo,
  integerRange,
  isFloat,
  isInteger,
  isUnsigned,
  type DType,
} from '../../core/dtype.js'
import type { Params } from '../../core/jaxpr.js'
import type { ElementwiseSigs } from '../../core/primitives/elementwise.js'
import { laneOf, type AluName, type Expr, type ExprBuilder } from '../expr.js'

export interface ElementwiseContext<P extends keyof ElementwiseSigs> {
  readonly b: ExprBuilder
  /** Dtype of the last operand (the one that is not a predicate). */
  readonly input: DType
  /** Dtype of the result. */
  readonly output: DType
  readonly params: Params<P>
}
type Rule<P extends keyof ElementwiseSigs> = (args: readonly Expr[], context: ElementwiseContext<P>) => Expr
type Args = readonly [Expr, Expr, Expr]

/** Brings a lane value back into the range and precision of a narrow dtype. */
export function narrow(b: ExprBuilder, x: Expr, dtype: DType): Expr {
  switch (dtype) {
    case 'float16':
      return b.alu('roundFloat16', x)
    case 'bfloat16':
      return b.alu('roundBfloat16', x)
    case 'int8': {
      const shift = b.constant(24, 'i32')
      return b.alu('shrS', b.alu('shl', x, shift), shift)
    }
    case 'uint8':
      return b.alu('and', x, b.constant(255, 'u32'))
    default:
      return x
  }
}

/** The ALU operation of the same meaning, narrowed. */
const alu =
  (name: AluName): Rule<keyof ElementwiseSigs> =>
  (args, { b, output }) =>
    narrow(b, b.alu(name, ...args), output)

/** Operations that stay exact in narrow dtypes. */
const exact =
  (name: AluName): Rule<keyof ElementwiseSigs> =>
  (args, { b }) =>
    b.alu(name, ...args)

/** Bool operands are ordered as 0 < 1. */
const compare =
  (name: AluName): Rule<keyof ElementwiseSigs> =>
  (args, { b, input }) =>
    b.alu(name, ...(input === 'bool' ? args.map((x) => b.cast(x, 'i32')) : args))

/** On bool, min is `and` and max is `or`. */
const extreme =
  (name: 'min' | 'max'): Rule<keyof ElementwiseSigs> =>
  (args, { b, input }) =>
    b.alu(input === 'bool' ? (name === 'max' ? 'or' : 'and') : name, ...args)

const number = (b: ExprBuilder, value: number, dtype: DType): Expr => b.constant(value, laneOf(dtype))

/** x^n by repeated squaring; 1 / x^-n for negative n. */
function integerPower(b: ExprBuilder, x: Expr, exponent: number, dtype: DType): Expr {
  const one = number(b, 1, dtype)
  let result: Expr | null = null
  let square = x
  for (let n = Math.abs(exponent); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = result === null ? square : b.alu('mul', result, square)
    if (n > 1) square = b.alu('mul', square, square)
  }
  const power = result ?? one
  return exponent < 0 ? b.alu('div', one, power) : power
}

/** Integer power with a computed exponent, which is taken as unsigned: 32 squarings. */
function integerPowerOf(b: ExprBuilder, base: Expr, exponent: Expr): Expr {
  const one = b.constant(1, base.lane)
  let result = one
  let square = base
  let rest = b.bitcast(exponent, 'u32')
  for (let bit = 0; bit < 32; bit++) {
    const odd = b.alu('ne', b.alu('and', rest, b.constant(1, 'u32')), b.constant(0, 'u32'))
    result = b.alu('mul', result, b.alu('select', odd, square, one))
    square = b.alu('mul', square, square)
    rest = b.alu('shrU', rest, b.constant(1, 'u32'))
  }
  return result
}

function sign([x]: readonly Expr[], { b, output }: ElementwiseContext<'sign'>): Expr {
  const value = x as Expr
  const [zero, one] = [number(b, 0, output), number(b, 1, output)]
  const positive = b.alu('gt', value, zero)
  if (isUnsigned(output)) return b.alu('select', positive, one, zero)
  // NaN and the zeros are neither: they stay themselves.
  return b.alu(
    'select',
    positive,
    one,
    b.alu('select', b.alu('lt', value, zero), number(b, -1, output), value),
  )
}

function round([x]: readonly Expr[], { b, params, output }: ElementwiseContext<'round'>): Expr {
  const value = x as Expr
  if (params.method === 'toNearestEven') return b.alu('nearest', value)
  // trunc(x + 0.5) would round 0.49999997 up; the fraction is exact.
  const whole = b.alu('trunc', value)
  const fraction = b.alu('abs', b.alu('sub', value, whole))
  const away = b.alu(
    'add',
    whole,
    b.alu('select', b.alu('lt', value, number(b, 0, output)), number(b, -1, output), number(b, 1, output)),
  )
  return b.alu('select', b.alu('ge', fraction, number(b, 0.5, output)), away, whole)
}

type Shift = 'shiftLeft' | 'shiftRightLogical' | 'shiftRightArithmetic'

/** Counts of the width or more give 0, or copies of the sign bit. */
const shift =
  (name: Shift): Rule<Shift> =>
  ([x, n], { b, output }) => {
    const value = x as Expr
    const count = b.bitcast(n as Expr, 'u32')
    const width = b.constant(bitsOf(output), 'u32')
    const last = b.constant(bitsOf(output) - 1, 'u32')
    const inRange = b.alu('lt', count, width)
    const bounded = b.bitcast(b.alu('min', count, last), value.lane)
    if (name === 'shiftRightArithmetic') {
      const signed = b.bitcast(value, 'i32')
      const extended = bitsOf(output) === 8 ? narrow(b, signed, 'int8') : signed
      return narrow(b, b.bitcast(b.alu('shrS', extended, b.bitcast(bounded, 'i32')), value.lane), output)
    }
    const operand =
      name === 'shiftRightLogical' && output === 'int8' ? b.alu('and', value, number(b, 255, output)) : value
    const shifted = b.alu(name === 'shiftLeft' ? 'shl' : 'shrU', operand, bounded)
    return b.alu('select', inRange, narrow(b, shifted, output), number(b, 0, output))
  }

/** The bits of the dtype alone: narrow integers are kept sign-extended. */
const ownBits = (b: ExprBuilder, x: Expr, dtype: DType): Expr =>
  bitsOf(dtype) === 8 ? b.alu('and', x, b.constant(255, x.lane)) : x

function convert([x]: readonly Expr[], { b, input, output }: ElementwiseContext<'convert'>): Expr {
  const value = x as Expr
  const lane = laneOf(output)
  if (isFloat(input) && isInteger(output) && bitsOf(output) < 32) {
    const { min, max } = integerRange(output)
    const bounded = b.alu('min', b.alu('max', value, number(b, min, input)), number(b, max, input))
    return b.cast(bounded, lane)
  }
  const cast = b.cast(value, lane)
  return isInteger(input) && isInteger(output)
    ? narrow(b, b.bitcast(value, lane), output)
    : narrow(b, cast, output)
}

/** |x| < inf; by bits on f32, where a backend need not honour infinities in arithmetic. */
function isFinite([x]: readonly Expr[], { b, input }: ElementwiseContext<'isFinite'>): Expr {
  const value = x as Expr
  if (input === 'float64')
    return b.alu('le', b.alu('abs', value), b.constant(floatInfo('float64').max, 'f64'))
  const magnitude = b.alu('and', b.bitcast(value, 'u32'), b.constant(0x7fffffff, 'u32'))
  return b.alu('lt', magnitude, b.constant(0x7f800000, 'u32'))
}

export const elementwiseEmit: { readonly [P in keyof ElementwiseSigs]: Rule<P> } = {
  exp: alu('exp'),
  exp2: alu('exp2'),
  expm1: alu('expm1'),
  log: alu('log'),
  log1p: alu('log1p'),
  sqrt: alu('sqrt'),
  rsqrt: ([x], { b, output }) =>
    narrow(b, b.alu('div', number(b, 1, output), b.alu('sqrt', x as Expr)), output),
  cbrt: alu('cbrt'),
  sin: alu('sin'),
  cos: alu('cos'),
  tan: alu('tan'),
  asin: alu('asin'),
  acos: alu('acos'),
  atan: alu('atan'),
  sinh: alu('sinh'),
  cosh: alu('cosh'),
  tanh: alu('tanh'),
  asinh: alu('asinh'),
  acosh: alu('acosh'),
  atanh: alu('atanh'),
  // 1 / (1 + e^-x)
  logistic: ([x], { b, output }) => {
    const one = number(b, 1, output)
    return narrow(b, b.alu('div', one, b.alu('add', one, b.alu('exp', b.alu('neg', x as Expr)))), output)
  },
  erf: alu('erf'),
  erfc: alu('erfc'),
  erfInv: alu('erfInv'),
  lgamma: alu('lgamma'),
  digamma: alu('digamma'),
  floor: exact('floor'),
  ceil: exact('ceil'),
  round,
  isFinite,
  neg: ([x], { b, output }) =>
    narrow(
      b,
      isUnsigned(output) ? b.alu('sub', number(b, 0, output), x as Expr) : b.alu('neg', x as Expr),
      output,
    ),
  abs: ([x], { b, output }) =>
    isUnsigned(output) ? (x as Expr) : narrow(b, b.alu('abs', x as Expr), output),
  sign,
  integerPow: ([x], { b, output, params }) =>
    narrow(b, integerPower(b, x as Expr, params.exponent, output), output),
  stopGradient: ([x]) => x as Expr,
  not: alu('not'),
  and: exact('and'),
  or: exact('or'),
  xor: exact('xor'),
  shiftLeft: shift('shiftLeft'),
  shiftRightLogical: shift('shiftRightLogical'),
  shiftRightArithmetic: shift('shiftRightArithmetic'),
  populationCount: ([x], { b, output }) => b.alu('popcnt', ownBits(b, x as Expr, output)),
  clz: ([x], { b, output }) =>
    b.alu('sub', b.alu('clz', ownBits(b, x as Expr, output)), number(b, 32 - bitsOf(output), output)),
  add: alu('add'),
  sub: alu('sub'),
  mul: alu('mul'),
  div: alu('div'),
  rem: alu('rem'),
  pow: (args, { b, output }) => {
    const [x, y] = args as Args
    return narrow(b, isFloat(output) ? b.alu('pow', x, y) : integerPowerOf(b, x, y), output)
  },
  max: extreme('max'),
  min: extreme('min'),
  atan2: alu('atan2'),
  nextAfter: exact('nextAfter'),
  eq: exact('eq'),
  ne: exact('ne'),
  lt: compare('lt'),
  le: compare('le'),
  gt: compare('gt'),
  ge: compare('ge'),
  select: exact('select'),
  clamp: (args, { b }) => {
    const [low, x, high] = args as Args
    return b.alu('min', b.alu('max', x, low), high)
  },
  convert,
  bitcast: ([x], { b, output }) => narrow(b, b.bitcast(x as Expr, laneOf(output)), output),
}
