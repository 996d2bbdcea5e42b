/**
 * One operation of an expression as WGSL text: name, lane and operand texts → text.
 * Operands are atoms or in parentheses; compound results come in parentheses.
 */

import { invariant } from '../../core/errors.js'
import type { AluName, Lane } from '../expr.js'

export const wgslTypes: Readonly<Record<Exclude<Lane, 'f64'>, string>> = {
  f32: 'f32',
  i32: 'i32',
  u32: 'u32',
  bool: 'bool',
}

/** The WGSL type of a lane; float64 programs never come here (the device does not support the dtype). */
export function wgslType(lane: Lane): string {
  invariant(lane !== 'f64', 'a float64 lane reached the WGSL emission')
  return wgslTypes[lane]
}

type Operation = (a: string, b: string, c: string, lane: Lane) => string

const infix =
  (operator: string): Operation =>
  (a, b) =>
    `(${a} ${operator} ${b})`
const call =
  (name: string): Operation =>
  (a, b) =>
    b === '' ? `${name}(${a})` : `${name}(${a}, ${b})`
const byLane =
  (table: Partial<Record<Lane, Operation>>, name: AluName): Operation =>
  (a, b, c, lane) => {
    const operation = table[lane]
    invariant(operation !== undefined, `${name} has no meaning for lane ${lane}`)
    return operation(a, b, c, lane)
  }

const isConstant = (text: string): boolean => /^\(?-?\d+u?\)?$/.test(text)
/** A divisor known to be neither 0 nor -1 needs no care. */
const safeDivisor = (text: string): boolean => isConstant(text) && !/^\(?-?[01]u?\)?$/.test(text)

const divide =
  (operator: string, helper: string): Operation =>
  (a, b) =>
    safeDivisor(b) ? `(${a} ${operator} ${b})` : `${helper}(${a}, ${b})`

const asBits = (lane: Lane, text: string): string => (lane === 'u32' ? text : `bitcast<u32>(${text})`)

/** Comparison of truth values through their numbers. */
const compare =
  (operator: string): Operation =>
  (a, b, _, lane) =>
    lane === 'bool' ? `(u32(${a}) ${operator} u32(${b}))` : `(${a} ${operator} ${b})`

/** x ≠ x asks for NaN; a compiler that assumes there is none would fold it away. */
const equal: Operation = (a, b, _, lane) => (lane === 'f32' && a === b ? `(!isNan(${a}))` : `(${a} == ${b})`)
/** WGSL's != is false where an operand is NaN. */
const notEqual: Operation = (a, b, _, lane) =>
  lane !== 'f32' ? `(${a} != ${b})` : a === b ? `isNan(${a})` : `(!(${a} == ${b}))`

const bitwise =
  (operator: string): Operation =>
  (a, b, _, lane) =>
    lane === 'bool' && operator === '^' ? `(${a} != ${b})` : `(${a} ${operator} ${b})`

const operations: Partial<Record<AluName, Operation>> = {
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  div: byLane({ f32: infix('/'), i32: divide('/', 'divInt'), u32: divide('/', 'divUint') }, 'div'),
  rem: byLane({ f32: call('remFloat'), i32: divide('%', 'remInt'), u32: divide('%', 'remUint') }, 'rem'),
  neg: byLane({ f32: (a) => `(-${a})`, i32: (a) => `(-${a})`, u32: (a) => `(0u - ${a})` }, 'neg'),
  abs: byLane({ f32: call('abs'), i32: call('abs'), u32: (a) => a }, 'abs'),
  min: byLane({ f32: call('minFloat'), i32: call('min'), u32: call('min') }, 'min'),
  max: byLane({ f32: call('maxFloat'), i32: call('max'), u32: call('max') }, 'max'),
  sqrt: call('sqrt'),
  floor: call('floor'),
  ceil: call('ceil'),
  trunc: call('trunc'),
  nearest: call('round'),
  roundFloat16: call('roundFloat16'),
  roundBfloat16: call('roundBfloat16'),
  shl: (a, b, _, lane) => `(${a} << ${asBits(lane, b)})`,
  shrU: (a, b, _, lane) =>
    lane === 'u32' ? `(${a} >> ${b})` : `bitcast<i32>(bitcast<u32>(${a}) >> bitcast<u32>(${b}))`,
  shrS: (a, b, _, lane) =>
    lane === 'i32' ? `(${a} >> bitcast<u32>(${b}))` : `bitcast<u32>(bitcast<i32>(${a}) >> ${b})`,
  clz: call('countLeadingZeros'),
  popcnt: call('countOneBits'),
  and: bitwise('&'),
  or: bitwise('|'),
  xor: bitwise('^'),
  not: (a, _, __, lane) => (lane === 'bool' ? `(!${a})` : `(~${a})`),
  eq: equal,
  ne: notEqual,
  lt: compare('<'),
  le: compare('<='),
  gt: compare('>'),
  ge: compare('>='),
  select: (condition, a, b) => `select(${b}, ${a}, ${condition})`,
}

/** The operation applied to operand texts (`lane` is that of the operands), or null where it is a function of lowering/math. */
export function alu(name: AluName, lane: Lane, args: readonly string[]): string | null {
  const operation = operations[name]
  if (operation === undefined) return null
  return operation(args[0] ?? '', args[1] ?? '', args[2] ?? '', lane)
}

/** Numeric conversion between lanes as in expr.ts: truncating and saturating, NaN to 0, to bool by x ≠ 0. */
export function castText(from: Lane, to: Lane, text: string): string {
  if (to === 'bool')
    return from === 'f32' ? `(!(${text} == 0f))` : `(${text} != ${from === 'u32' ? '0u' : '0'})`
  if (from === 'f32') return to === 'i32' ? `toInt(${text})` : `toUint(${text})`
  return `${wgslType(to)}(${text})`
}

export const bitcastText = (to: Lane, text: string): string => `bitcast<${wgslType(to)}>(${text})`

/** A lane's value as it lies in memory, and back: truth values are 0 and 1 of type u32. */
export const storageLane = (lane: Lane): Lane => (lane === 'bool' ? 'u32' : lane)
