/**
 * Operations on four 32-bit lanes: operation, lane and operands → instructions. A truth value is a mask,
 * all bits set or none.
 */

import { invariant } from '../../core/errors.js'
import type { AluName, Lane } from '../expr.js'
import { call, i32, lane as laneOp, op, vectorConstant, type Instruction } from './assembler/instruction.js'
import type { Plain } from './assembler/opcodes.js'
import { isMathName } from './hostMath.js'
import { floatSame, scalarAlu, type AluContext } from './scalarAlu.js'

export const zeroVector = vectorConstant([0, 0, 0, 0])

const numbers = new DataView(new ArrayBuffer(4))

/** The 32 bits that a number has in a lane, truth values as masks. */
export function laneBits(lane: Lane, value: number): number {
  if (lane === 'bool') return value === 0 ? 0 : -1
  if (lane !== 'f32') return value | 0
  numbers.setFloat32(0, value)
  return numbers.getInt32(0)
}

/** The vector that holds a number in every lane. */
export function uniformVector(lane: Lane, value: number): Instruction {
  const bits = laneBits(lane, value)
  return vectorConstant([bits, bits, bits, bits])
}

/** The same scalar in every lane. */
export function splat(lane: Lane, scalar: Instruction): Instruction {
  if (lane === 'bool') return op('i32x4.splat', op('i32.sub', i32(0), scalar))
  return op(lane === 'f32' ? 'f32x4.splat' : 'i32x4.splat', scalar)
}

/** One lane as a scalar. */
export function extract(lane: Lane, index: number, vector: Instruction): Instruction {
  if (lane === 'f32') return laneOp('f32x4.extract_lane', index, vector)
  const bits = laneOp('i32x4.extract_lane', index, vector)
  return lane === 'bool' ? op('i32.and', bits, i32(1)) : bits
}

/** The vector of four scalars. */
export function pack(lane: 'f32' | 'i32', scalars: readonly Instruction[]): Instruction {
  const [first = i32(0), ...rest] = scalars
  const start = op(`${lane}x4.splat`, first)
  return rest.reduce((vector, scalar, i) => laneOp(`${lane}x4.replace_lane`, i + 1, vector, scalar), start)
}

const wholeSame: Readonly<Partial<Record<AluName, Plain>>> = {
  add: 'i32x4.add',
  sub: 'i32x4.sub',
  mul: 'i32x4.mul',
  neg: 'i32x4.neg',
  eq: 'i32x4.eq',
  ne: 'i32x4.ne',
  and: 'v128.and',
  or: 'v128.or',
  xor: 'v128.xor',
  not: 'v128.not',
}

/** An operation without a vector instruction, lane by lane. */
function laneByLane(
  context: AluContext,
  lane: Lane,
  args: readonly Instruction[],
  compute: (scalars: readonly Instruction[]) => Instruction,
): Instruction {
  const held = args.map((x) => context.temp('v128', x))
  const results = [0, 1, 2, 3].map((i) => compute(held.map((x) => extract(lane, i, x))))
  return pack(lane === 'f32' ? 'f32' : 'i32', results)
}

function wholeAlu(context: AluContext, name: AluName, lane: Lane, args: readonly Instruction[]): Instruction {
  const [a = zeroVector, b = zeroVector] = args
  const sign = lane === 'i32' ? 's' : 'u'
  const same = wholeSame[name]
  if (same !== undefined) return op(same, ...args)
  switch (name) {
    case 'abs':
      return lane === 'i32' ? op('i32x4.abs', a) : a
    case 'min':
    case 'max':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return op(`i32x4.${name}_${sign}`, a, b)
    case 'popcnt':
      return op('i32x4.extadd_pairwise_i16x8_u', op('i16x8.extadd_pairwise_i8x16_u', op('i8x16.popcnt', a)))
    default:
      return laneByLane(context, lane, args, (scalars) => scalarAlu(context, name, lane, scalars))
  }
}

/** Shifts of all lanes by one count. */
export function uniformShift(name: 'shl' | 'shrU' | 'shrS', x: Instruction, count: Instruction): Instruction {
  return op(({ shl: 'i32x4.shl', shrU: 'i32x4.shr_u', shrS: 'i32x4.shr_s' } as const)[name], x, count)
}

function floatAlu(context: AluContext, name: AluName, args: readonly Instruction[]): Instruction {
  if (floatSame.has(name)) return op(`f32x4.${name}` as Plain, ...args)
  if (name === 'roundFloat16' || name === 'roundBfloat16' || isMathName(name)) {
    const vector = context.vectorFunction(name)
    if (vector !== null) return call(vector, ...args)
  }
  return laneByLane(context, 'f32', args, (scalars) => scalarAlu(context, name, 'f32', scalars))
}

/** `lane` is that of the operands (of the choices, for select). */
export function vectorAlu(
  context: AluContext,
  name: AluName,
  lane: Lane,
  args: readonly Instruction[],
): Instruction {
  if (name === 'select') {
    const [mask = zeroVector, onTrue = zeroVector, onFalse = zeroVector] = args
    // Masks are all ones or all zeros, for which both give the same; the relaxed one is one machine instruction.
    return op(context.relaxed === true ? 'i32x4.relaxed_laneselect' : 'v128.bitselect', onTrue, onFalse, mask)
  }
  invariant(lane !== 'f64', 'wasm: f64 lanes are not vectorised')
  return lane === 'f32' ? floatAlu(context, name, args) : wholeAlu(context, name, lane, args)
}

/** Numeric conversion; float to integer saturates, NaN gives 0. */
export function vectorCast(from: Lane, to: Lane, x: Instruction): Instruction {
  if (from === 'bool')
    return to === 'f32' ? op('v128.and', x, uniformVector('f32', 1)) : op('i32x4.shr_u', x, i32(31))
  if (to === 'bool') return op(from === 'f32' ? 'f32x4.ne' : 'i32x4.ne', x, zeroVector)
  if (from === 'f32') return to === 'f32' ? x : op(`i32x4.trunc_sat_f32x4_${to === 'i32' ? 's' : 'u'}`, x)
  return to === 'f32' ? op(`f32x4.convert_i32x4_${from === 'i32' ? 's' : 'u'}`, x) : x
}
