/**
 * Operations on one number: operation, lane and operands → instructions. A truth value is an i32 0 or 1.
 */

import { invariant } from '../../core/errors.js'
import type { AluName, Lane, MathName } from '../expr.js'
import {
  call,
  constant,
  i32,
  lane as laneOp,
  op,
  type FunctionReference,
  type Instruction,
  type ValueType,
} from './assembler/instruction.js'
import type { Plain } from './assembler/opcodes.js'
import { isMathName } from './hostMath.js'

export type RoundingName = 'roundFloat16' | 'roundBfloat16'

/** What operations need besides their operands. */
export interface AluContext {
  /** Keeps a value that is used more than once. */
  temp(type: ValueType, value: Instruction): Instruction
  /** The engine has relaxed SIMD. */
  readonly relaxed?: boolean
  /** The module's function over four f32 lanes, or null where there is none. */
  vectorFunction(name: MathName | RoundingName): FunctionReference | null
  /** The host's function of f64 numbers; `rem` is the remainder with the sign of the dividend. */
  hostFunction(name: MathName | 'rem', lane: 'f32' | 'f64'): FunctionReference
}

export const scalarType = (lane: Lane): 'f32' | 'f64' | 'i32' =>
  lane === 'f32' || lane === 'f64' ? lane : 'i32'

/** A number of a lane as an instruction. */
export const constantOf = (lane: Lane, value: number): Instruction => {
  const type = scalarType(lane)
  return type === 'i32' ? i32(value | 0) : constant(type, value)
}

/** Operations of floats that the instruction set has under the same names, of one number as of four lanes. */
export const floatSame: ReadonlySet<AluName> = new Set<AluName>([
  'add',
  'sub',
  'mul',
  'div',
  'neg',
  'abs',
  'min',
  'max',
  'sqrt',
  'floor',
  'ceil',
  'trunc',
  'nearest',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
])

const wholeSame: Readonly<Partial<Record<AluName, Plain>>> = {
  add: 'i32.add',
  sub: 'i32.sub',
  mul: 'i32.mul',
  and: 'i32.and',
  or: 'i32.or',
  xor: 'i32.xor',
  shl: 'i32.shl',
  shrU: 'i32.shr_u',
  shrS: 'i32.shr_s',
  clz: 'i32.clz',
  popcnt: 'i32.popcnt',
  eq: 'i32.eq',
  ne: 'i32.ne',
}

/** x div 0 is all bits set, x rem 0 is x, and the least number divided by -1 wraps to itself; WebAssembly would trap. */
function divide(
  context: AluContext,
  signed: boolean,
  remainder: boolean,
  x: Instruction,
  y: Instruction,
): Instruction {
  const [a, b] = [context.temp('i32', x), context.temp('i32', y)]
  const name: Plain = remainder ? (signed ? 'i32.rem_s' : 'i32.rem_u') : signed ? 'i32.div_s' : 'i32.div_u'
  const zero = op('i32.eqz', b)
  if (remainder || !signed) {
    const result = op(name, a, op('select', i32(1), b, zero))
    return op('select', remainder ? a : i32(-1), result, zero)
  }
  const minusOne = op('i32.eq', b, i32(-1))
  const result = op(name, a, op('select', i32(1), b, op('i32.or', zero, minusOne)))
  return op('select', i32(-1), op('select', op('i32.sub', i32(0), a), result, minusOne), zero)
}

function wholeAlu(context: AluContext, name: AluName, lane: Lane, args: readonly Instruction[]): Instruction {
  const [a = i32(0), b = i32(0)] = args
  const signed = lane === 'i32'
  const same = wholeSame[name]
  if (same !== undefined) return op(same, ...args)
  switch (name) {
    case 'div':
    case 'rem':
      return divide(context, signed, name === 'rem', a, b)
    case 'neg':
      return op('i32.sub', i32(0), a)
    case 'abs': {
      if (!signed) return a
      const x = context.temp('i32', a)
      return op('select', op('i32.sub', i32(0), x), x, op('i32.lt_s', x, i32(0)))
    }
    case 'not':
      return lane === 'bool' ? op('i32.eqz', a) : op('i32.xor', a, i32(-1))
    case 'min':
    case 'max': {
      const [x, y] = [context.temp('i32', a), context.temp('i32', b)]
      const less = op(signed ? 'i32.lt_s' : 'i32.lt_u', x, y)
      return name === 'min' ? op('select', x, y, less) : op('select', y, x, less)
    }
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return op(`i32.${name}_${signed ? 's' : 'u'}`, a, b)
    default:
      return invariant(false, `wasm: ${name} on lane ${lane}`) as never
  }
}

const promoted = (lane: Lane, x: Instruction): Instruction => (lane === 'f32' ? op('f64.promote_f32', x) : x)
const demoted = (lane: Lane, x: Instruction): Instruction => (lane === 'f32' ? op('f32.demote_f64', x) : x)

function floatFunction(
  context: AluContext,
  name: AluName,
  lane: 'f32' | 'f64',
  args: readonly Instruction[],
): Instruction {
  if (name === 'roundFloat16' || name === 'roundBfloat16' || (isMathName(name) && lane === 'f32')) {
    const vector = context.vectorFunction(name)
    if (vector !== null)
      return laneOp('f32x4.extract_lane', 0, call(vector, ...args.map((x) => op('f32x4.splat', x))))
  }
  invariant(name === 'rem' || isMathName(name), `wasm: ${name} on lane ${lane}`)
  return demoted(lane, call(context.hostFunction(name, lane), ...args.map((x) => promoted(lane, x))))
}

/** `lane` is that of the operands (of the choices, for select). */
export function scalarAlu(
  context: AluContext,
  name: AluName,
  lane: Lane,
  args: readonly Instruction[],
): Instruction {
  if (name === 'select') {
    const [pred = i32(0), onTrue = i32(0), onFalse = i32(0)] = args
    return op('select', onTrue, onFalse, pred)
  }
  if (lane !== 'f32' && lane !== 'f64') return wholeAlu(context, name, lane, args)
  if (floatSame.has(name)) return op(`${lane}.${name}` as Plain, ...args)
  return floatFunction(context, name, lane, args)
}

/** Numeric conversion; float to integer saturates, NaN gives 0. */
export function scalarCast(from: Lane, to: Lane, x: Instruction): Instruction {
  const [source, target] = [scalarType(from), scalarType(to)]
  if (to === 'bool')
    return source === 'i32' ? op('i32.ne', x, i32(0)) : op(`${source}.ne`, x, constant(source, 0))
  if (source === 'i32') {
    if (target === 'i32') return x
    return op(`${target}.convert_i32_${from === 'i32' ? 's' : 'u'}`, x)
  }
  if (target === 'i32') return op(`i32.trunc_sat_${source}_${to === 'i32' ? 's' : 'u'}`, x)
  if (source === target) return x
  return target === 'f64' ? op('f64.promote_f32', x) : op('f32.demote_f64', x)
}

export function scalarBitcast(from: Lane, to: Lane, x: Instruction): Instruction {
  if ((from === 'f32') === (to === 'f32')) return x
  return to === 'f32' ? op('f32.reinterpret_i32', x) : op('i32.reinterpret_f32', x)
}
