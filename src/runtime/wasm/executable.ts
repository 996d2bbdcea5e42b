/**
 * One program compiled for the WASM backend. A run writes the addresses of inputs, outputs and arena into the
 * program's table, and makes one call, in every thread if there is work for several.
 */

import { defined, invariant } from '../../core/errors.js'
import { laneBytes } from '../../lowering/expr.js'
import type { Program } from '../../lowering/kernel.js'
import { printKernels, printPlan } from '../../lowering/print.js'
import {
  controlSlotOf,
  emitProgram,
  firstEntryOf,
  programText,
  type EmitOptions,
  type EmittedProgram,
} from '../../lowering/wasm/program.js'
import type { Buffer, Executable } from '../backend.js'
import type { WasmBuffer } from './machine.js'
import { type Machine } from './machine.js'
import type { SharedProgram } from './team.js'

type Run = (table: number, thread: number, threads: number) => void

/** Where output `i` comes from: new memory of that many bytes, or a donated input. */
type OutputSource =
  | { readonly bytes: number; readonly input: null }
  | { readonly bytes: number; readonly input: number }

/** The program as a module, for one way of using the machine. */
interface Compiled {
  readonly options: EmitOptions
  readonly run: Run
  readonly table: WasmBuffer
  readonly arenaBytes: number
  readonly leastBytes: number
  readonly entries: EmittedProgram['entries']
  /** How workers get the program; null where thread 0 does everything. */
  readonly shared: SharedProgram | null
}

export class WasmExecutable implements Executable {
  readonly kernelCount: number
  readonly #machine: Machine
  readonly #program: Program
  #compiled: Compiled
  /** What the machine keeps for the module. */
  #tables: readonly WasmBuffer[] = []
  readonly #outputs: readonly OutputSource[]
  /** Inputs whose memory becomes an output. */
  readonly #reused: readonly boolean[]

  constructor(machine: Machine, program: Program) {
    this.#machine = machine
    this.#program = program
    this.kernelCount = program.kernels.length
    this.#compiled = this.#compile()
    this.#outputs = program.outputs.map((id) => {
      const spec = defined(program.buffers[id], 'wasm: output without a buffer')
      const place = defined(program.plan.places[id], 'wasm: output without a place')
      invariant(place.kind !== 'arena', 'wasm: an output in the arena')
      return { bytes: spec.size * laneBytes(spec.lane), input: place.kind === 'input' ? place.input : null }
    })
    this.#reused = program.inputs.map((_, i) => this.#outputs.some((o) => o.input === i))
  }

  #compile(): Compiled {
    const machine = this.#machine
    const program = this.#program
    const { options } = machine
    const emitted = emitProgram(program, options)
    const run = compileRun(machine, emitted, program)
    const isShared = emitted.usefulThreads > 1
    machine.keep(this)
    for (const table of this.#tables) machine.releaseTable(table)
    const { arenaBytes, leastBytes, entries } = emitted
    const table = machine.table(4 * (firstEntryOf(program) + entries.length))
    const bytes = isShared ? machine.table(emitted.bytes.length) : null
    this.#tables = bytes === null ? [table] : [table, bytes]
    machine.releaseWith(this, this.#tables)
    const shared = bytes === null ? null : this.#share(table, bytes, emitted)
    return { options, run, table, arenaBytes, leastBytes, entries, shared }
  }

  /** Puts the module where workers find it. */
  #share(
    table: WasmBuffer,
    memory: WasmBuffer,
    { bytes, usefulThreads, wakes }: EmittedProgram,
  ): SharedProgram {
    const machine = this.#machine
    const { team } = machine
    new Uint8Array(machine.bytes, memory.address, bytes.length).set(bytes)
    machine.words[(table.address >>> 2) + controlSlotOf(this.#program)] = team.control
    return {
      id: machine.nextProgram(),
      moduleAddress: memory.address,
      moduleBytes: bytes.length,
      table: table.address,
      usefulThreads,
      wakes,
    }
  }

  run(inputs: readonly Buffer[], donated: readonly boolean[]): readonly Buffer[] {
    const machine = this.#machine
    if (this.#compiled.options !== machine.options) this.#compiled = this.#compile()
    const { table, arenaBytes, entries, shared, run } = this.#compiled
    const count = inputs.length
    // All memory first: it may grow, and growing ends the view that addresses are written through.
    const arena = arenaBytes === 0 ? 0 : machine.arena(arenaBytes)
    const outputs = this.#allocate(inputs, donated)
    const words = machine.words
    const at = table.address >>> 2
    for (let i = 0; i < count; i++) words[at + i] = (inputs[i] as WasmBuffer).address
    for (let i = 0; i < outputs.length; i++) {
      const { address } = outputs[i] as WasmBuffer
      const { input } = this.#outputs[i] as OutputSource
      words[at + (input ?? count + i)] = address
    }
    words[at + count + outputs.length] = arena
    const added = at + firstEntryOf(this.#program)
    for (let i = 0; i < entries.length; i++) {
      const { slot, offset } = entries[i] as EmittedProgram['entries'][number]
      words[added + i] = (words[at + slot] as number) + offset
    }
    if (shared === null) run(table.address, 0, 1)
    else this.#runShared(run, shared)
    for (let i = 0; i < count; i++)
      if (donated[i] === true && this.#reused[i] !== true) machine.release(inputs[i] as WasmBuffer)
    return outputs
  }

  #runShared(run: Run, program: SharedProgram): void {
    const machine = this.#machine
    machine.checkOpen('running a program')
    try {
      machine.team.run(run, program)
    } catch (error) {
      machine.checkOpen('running a program')
      throw error
    }
  }

  /** Memory for the outputs, or none of it where there is not enough. */
  #allocate(inputs: readonly Buffer[], donated: readonly boolean[]): WasmBuffer[] {
    const outputs: WasmBuffer[] = []
    try {
      for (const { bytes, input } of this.#outputs) {
        if (input === null) outputs.push(this.#machine.buffer(bytes))
        else {
          const given = inputs[input] as WasmBuffer
          outputs.push(donated[input] === true ? given : this.#machine.copy(given))
        }
      }
      return outputs
    } catch (error) {
      for (const made of outputs) if (!inputs.includes(made)) this.#machine.release(made)
      throw error
    }
  }

  explain(): Readonly<Record<string, string>> {
    const { arenaBytes, leastBytes } = this.#compiled
    return {
      kernels: printKernels(this.#program),
      memory: `${printPlan(this.#program)}\nwith the workspace of kernels: ${arenaBytes} bytes; lower bound by liveness ${leastBytes} bytes`,
      wat: programText(this.#program, this.#machine.options),
    }
  }
}

/** A module that does not compile is a bug of ours: the message says in which function. */
function compileRun(machine: Machine, { bytes, imports }: EmittedProgram, program: Program): Run {
  try {
    const instance = machine.instantiate(new WebAssembly.Module(bytes), imports)
    return instance.exports['run'] as Run
  } catch (error) {
    const kernels = program.kernels.map((k, i) => `${k.kind}${i}`).join(', ')
    return invariant(
      false,
      () =>
        `the module of kernels ${kernels} is not valid: ${error instanceof Error ? error.message : String(error)}`,
    ) as never
  }
}
