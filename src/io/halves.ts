/**
 * Half-precision numbers as 16 bits: bit patterns of float32 ↔ of float16 and bfloat16, rounding to nearest even.
 * Patterns rather than numbers, because a number loses what a NaN carries.
 */

/** The float32 pattern of the number that a float16 pattern stands for. */
export function float16ToFloat32Bits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0
  if (fraction === 0) return sign >>> 0
  // Subnormal: the highest bit of the fraction becomes the implicit one.
  const shift = Math.clz32(fraction) - 21
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0
}

/** The float16 pattern nearest to a float32 pattern. */
export function float32BitsToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  // A NaN whose upper bits are zero would become an infinity.
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200)
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) return sign | roundOff(magnitude - (112 << 23), 13)
  // Half of the least subnormal, 2^-25, rounds to zero, which is even.
  if (magnitude <= 0x33000000) return sign
  const fraction = (magnitude & 0x7fffff) | 0x800000
  return sign | roundOff(fraction, 126 - (magnitude >>> 23))
}

export const bfloat16ToFloat32Bits = (half: number): number => (half << 16) >>> 0

/** The bfloat16 pattern nearest to a float32 pattern. */
export function float32BitsToBfloat16(bits: number): number {
  const isNan = (bits & 0x7fffffff) > 0x7f800000
  // A NaN whose upper bits are zero would become an infinity.
  if (isNan) return (bits >>> 16) & 0x7f ? bits >>> 16 : (bits >>> 16) | 0x40
  return roundOff(bits, 16)
}

/** x / 2^n, to nearest even. */
function roundOff(x: number, n: number): number {
  const odd = (x >>> n) & 1
  return ((x + 2 ** (n - 1) - 1 + odd) / 2 ** n) >>> 0
}
