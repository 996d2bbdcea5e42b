/**
 * Constants as WGSL. The language rejects constant expressions that overflow or are not finite, so infinities,
 * NaN, negative zero and subnormal numbers are written by their bits.
 */

import type { Lane } from '../expr.js'

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

const largest = (2 - 2 ** -23) * 2 ** 127

/** The float32 bit pattern of a number. */
export function bitsOfFloat(value: number): number {
  float[0] = value
  return bits[0] ?? 0
}

/** The shortest decimal that reads back as the float32 number nearest to `value`. */
function shortest(value: number): string {
  const exact = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(exact.toPrecision(digits))
    // WGSL rejects what lies beyond the largest float32 number, even where it would round to it.
    if (Math.fround(rounded) === exact && Math.abs(rounded) <= largest) return String(rounded)
  }
  return String(exact)
}

function floatLiteral(value: number): string {
  const x = Math.fround(value)
  if (!Number.isFinite(x)) return `fromBits(${hex(bitsOfFloat(x))})`
  if (Object.is(x, -0) || (x !== 0 && Math.abs(x) < 2 ** -126)) return `bitcast<f32>(${hex(bitsOfFloat(x))})`
  const text = `${shortest(x)}f`
  return x < 0 ? `(${text})` : text
}

const hex = (n: number): string => `0x${n.toString(16)}u`

/** A literal of the lane; `fromBits` (helpers.ts) is used for numbers that are not finite. */
export function literal(value: number, lane: Lane): string {
  switch (lane) {
    case 'bool':
      return value === 0 ? 'false' : 'true'
    case 'u32':
      return `${value >>> 0}u`
    case 'i32': {
      const whole = value | 0
      if (whole === -2147483648) return 'i32(-2147483648)'
      return whole < 0 ? `(${whole})` : String(whole)
    }
    default:
      return floatLiteral(value)
  }
}
