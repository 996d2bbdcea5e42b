/**
 * What the emission of every kernel of one module shares: where buffers lie, and the functions that code calls.
 */

import type { Expr, ExprBuilder, Lane, MathName } from '../expr.js'
import type { FunctionReference } from './assembler/instruction.js'
import type { ModuleBuilder } from './assembler/module.js'
import type { AluContext } from './scalarAlu.js'

/** A buffer as generated code finds it: the byte `offset` from the address in entry `slot` of the table. */
export interface BufferPlace {
  readonly slot: number
  readonly offset: number
  readonly lane: Lane
  /** Elements. */
  readonly size: number
}

export interface ModuleContext extends Omit<AluContext, 'temp'> {
  readonly builder: ModuleBuilder
  place(buffer: number): BufferPlace
  /** The engine has fused multiply-add on vectors. */
  readonly fma: boolean
  /** The most threads that will run the program; each gets its number as the last argument of a step. */
  readonly threads: number
  /** The function `name` of the module, which `define` adds when it is first asked for: it does the same for all kernels. */
  shared(name: string, define: () => FunctionReference): FunctionReference
  /** What a vector function computes, for code that has it inline. */
  expansion(name: MathName, b: ExprBuilder, args: readonly Expr[]): Expr
  /** Whether the kernel that is being emitted is in a loop: then the time that it takes counts many times. */
  readonly inLoop: boolean
  /** A buffer for the time of one kernel, in the scratch part of the arena; `size` in elements of 32 bits. */
  scratch(size: number): number
}

/**
 * One step of a program: `function(table, begin, end, thread)` for any part of [0, units). All threads finish a step
 * before the next one starts. A thread may get any number of parts, in any order; nothing that is kept must depend on
 * which thread it was.
 */
export interface Step {
  readonly name: string
  readonly target: FunctionReference
  /** The entry of the program's table where the table of the function begins; absent: 0. */
  readonly table?: number
  readonly units: number
  /** Units for each call: so many that calls cost little, so few that optimised code takes over soon. */
  readonly grain: number
  /** About the nanoseconds that one thread needs for the whole step: whether sharing it pays depends on this. */
  readonly work: number
  /**
   * The buffers that the step reads, where it writes nothing but scratch memory of its kernel: a loop that does not
   * write them need not repeat it.
   */
  readonly prepares?: readonly number[]
}

/** Bytes below the first buffer and above the last one that loads may touch. */
export const guardBytes = 65536
