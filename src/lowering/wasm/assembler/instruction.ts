/**
 * One representation of WebAssembly code, as trees: an instruction holds the instructions that give its
 * operands. Encoded by encode.ts, shown as text by print.ts; the constructors here are what emission calls.
 */

import { invariant } from '../../../core/errors.js'
import {
  arityOf,
  atomics,
  type AtomicName,
  type LaneMemoryName,
  type LaneName,
  type LoadName,
  type Plain,
  type StoreName,
} from './opcodes.js'

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128'

/** A parameter or local variable of a function. */
export interface Local {
  readonly index: number
  readonly type: ValueType
  readonly name: string
}

/** Where a branch goes: the end of a block, the start of a loop. Identity is the label. */
export interface Label {
  readonly name: string
}

/** A function of the module, defined or imported; its index is known when the module is complete. */
export interface FunctionReference {
  readonly name: string
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

export type Instruction =
  | { readonly kind: 'plain'; readonly name: Plain; readonly args: readonly Instruction[] }
  | {
      readonly kind: 'load'
      readonly name: LoadName
      readonly offset: number
      readonly args: readonly Instruction[]
    }
  | {
      readonly kind: 'store'
      readonly name: StoreName
      readonly offset: number
      readonly args: readonly Instruction[]
    }
  | {
      readonly kind: 'laneMemory'
      readonly name: LaneMemoryName
      readonly offset: number
      readonly lane: number
      readonly args: readonly Instruction[]
    }
  | {
      readonly kind: 'atomic'
      readonly name: AtomicName
      readonly offset: number
      readonly args: readonly Instruction[]
    }
  | {
      readonly kind: 'lane'
      readonly name: LaneName
      readonly lane: number
      readonly args: readonly Instruction[]
    }
  | { readonly kind: 'shuffle'; readonly lanes: readonly number[]; readonly args: readonly Instruction[] }
  /** An i64 is one that 32 bits hold. */
  | { readonly kind: 'const'; readonly type: 'i32' | 'i64' | 'f32' | 'f64'; readonly value: number }
  /** The vector of four 32-bit words. */
  | { readonly kind: 'vector'; readonly words: readonly [number, number, number, number] }
  | { readonly kind: 'get'; readonly local: Local }
  | { readonly kind: 'set'; readonly local: Local; readonly args: readonly [Instruction] }
  | { readonly kind: 'call'; readonly target: FunctionReference; readonly args: readonly Instruction[] }
  | { readonly kind: 'block' | 'loop'; readonly label: Label; readonly body: readonly Instruction[] }
  | {
      readonly kind: 'if'
      readonly args: readonly [Instruction]
      readonly body: readonly Instruction[]
      readonly otherwise: readonly Instruction[]
    }
  | { readonly kind: 'branch'; readonly label: Label; readonly args: readonly Instruction[] }

export function op(name: Plain, ...args: readonly Instruction[]): Instruction {
  if (args.length !== arityOf(name)) invariant(false, `wasm ${name} with ${args.length} operands`)
  return { kind: 'plain', name, args }
}
/** `offset` is added to the address without wrapping around, so it must not be negative. */
export function load(name: LoadName, address: Instruction, offset = 0): Instruction {
  if (offset < 0) invariant(false, `wasm ${name} with offset ${offset}`)
  return { kind: 'load', name, offset, args: [address] }
}
export function store(name: StoreName, address: Instruction, value: Instruction, offset = 0): Instruction {
  if (offset < 0) invariant(false, `wasm ${name} with offset ${offset}`)
  return { kind: 'store', name, offset, args: [address, value] }
}
export function atomic(
  name: AtomicName,
  address: Instruction,
  offset: number,
  ...values: readonly Instruction[]
): Instruction {
  if (values.length + 1 !== atomics[name][1])
    invariant(false, `wasm ${name} with ${values.length + 1} operands`)
  return { kind: 'atomic', name, offset, args: [address, ...values] }
}
export function laneMemory(
  name: LaneMemoryName,
  address: Instruction,
  vector: Instruction,
  lane: number,
  offset = 0,
): Instruction {
  if (offset < 0) invariant(false, `wasm ${name} with offset ${offset}`)
  return { kind: 'laneMemory', name, offset, lane, args: [address, vector] }
}
export const lane = (name: LaneName, index: number, ...args: readonly Instruction[]): Instruction => ({
  kind: 'lane',
  name,
  lane: index,
  args,
})
/** Picks four 32-bit words from the eight of a and b. */
export const shuffleWords = (
  a: Instruction,
  b: Instruction,
  words: readonly [number, number, number, number],
): Instruction => ({
  kind: 'shuffle',
  lanes: words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]),
  args: [a, b],
})
export const constant = (type: 'i32' | 'i64' | 'f32' | 'f64', value: number): Instruction => ({
  kind: 'const',
  type,
  value,
})
export const i32 = (value: number): Instruction => constant('i32', value)
export const vectorConstant = (words: readonly [number, number, number, number]): Instruction => ({
  kind: 'vector',
  words,
})
export const get = (local: Local): Instruction => ({ kind: 'get', local })
export const set = (local: Local, value: Instruction): Instruction => ({ kind: 'set', local, args: [value] })
export function call(target: FunctionReference, ...args: readonly Instruction[]): Instruction {
  if (args.length !== target.params.length)
    invariant(false, `wasm call of ${target.name} with ${args.length} operands`)
  return { kind: 'call', target, args }
}
export const makeLabel = (name: string): Label => ({ name })
export const block = (label: Label, body: readonly Instruction[]): Instruction => ({
  kind: 'block',
  label,
  body,
})
export const loop = (label: Label, body: readonly Instruction[]): Instruction => ({
  kind: 'loop',
  label,
  body,
})
export const when = (
  condition: Instruction,
  body: readonly Instruction[],
  otherwise: readonly Instruction[] = [],
): Instruction => ({
  kind: 'if',
  args: [condition],
  body,
  otherwise,
})
/** Goes to the label, always or where the condition is not 0. */
export const branch = (label: Label, condition?: Instruction): Instruction => ({
  kind: 'branch',
  label,
  args: condition === undefined ? [] : [condition],
})

/** a + b, folding constants. */
export function add(a: Instruction, b: Instruction): Instruction {
  if (a.kind === 'const' && b.kind === 'const') return i32((a.value + b.value) | 0)
  if (a.kind === 'const' && a.value === 0) return b
  return b.kind === 'const' && b.value === 0 ? a : op('i32.add', a, b)
}

/** a · factor, as a shift where that is enough. */
export function scale(a: Instruction, factor: number): Instruction {
  if (factor === 1) return a
  if (factor === 0) return i32(0)
  if (a.kind === 'const') return i32(Math.imul(a.value, factor))
  const log = Math.log2(factor)
  return Number.isInteger(log) ? op('i32.shl', a, i32(log)) : op('i32.mul', a, i32(factor))
}

/** a - b, folding constants. */
export function subtract(a: Instruction, b: Instruction): Instruction {
  if (a.kind === 'const' && b.kind === 'const') return i32((a.value - b.value) | 0)
  return b.kind === 'const' && b.value === 0 ? a : op('i32.sub', a, b)
}

/** The smaller of two signed numbers. */
export function smaller(a: Instruction, b: Instruction): Instruction {
  if (a.kind === 'const' && b.kind === 'const') return a.value < b.value ? a : b
  return op('select', a, b, op('i32.lt_s', a, b))
}
