/**
 * Programs as WebAssembly modules. The module imports its memory and exports `run(table, thread, threads)`:
 * `table` is the address of a list of addresses (inputs, outputs, arena), and every thread runs the same
 * function on its share of each step.
 */

import { defined, invariant } from '../../core/errors.js'
import type { MathName } from '../expr.js'
import type { Kernel, LeafKernel, Program, RepeatKernel, WhileKernel } from '../kernel.js'
import {
  block,
  branch,
  call,
  get,
  i32,
  load,
  loop,
  makeLabel,
  op,
  set,
  type FunctionReference,
  type Instruction,
} from './assembler/instruction.js'
import { encodeModule } from './assembler/encode.js'
import { countedLoop, FunctionBuilder, ModuleBuilder } from './assembler/module.js'
import { printModule } from './assembler/print.js'
import { BeforeLoops } from './beforeLoops.js'
import type { BufferPlace, ModuleContext, Step } from './context.js'
import { emitContraction } from './contraction.js'
import { emitCumulative } from './cumulative.js'
import { defineRemainder, defineVectorFunction, expansionOf, importHostFunction } from './functions.js'
import { emitLoop } from './loop.js'
import { emitReduce } from './reduce.js'
import type { RoundingName } from './scalarAlu.js'
import { emitScatter } from './scatter.js'
import { emitSort } from './sort.js'

/** A module ready to compile. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly imports: readonly string[]
  /** The arena that the program needs: its intermediates and the scratch space of its kernels. */
  readonly arenaBytes: number
}

/** What the engine can do. */
export interface EmitOptions {
  /** Relaxed SIMD's multiply-add. */
  readonly fma: boolean
  /** The most threads that will run the program. */
  readonly threads: number
}

const alignment = 64
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

class Context implements ModuleContext {
  readonly builder = new ModuleBuilder()
  readonly fma: boolean
  readonly threads: number
  readonly expansion = expansionOf
  readonly #program: Program
  readonly #functions = new Map<string, FunctionReference>()
  readonly #scratchStart: number
  readonly #scratch: BufferPlace[] = []
  #scratchAt: number
  arenaBytes: number

  constructor(program: Program, { fma, threads }: EmitOptions) {
    this.fma = fma
    this.threads = threads
    this.#program = program
    this.#scratchStart = aligned(program.plan.arenaBytes)
    this.#scratchAt = this.#scratchStart
    this.arenaBytes = this.#scratchStart
  }

  /** Scratch buffers live as long as a kernel, or as the outermost loop around it. */
  startKernel(inLoop: boolean): void {
    if (!inLoop) this.#scratchAt = this.#scratchStart
  }
  scratch(size: number): number {
    const { inputs, outputs, buffers } = this.#program
    this.#scratch.push({ slot: inputs.length + outputs.length, offset: this.#scratchAt, lane: 'f32', size })
    // A vector more than asked: loads of whole vectors may reach past the end.
    this.#scratchAt += aligned(4 * size + 16)
    this.arenaBytes = Math.max(this.arenaBytes, this.#scratchAt)
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

/** Calls the step's function for this thread's share of its units, a grain at a time. */
function runStep(fn: FunctionBuilder, step: Step): Instruction[] {
  const [table, thread, threads] = fn.parameters.map(get) as [Instruction, Instruction, Instruction]
  const { target, units, grain } = step
  const share = op('i32.div_u', op('i32.add', i32(units - 1), threads), threads)
  const at = fn.local('i32', 'at')
  const end = fn.local('i32', 'end')
  const smaller = (a: Instruction, b: Instruction): Instruction => op('select', a, b, op('i32.lt_s', a, b))
  const start = fn.local('i32', 'start')
  return [
    set(end, share),
    set(start, op('i32.mul', thread, get(end))),
    set(end, smaller(op('i32.add', get(start), get(end)), i32(units))),
    ...(units <= grain
      ? [call(target, table, get(start), get(end), thread)]
      : countedLoop(
          at,
          get(start),
          get(end),
          grain,
          [call(target, table, get(at), smaller(op('i32.add', get(at), i32(grain)), get(end)), thread)],
          false,
        )),
  ]
}

/** The instructions that run kernels one after another, loops included. */
class Sequence {
  readonly #context: Context
  readonly #run: FunctionBuilder
  readonly #loops = new BeforeLoops<Instruction>()
  #count = 0

  constructor(context: Context, run: FunctionBuilder) {
    this.#context = context
    this.#run = run
  }

  of(kernels: readonly Kernel[]): Instruction[] {
    return kernels.flatMap((kernel) => this.#one(kernel))
  }

  #one(kernel: Kernel): Instruction[] {
    if (kernel.kind === 'repeat' || kernel.kind === 'while') {
      if (this.#loops.depth === 0) this.#context.startKernel(false)
      return this.#loops.around(kernel, () => this.#loop(kernel))
    }
    this.#context.startKernel(this.#loops.depth > 0)
    const steps = emitKernel(this.#context, kernel, this.#count++)
    return steps.flatMap((step) => this.#loops.place(step, runStep(this.#run, step)))
  }

  #loop(kernel: RepeatKernel | WhileKernel): Instruction[] {
    if (kernel.kind === 'repeat') {
      const turn = this.#run.local('i32', 'turn')
      return countedLoop(turn, i32(0), i32(kernel.times), 1, this.of(kernel.body), true)
    }
    const [top, done] = [makeLabel('while'), makeLabel('while_done')]
    const stop = op('i32.eqz', this.#flag(kernel.predicate))
    const turn = [...this.of(kernel.test), branch(done, stop), ...this.of(kernel.body), branch(top)]
    return [block(done, [loop(top, turn)])]
  }

  /** The truth value in a buffer of one. */
  #flag(buffer: number): Instruction {
    const { slot, offset } = this.#context.place(buffer)
    const table = get(defined(this.#run.parameters[0], 'wasm: run without a table'))
    return load('i32.load', op('i32.add', load('i32.load', table, 4 * slot), i32(offset)))
  }
}

function build(program: Program, options: EmitOptions): Context {
  const context = new Context(program, options)
  const run = new FunctionBuilder('run', [
    ['table', 'i32'],
    ['thread', 'i32'],
    ['threads', 'i32'],
  ])
  run.body.push(...new Sequence(context, run).of(program.kernels))
  context.builder.functions.push(run)
  context.builder.exports.push(run)
  return context
}

/** The program as a module. */
export function emitProgram(program: Program, options: EmitOptions): EmittedProgram {
  const { builder, arenaBytes } = build(program, options)
  return { bytes: encodeModule(builder), imports: builder.imports.map((f) => f.name), arenaBytes }
}

/** The program as WebAssembly text. */
export const programText = (program: Program, options: EmitOptions): string =>
  printModule(build(program, options).builder)
