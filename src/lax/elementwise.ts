/**
 * lax functions of elements. Arrays must agree in shape and dtype (numpy promotes and broadcasts); JS numbers
 * take the dtype and shape of the array they meet.
 */

import { constant } from '../core/constants.js'
import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range } from '../core/shape.js'
import { asArray, checkDType } from '../numpy/promote.js'

const unary =
  (name: string, op: (x: NDArray) => NDArray) =>
  (x: ArrayLike): NDArray =>
    op(asArray(x, name))

/** Numbers become constants of the first array's dtype and shape. */
function matched(operation: string, operands: readonly ArrayLike[]): NDArray[] {
  const like = operands.find((x) => x instanceof NDArray)
  return operands.map((x) =>
    like === undefined || x instanceof NDArray ? asArray(x, operation) : constant(x, like.dtype, like.shape),
  )
}

const binary =
  (name: string, op: (x: NDArray, y: NDArray) => NDArray) =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    op(...(matched(name, [x, y]) as [NDArray, NDArray]))

/** |x|. */
export const abs = unary('lax.abs', ops.abs)
/** Bitwise not; logical on bool. */
export const bitwiseNot = unary('lax.bitwiseNot', ops.not)
/** The real cube root. */
export const cbrt = unary('lax.cbrt', ops.cbrt)
/** The smallest whole number >= x. */
export const ceil = unary('lax.ceil', ops.ceil)
/** The number of leading zero bits. */
export const clz = unary('lax.clz', ops.clz)
/** The cosine. */
export const cos = unary('lax.cos', ops.cos)
/** The hyperbolic cosine. */
export const cosh = unary('lax.cosh', ops.cosh)
/** The derivative of the logarithm of the gamma function. */
export const digamma = unary('lax.digamma', ops.digamma)
/** The error function. */
export const erf = unary('lax.erf', ops.erf)
/** 1 - erf(x), accurate for large x. */
export const erfc = unary('lax.erfc', ops.erfc)
/** The inverse of the error function. */
export const erfInv = unary('lax.erfInv', ops.erfInv)
/** e^x. */
export const exp = unary('lax.exp', ops.exp)
/** 2^x. */
export const exp2 = unary('lax.exp2', ops.exp2)
/** e^x - 1. */
export const expm1 = unary('lax.expm1', ops.expm1)
/** The largest whole number <= x. */
export const floor = unary('lax.floor', ops.floor)
/** True where x is neither infinite nor NaN. */
export const isFinite = unary('lax.isFinite', ops.isFinite)
/** The logarithm of |Γ(x)|. */
export const lgamma = unary('lax.lgamma', ops.lgamma)
/** The natural logarithm. */
export const log = unary('lax.log', ops.log)
/** log(1 + x). */
export const log1p = unary('lax.log1p', ops.log1p)
/** The logistic function 1 / (1 + e^-x). */
export const logistic = unary('lax.logistic', ops.logistic)
/** -x. */
export const neg = unary('lax.neg', ops.neg)
/** The number of bits that are 1. */
export const populationCount = unary('lax.populationCount', ops.populationCount)
/** 1 / √x. */
export const rsqrt = unary('lax.rsqrt', ops.rsqrt)
/** The sign of x: -1, 0 or 1. */
export const sign = unary('lax.sign', ops.sign)
/** The sine. */
export const sin = unary('lax.sin', ops.sin)
/** The hyperbolic sine. */
export const sinh = unary('lax.sinh', ops.sinh)
/** The square root. */
export const sqrt = unary('lax.sqrt', ops.sqrt)
/** x². */
export const square = unary('lax.square', (x) => ops.integerPow(x, 2))
/** The tangent. */
export const tan = unary('lax.tan', ops.tan)
/** The hyperbolic tangent. */
export const tanh = unary('lax.tanh', ops.tanh)
/** The angle with sine x. */
export const asin = unary('lax.asin', ops.asin)
/** The angle with cosine x. */
export const acos = unary('lax.acos', ops.acos)
/** The angle with tangent x. */
export const atan = unary('lax.atan', ops.atan)
/** The inverse hyperbolic sine. */
export const asinh = unary('lax.asinh', ops.asinh)
/** The inverse hyperbolic cosine. */
export const acosh = unary('lax.acosh', ops.acosh)
/** The inverse hyperbolic tangent. */
export const atanh = unary('lax.atanh', ops.atanh)
/** 1 / x. */
export const reciprocal = unary('lax.reciprocal', (x) => ops.integerPow(x, -1))

/** The nearest whole number; ties go away from zero, or to even. */
export const round = (
  x: ArrayLike,
  { roundingMethod = 'awayFromZero' }: { readonly roundingMethod?: 'awayFromZero' | 'toNearestEven' } = {},
): NDArray => ops.round(asArray(x, 'lax.round'), roundingMethod)
/** x^y for a whole JS number y. */
export function integerPow(x: ArrayLike, y: number): NDArray {
  if (!Number.isInteger(y))
    fail('argument', {
      operation: 'lax.integerPow',
      argument: 'y',
      received: String(y),
      expected: 'a whole number',
      fix: 'Use lax.pow.',
    })
  return ops.integerPow(asArray(x, 'lax.integerPow'), y)
}

/** x + y. */
export const add = binary('lax.add', ops.add)
/** x - y. */
export const sub = binary('lax.sub', ops.sub)
/** x · y. */
export const mul = binary('lax.mul', ops.mul)
/** x / y; integers are divided towards zero. */
export const div = binary('lax.div', ops.div)
/** The remainder with the sign of x. */
export const rem = binary('lax.rem', ops.rem)
/** x^y. */
export const pow = binary('lax.pow', ops.pow)
/** The larger of x and y. */
export const max = binary('lax.max', ops.max)
/** The smaller of x and y. */
export const min = binary('lax.min', ops.min)
/** The angle of the point (y, x). */
export const atan2 = binary('lax.atan2', ops.atan2)
/** The next float after x towards y. */
export const nextafter = binary('lax.nextafter', ops.nextAfter)
/** x = y. */
export const eq = binary('lax.eq', ops.eq)
/** x ≠ y. */
export const ne = binary('lax.ne', ops.ne)
/** x < y. */
export const lt = binary('lax.lt', ops.lt)
/** x ≤ y. */
export const le = binary('lax.le', ops.le)
/** x > y. */
export const gt = binary('lax.gt', ops.gt)
/** x ≥ y. */
export const ge = binary('lax.ge', ops.ge)
/** Bitwise and; logical on bool. */
export const bitwiseAnd = binary('lax.bitwiseAnd', ops.and)
/** Bitwise or; logical on bool. */
export const bitwiseOr = binary('lax.bitwiseOr', ops.or)
/** Bitwise exclusive or; logical on bool. */
export const bitwiseXor = binary('lax.bitwiseXor', ops.xor)
/** x shifted left by y bits. */
export const shiftLeft = binary('lax.shiftLeft', ops.shiftLeft)
/** x shifted right by y bits, zeros coming in. */
export const shiftRightLogical = binary('lax.shiftRightLogical', ops.shiftRightLogical)
/** x shifted right by y bits, the sign staying. */
export const shiftRightArithmetic = binary('lax.shiftRightArithmetic', ops.shiftRightArithmetic)

/** A rank-0 array repeated to the shape of `like`. */
const spread = (x: NDArray, like: NDArray): NDArray => (x.ndim === 0 ? ops.broadcastScalar(x, like.shape) : x)

/** x limited to [min, max]; the limits are numbers, rank-0 arrays, or arrays of the shape of x. */
export function clamp(min: ArrayLike, x: ArrayLike, max: ArrayLike): NDArray {
  const a = asArray(x, 'lax.clamp')
  return ops.clamp(
    spread(asArray(min, 'lax.clamp', a.dtype), a),
    a,
    spread(asArray(max, 'lax.clamp', a.dtype), a),
  )
}

/** `onTrue` where `pred`, else `onFalse`; `pred` may be rank 0. */
export function select(pred: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike): NDArray {
  const [a, b] = matched('lax.select', [onTrue, onFalse]) as [NDArray, NDArray]
  return ops.select(spread(asArray(pred, 'lax.select'), a), a, b)
}

/** cases[which]; `which` is bool for two cases, or int32, and out of range values are clamped. */
export function selectN(which: ArrayLike, ...cases: ArrayLike[]): NDArray {
  const [first, ...rest] = matched('lax.selectN', cases)
  if (first === undefined)
    return fail('argument', {
      operation: 'lax.selectN',
      argument: 'cases',
      received: 'none',
      expected: 'at least one array',
    })
  const index = spread(asArray(which, 'lax.selectN'), first)
  if (index.dtype === 'bool') {
    if (rest.length !== 1)
      fail('argument', {
        operation: 'lax.selectN',
        argument: 'cases',
        received: `${cases.length} for a bool index`,
        expected: 'two',
      })
    return ops.select(index, rest[0] ?? first, first)
  }
  return range(rest.length).reduce(
    (result, i) => ops.select(ops.gt(index, ops.constantLike(index, i)), rest[i] ?? first, result),
    first,
  )
}

/** `operand` converted to another dtype. */
export const convertElementType = (operand: ArrayLike, newDtype: DType): NDArray =>
  ops.convert(asArray(operand, 'lax.convertElementType'), checkDType(newDtype, 'lax.convertElementType'))

/** The bits of `operand` read as another dtype of the same width. */
export const bitcastConvertType = (operand: ArrayLike, newDtype: DType): NDArray =>
  ops.bitcast(asArray(operand, 'lax.bitcastConvertType'), checkDType(newDtype, 'lax.bitcastConvertType'))
