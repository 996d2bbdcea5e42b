/**
 * Element types: names, kinds, sizes, host arrays, and JAX's promotion lattice.
 * A JS number is weakly typed; it is resolved to one of these before it enters the IR.
 */

export const dtypes = [
  'bool',
  'uint8',
  'int8',
  'uint32',
  'int32',
  'bfloat16',
  'float16',
  'float32',
  'float64',
] as const

/** The element type of an array. */
export type DType = (typeof dtypes)[number]
export type FloatDType = 'bfloat16' | 'float16' | 'float32' | 'float64'
export type IntDType = 'uint8' | 'int8' | 'uint32' | 'int32'

/** What reading an array gives. Half types are read as the float32 numbers they stand for; bool as 0 and 1. */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint32Array | Int8Array | Uint8Array

export type DTypeKind = 'bool' | 'unsigned' | 'signed' | 'float'

interface DTypeInfo {
  readonly kind: DTypeKind
  readonly bits: number
  readonly short: string
  readonly hostArray: new (length: number) => HostArray
}

const table: Readonly<Record<DType, DTypeInfo>> = {
  bool: { kind: 'bool', bits: 8, short: 'bool', hostArray: Uint8Array },
  uint8: { kind: 'unsigned', bits: 8, short: 'u8', hostArray: Uint8Array },
  int8: { kind: 'signed', bits: 8, short: 'i8', hostArray: Int8Array },
  uint32: { kind: 'unsigned', bits: 32, short: 'u32', hostArray: Uint32Array },
  int32: { kind: 'signed', bits: 32, short: 'i32', hostArray: Int32Array },
  bfloat16: { kind: 'float', bits: 16, short: 'bf16', hostArray: Float32Array },
  float16: { kind: 'float', bits: 16, short: 'f16', hostArray: Float32Array },
  float32: { kind: 'float', bits: 32, short: 'f32', hostArray: Float32Array },
  float64: { kind: 'float', bits: 64, short: 'f64', hostArray: Float64Array },
}

export const isDType = (x: unknown): x is DType => typeof x === 'string' && x in table
export const kindOf = (dtype: DType): DTypeKind => table[dtype].kind
export const bitsOf = (dtype: DType): number => table[dtype].bits
/** The printer's abbreviation: `float32` is `f32`. */
export const shortName = (dtype: DType): string => table[dtype].short
export const isFloat = (dtype: DType): dtype is FloatDType => table[dtype].kind === 'float'
export const isInteger = (dtype: DType): dtype is IntDType =>
  table[dtype].kind === 'signed' || table[dtype].kind === 'unsigned'
export const isUnsigned = (dtype: DType): boolean => table[dtype].kind === 'unsigned'

/** A zeroed typed array that can hold `length` elements of `dtype`. */
export function hostArray(dtype: DType, length: number): HostArray {
  return new table[dtype].hostArray(length)
}

/** JAX's type lattice without 64-bit integers and complex numbers, as the least upper bound of two dtypes. */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a
  const [low, high] = dtypes.indexOf(a) < dtypes.indexOf(b) ? [a, b] : [b, a]
  if (low === 'bool') return high
  if (isFloat(high)) {
    // The two half types have no order between them; they meet at float32.
    return high === 'float16' && low === 'bfloat16' ? 'float32' : high
  }
  // Integers of mixed sign need a wider signed type; JAX's int64 is int32 here, as with its default settings.
  if (kindOf(low) === kindOf(high)) return high
  return 'int32'
}

/** The dtype a weakly typed JS scalar takes when it meets an array of `dtype`. */
export function promoteWeak(dtype: DType, scalar: number | boolean): DType {
  if (typeof scalar === 'boolean') return dtype
  if (Number.isInteger(scalar)) return dtype === 'bool' ? 'int32' : dtype
  return isFloat(dtype) ? dtype : 'float32'
}

/** The dtype of a JS scalar that meets no array. */
export function defaultDType(scalar: number | boolean): DType {
  if (typeof scalar === 'boolean') return 'bool'
  return Number.isInteger(scalar) && Math.abs(scalar) <= 0xffffffff ? 'int32' : 'float32'
}

export interface FloatInfo {
  readonly bits: number
  readonly eps: number
  readonly max: number
  readonly min: number
  readonly tiny: number
}

const floatInfos: Readonly<Record<FloatDType, FloatInfo>> = {
  bfloat16: {
    bits: 16,
    eps: 2 ** -7,
    max: (2 - 2 ** -7) * 2 ** 127,
    min: -(2 - 2 ** -7) * 2 ** 127,
    tiny: 2 ** -126,
  },
  float16: { bits: 16, eps: 2 ** -10, max: 65504, min: -65504, tiny: 2 ** -14 },
  float32: {
    bits: 32,
    eps: 2 ** -23,
    max: (2 - 2 ** -23) * 2 ** 127,
    min: -(2 - 2 ** -23) * 2 ** 127,
    tiny: 2 ** -126,
  },
  float64: { bits: 64, eps: Number.EPSILON, max: Number.MAX_VALUE, min: -Number.MAX_VALUE, tiny: 2 ** -1022 },
}

export const floatInfo = (dtype: FloatDType): FloatInfo => floatInfos[dtype]

/** Smallest and largest value of an integer dtype. */
export function integerRange(dtype: IntDType): { readonly min: number; readonly max: number } {
  const bits = bitsOf(dtype)
  return isUnsigned(dtype)
    ? { min: 0, max: 2 ** bits - 1 }
    : { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }
}

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** Rounds to nearest even at `dropped` low bits of the float32 pattern. */
function roundBits(x: number, dropped: number): number {
  scratchFloat[0] = x
  const bits = scratchBits[0] ?? 0
  const half = 2 ** (dropped - 1)
  const odd = (bits >>> dropped) & 1
  scratchBits[0] = (((bits + half - 1 + odd) >>> dropped) << dropped) >>> 0
  return scratchFloat[0]
}

/** The float16 number nearest to `x`, as a JS number. */
export function roundToFloat16(x: number): number {
  const magnitude = Math.abs(x)
  if (!(magnitude > 0) || magnitude === Infinity) return x
  // Below 2^-14 the spacing is the constant 2^-24.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14)
  const spacing = 2 ** (exponent - 10)
  const scaled = magnitude / spacing
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const rounded = (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor) * spacing
  return Math.sign(x) * (rounded > 65504 ? Infinity : rounded)
}

/** The bfloat16 number nearest to `x`, as a JS number. */
export const roundToBfloat16 = (x: number): number => (Number.isFinite(x) ? roundBits(x, 16) : x)

/** The value that `x`, an exact result, has after being stored as `dtype` (integers wrap, floats round). */
export function roundTo(dtype: DType, x: number): number {
  switch (dtype) {
    case 'float64':
      return x
    case 'float32':
      return Math.fround(x)
    case 'float16':
      return roundToFloat16(x)
    case 'bfloat16':
      return roundToBfloat16(x)
    case 'int32':
      return x | 0
    case 'uint32':
      return x >>> 0
    case 'int8':
      return (x << 24) >> 24
    case 'uint8':
      return x & 0xff
    case 'bool':
      return x === 0 ? 0 : 1
  }
}
