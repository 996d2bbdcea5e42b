/**
 * Scalar arithmetic where JavaScript's differs from XLA's: integers that wrap, division by zero, shifts past the
 * width, powers, and conversions between dtypes.
 */

import {
  bitsOf,
  integerRange,
  isFloat,
  isInteger,
  isUnsigned,
  roundTo,
  type DType,
  type IntDType,
} from '../../core/dtype.js'

/** Integer division truncates towards zero; x / 0 has all bits set. The caller wraps. */
export const divideIntegers = (x: number, y: number): number => (y === 0 ? -1 : Math.trunc(x / y))
/** The remainder of that division, with the sign of x; x rem 0 is x. */
export const remainderIntegers = (x: number, y: number): number => (y === 0 ? x : x % y)

/** xⁿ modulo 2³² by squaring. A negative power of anything but ±1 is 0. */
export function powerIntegers(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0
  let result = 1
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2), square = Math.imul(square, square)) {
    if (rest % 2 === 1) result = Math.imul(result, square)
  }
  return result
}

/** IEEE 754 pow: unlike Math.pow, 1ⁿ is 1 for every n and (-1)^±∞ is 1. */
export const powerFloats = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y

// Math.max and Math.min give NaN where an operand is NaN, as XLA does.
export const maximum = (x: number, y: number): number => Math.max(x, y)
export const minimum = (x: number, y: number): number => Math.min(x, y)

const mask = (dtype: DType): number => 2 ** bitsOf(dtype) - 1
/** The bit pattern of an integer as an unsigned number. */
export const bitPattern = (dtype: DType, x: number): number => (x & mask(dtype)) >>> 0

const pastWidth = (dtype: DType, by: number): boolean => by < 0 || by >= bitsOf(dtype)
export const shiftLeft = (dtype: DType, x: number, by: number): number => (pastWidth(dtype, by) ? 0 : x << by)
export const shiftRightLogical = (dtype: DType, x: number, by: number): number =>
  pastWidth(dtype, by) ? 0 : bitPattern(dtype, x) >>> by
export function shiftRightArithmetic(dtype: DType, x: number, by: number): number {
  const unused = 32 - bitsOf(dtype)
  const signed = (x << unused) >> unused
  return signed >> (pastWidth(dtype, by) ? 31 : by)
}

export function populationCount(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++
  return count
}

/** Nearest whole number, ties to even or away from zero; -0 stays -0. */
export function round(x: number, method: 'awayFromZero' | 'toNearestEven'): number {
  const floor = Math.floor(x)
  const rest = x - floor
  // An infinity minus itself is NaN: it is its own rounding.
  if (rest === 0 || Number.isNaN(rest)) return x
  const up = rest > 0.5 || (rest === 0.5 && (method === 'awayFromZero' ? x > 0 : floor % 2 !== 0))
  const rounded = up ? floor + 1 : floor
  return rounded === 0 && x < 0 ? -0 : rounded
}

/** Float to integer truncates and saturates, NaN gives 0; integers wrap; floats round; bool is "not zero". */
export function convert(from: DType, to: DType, x: number): number {
  if (to === 'bool') return x === 0 ? 0 : 1
  return isFloat(from) && isInteger(to) ? saturate(to, x) : roundTo(to, x)
}

function saturate(to: IntDType, x: number): number {
  if (Number.isNaN(x)) return 0
  const { min, max } = integerRange(to)
  return Math.min(Math.max(Math.trunc(x), min), max)
}

/** The largest and smallest values of a dtype: the identities of min and max. */
export function extremes(dtype: DType): { readonly min: number; readonly max: number } {
  if (dtype === 'bool') return { min: 0, max: 1 }
  return isInteger(dtype) ? integerRange(dtype) : { min: -Infinity, max: Infinity }
}

/** A total order for sorting: NaN last, the two zeros equal. */
export function compare(x: number, y: number): number {
  if (x < y) return -1
  if (x > y) return 1
  return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
}

/** Reads the bits of `from` as `to`; both have the same width. */
export function bitcast(from: DType, to: DType, x: number): number {
  if (bitsOf(from) === 8) return isUnsigned(to) ? x & 0xff : (x << 24) >> 24
  if (bitsOf(from) === 16)
    return to === from
      ? x
      : to === 'float16'
        ? fromFloat16Bits(bfloat16Bits(x))
        : fromBfloat16Bits(float16Bits(x))
  if (isFloat(from)) scratch.setFloat32(0, x)
  else scratch.setInt32(0, x)
  return isFloat(to) ? scratch.getFloat32(0) : isUnsigned(to) ? scratch.getUint32(0) : scratch.getInt32(0)
}

const scratch = new DataView(new ArrayBuffer(4))

function bfloat16Bits(x: number): number {
  scratch.setFloat32(0, x)
  return scratch.getUint16(0)
}

function fromBfloat16Bits(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/** 1 sign, 5 exponent and 10 fraction bits; `x` is a float16 number. */
function float16Bits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const magnitude = Math.abs(x)
  if (Number.isNaN(x)) return 0x7e00
  if (magnitude === Infinity) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14)
  const fraction = magnitude / 2 ** (exponent - 10)
  return sign | (fraction < 1024 ? fraction : ((exponent + 15) << 10) | (fraction - 1024))
}

function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}
