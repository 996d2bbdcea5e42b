/**
 * Numbers on the lanes of kernels: arithmetic, casts and bit patterns of one number, plainly.
 * Lane and operands → the number.
 */

import { roundToBfloat16, roundToFloat16 } from '../../src/core/dtype.js'
import type { AluExpr, Lane } from '../../src/lowering/expr.js'
import { hostMath } from '../../src/lowering/wasm/hostMath.js'

/** What a buffer holds: a bool is a 0 or 1 in 32 bits. */
export type LaneArray = Float32Array | Float64Array | Int32Array | Uint32Array

export function laneArray(lane: Lane, length: number): LaneArray {
  if (lane === 'f32') return new Float32Array(length)
  if (lane === 'f64') return new Float64Array(length)
  return lane === 'i32' ? new Int32Array(length) : new Uint32Array(length)
}

/** `x` as a number of the lane. */
export function roundToLane(lane: Lane, x: number): number {
  switch (lane) {
    case 'f32':
      return Math.fround(x)
    case 'f64':
      return x
    case 'i32':
      return x | 0
    case 'u32':
      return x >>> 0
    case 'bool':
      return x === 0 ? 0 : 1
  }
}

const words = new DataView(new ArrayBuffer(8))

export function bitcast(x: number, from: Lane, to: Lane): number {
  if (from === 'f32') words.setFloat32(0, x)
  else words.setUint32(0, x >>> 0)
  if (to === 'f32') return words.getFloat32(0)
  return to === 'i32' ? words.getInt32(0) : words.getUint32(0)
}

export function cast(x: number, from: Lane, to: Lane): number {
  if (to === 'bool') return x !== 0 ? 1 : 0
  if (to === 'f32' || to === 'f64') return roundToLane(to, x)
  if (from !== 'f32' && from !== 'f64') return roundToLane(to, x)
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1]
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high)
}

function nearestEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  const rounded = rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1
  return rounded === 0 ? x * 0 : rounded
}

function popcnt(x: number): number {
  let count = 0
  for (let bits = x >>> 0; bits !== 0; bits >>>= 1) count += bits & 1
  return count
}

export const isFloat = (lane: Lane): boolean => lane === 'f32' || lane === 'f64'

/** Arithmetic in `lane`, before rounding to it. */
export function arithmetic(name: AluExpr['name'], lane: Lane, args: readonly number[]): number {
  const [a = 0, b = 0, c = 0] = args
  switch (name) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return isFloat(lane) ? a * b : Math.imul(a, b)
    case 'div':
      return isFloat(lane) ? a / b : b === 0 ? -1 : Math.trunc(a / b)
    case 'rem':
      return !isFloat(lane) && b === 0 ? a : a % b
    case 'neg':
      return -a
    case 'abs':
      return Math.abs(a)
    case 'min':
      return Math.min(a, b)
    case 'max':
      return Math.max(a, b)
    case 'sqrt':
      return Math.sqrt(a)
    case 'floor':
      return Math.floor(a)
    case 'ceil':
      return Math.ceil(a)
    case 'trunc':
      return Math.trunc(a)
    case 'nearest':
      return nearestEven(a)
    case 'roundFloat16':
      return roundToFloat16(a)
    case 'roundBfloat16':
      return roundToBfloat16(a)
    case 'shl':
      return a << b
    case 'shrU':
      return a >>> b
    case 'shrS':
      return a >> b
    case 'clz':
      return Math.clz32(a)
    case 'popcnt':
      return popcnt(a)
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'not':
      return lane === 'bool' ? 1 - a : ~a
    case 'eq':
      return Number(a === b)
    case 'ne':
      return Number(a !== b)
    case 'lt':
      return Number(a < b)
    case 'le':
      return Number(a <= b)
    case 'gt':
      return Number(a > b)
    case 'ge':
      return Number(a >= b)
    case 'select':
      return a !== 0 ? b : c
    default:
      return hostMath(lane === 'f32' ? 'f32' : 'f64')[name](a, b)
  }
}
