/**
 * Programs as WebAssembly modules. The module imports its memory and exports `run(table, thread, threads)`:
 * `table` is the address of a list of addresses (inputs, outputs, arena, control block), and every thread runs the
 * same function on its share of each step (schedule.ts).
 */

import { defined, invariant } from '../../core/errors.js'
import type { MathName } from '../expr.js'
import type { LeafKernel, Program } from '../kernel.js'
import type { FunctionReference } from './assembler/instruction.js'
import { encodeModule } from './assembler/encode.js'
import { ModuleBuilder } from './assembler/module.js'
import { printModule } from './assembler/print.js'
import type { BufferPlace, ModuleContext, Step } from './context.js'
import { emitContraction } from './contraction.js'
import { emitCumulative } from './cumulative.js'
import { defineRemainder, defineVectorFunction, expansionOf, importHostFunction } from './functions.js'
import { emitLoop } from './loop.js'
import { emitReduce } from './reduce.js'
import type { RoundingName } from './scalarAlu.js'
import { defaultSerialBelow, Schedule } from './schedule.js'
import { emitScatter } from './scatter.js'
import { emitSort } from './sort.js'
import { Workspace } from './workspace.js'

/** A module ready to compile. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly imports: readonly string[]
  /** The arena that the program needs: its intermediates and the scratch space of its kernels. */
  readonly arenaBytes: number
  /** The most threads that it has work for; 1 where it has none to share. */
  readonly usefulThreads: number
  /** Whether there is so much to share that sleeping workers should be waited for. */
  readonly wakes: boolean
}

/** What the engine can do, and what it is to be used for. */
export interface EmitOptions {
  /** Relaxed SIMD's multiply-add. */
  readonly fma: boolean
  /** Whether the memory that the module imports is shared; a module for several threads needs that. */
  readonly shared: boolean
  /** The most threads that will run the program. */
  readonly threads: number
  /** Steps of less work than this (about nanoseconds) are run by one thread; tests set 0. */
  readonly serialBelow?: number
}

/** The entry of a program's table with the address of the control block; addresses of buffers and the arena precede it. */
export const controlSlotOf = ({ inputs, outputs }: Program): number => inputs.length + outputs.length + 1

class Context implements ModuleContext {
  readonly builder: ModuleBuilder
  readonly fma: boolean
  readonly threads: number
  readonly expansion = expansionOf
  readonly #program: Program
  readonly #functions = new Map<string, FunctionReference>()
  readonly workspace: Workspace
  readonly #scratch: BufferPlace[] = []

  constructor(program: Program, { fma, shared, threads }: EmitOptions) {
    invariant(shared || threads === 1, 'wasm: several threads without shared memory')
    this.builder = new ModuleBuilder(shared)
    this.fma = fma
    this.threads = threads
    this.#program = program
    this.workspace = new Workspace(program)
  }

  scratch(size: number): number {
    const { inputs, outputs, buffers } = this.#program
    // A vector more than asked: loads of whole vectors may reach past the end.
    const offset = this.workspace.take(4 * size + 16)
    this.#scratch.push({ slot: inputs.length + outputs.length, offset, lane: 'f32', size })
    return buffers.length + this.#scratch.length - 1
  }
  place(buffer: number): BufferPlace {
    const { buffers, inputs, outputs, plan } = this.#program
    if (buffer >= buffers.length)
      return defined(this.#scratch[buffer - buffers.length], 'wasm: unknown scratch buffer')
    const { id, lane, size } = defined(buffers[buffer], 'wasm: unknown buffer')
    const place = defined(plan.places[buffer], 'wasm: buffer without a place')
    invariant(id === buffer, 'wasm: buffers are numbered by their place in the list')
    if (place.kind === 'input') return { slot: place.input, offset: 0, lane, size }
    if (place.kind === 'output') return { slot: inputs.length + place.output, offset: 0, lane, size }
    return { slot: inputs.length + outputs.length, offset: place.offset, lane, size }
  }
  vectorFunction(name: MathName | RoundingName): FunctionReference {
    const known = this.#functions.get(name)
    if (known !== undefined) return known
    const made = defineVectorFunction(this, name)
    this.#functions.set(name, made)
    return made
  }
  hostFunction(name: MathName | 'rem', lane: 'f32' | 'f64'): FunctionReference {
    if (name !== 'rem' || lane !== 'f32') return importHostFunction(this.builder, name, lane)
    const made = this.#functions.get('remainder') ?? defineRemainder(this.builder)
    this.#functions.set('remainder', made)
    return made
  }
}

function emitKernel(context: Context, kernel: LeafKernel, at: number): readonly Step[] {
  const name = `${kernel.kind}${at}`
  switch (kernel.kind) {
    case 'loop':
      return emitLoop(context, kernel, name)
    case 'reduce':
      return emitReduce(context, kernel, name)
    case 'contraction':
      return emitContraction(context, kernel, name)
    case 'scatter':
      return emitScatter(context, kernel, name)
    case 'cumulative':
      return emitCumulative(context, kernel, name)
    case 'sort':
      return emitSort(context, kernel, name)
  }
}

function build(
  program: Program,
  options: EmitOptions,
): { readonly context: Context; readonly schedule: Schedule } {
  const context = new Context(program, options)
  let count = 0
  const schedule = new Schedule(
    {
      builder: context.builder,
      controlSlot: controlSlotOf(program),
      place: (buffer) => context.place(buffer),
      emit: (kernel, inLoop) => {
        context.workspace.start(inLoop)
        return emitKernel(context, kernel, count++)
      },
    },
    { threads: options.threads, serialBelow: options.serialBelow ?? defaultSerialBelow },
  )
  schedule.write(program.kernels)
  return { context, schedule }
}

/** The program as a module. */
export function emitProgram(program: Program, options: EmitOptions): EmittedProgram {
  const { context, schedule } = build(program, options)
  const { builder, workspace } = context
  const imports = builder.imports.map((f) => f.name)
  const { usefulThreads, wakes } = schedule
  return { bytes: encodeModule(builder), imports, arenaBytes: workspace.bytes, usefulThreads, wakes }
}

/** The program as WebAssembly text. */
export const programText = (program: Program, options: EmitOptions): string =>
  printModule(build(program, options).context.builder)
