/**
 * The neighbour of a number in its dtype, in the direction of another: one step in the ordered bit pattern.
 */

import type { FloatDType } from '../dtype.js'

const scratch = new DataView(new ArrayBuffer(8))

/** One step away from (up) or towards (down) zero, for x ≠ 0. */
const steps: Readonly<Record<FloatDType, (x: number, up: boolean) => number>> = {
  float64: (x, up) => {
    scratch.setFloat64(0, x)
    scratch.setBigInt64(0, scratch.getBigInt64(0) + (up ? 1n : -1n))
    return scratch.getFloat64(0)
  },
  float32: (x, up) => step32(x, up ? 1 : -1),
  bfloat16: (x, up) => step32(x, up ? 0x10000 : -0x10000),
  float16: (x, up) => {
    const magnitude = Math.abs(x)
    if (magnitude === Infinity) return up ? x : Math.sign(x) * 65504
    // Spacing is 2^(e - 10), constant below 2^-14; just below a power of two it is half as much.
    const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14)
    const below = magnitude === 2 ** exponent && exponent > -14
    const next = up ? magnitude + 2 ** (exponent - 10) : magnitude - 2 ** (exponent - (below ? 11 : 10))
    return Math.sign(x) * (next > 65504 ? Infinity : next)
  },
}

function step32(x: number, by: number): number {
  scratch.setFloat32(0, x)
  scratch.setInt32(0, scratch.getInt32(0) + by)
  return scratch.getFloat32(0)
}

const smallest: Readonly<Record<FloatDType, number>> = {
  float64: 2 ** -1074,
  float32: 2 ** -149,
  bfloat16: 2 ** -133,
  float16: 2 ** -24,
}

/** The number of `dtype` next to `x` on the way to `y`; `y` itself where they are equal. */
export function nextAfter(dtype: FloatDType, x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  if (x === y) return y
  if (x === 0) return Math.sign(y) * smallest[dtype]
  return steps[dtype](x, y > x === x > 0)
}
