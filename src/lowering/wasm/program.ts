/**
 * Programs as WebAssembly modules. The module imports its memory and exports `run(table, thread, threads)`:
 * `table` is the address of a list of addresses (inputs, outputs, arena, control block), and every thread runs the
 * same function on its share of each step (schedule.ts).
 */

import { invariant } from '../../core/errors.js'
import { leavesOf, type Program } from '../kernel.js'
import { encodeModule } from './assembler/encode.js'
import { ModuleBuilder } from './assembler/module.js'
import { printModule } from './assembler/print.js'
import { KernelEmitter } from './kernels.js'
import { Places, type TableEntry } from './places.js'
import { defaultSerialBelow, Schedule } from './schedule.js'

/** A module ready to compile. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly imports: readonly string[]
  /** The arena that the program needs: its intermediates and the scratch space of its kernels. */
  readonly arenaBytes: number
  /** The least that any arena would need: what lives at the moment when most does. */
  readonly leastBytes: number
  /** What follows the control block in the table: addresses that kernels that share code find their buffers by. */
  readonly entries: readonly TableEntry[]
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
/** The first of the entries that a program adds. */
export const firstEntryOf = (program: Program): number => controlSlotOf(program) + 1

function build(
  program: Program,
  options: EmitOptions,
): {
  readonly builder: ModuleBuilder
  readonly places: Places
  readonly kernels: KernelEmitter
  readonly schedule: Schedule
} {
  const { fma, shared, threads } = options
  invariant(shared || threads === 1, 'wasm: several threads without shared memory')
  const builder = new ModuleBuilder(shared)
  const places = new Places(program)
  const leaves = program.kernels.flatMap(leavesOf)
  const kernels = new KernelEmitter(builder, places, { fma, threads }, leaves, firstEntryOf(program))
  const schedule = new Schedule(
    {
      builder,
      controlSlot: controlSlotOf(program),
      place: (buffer) => places.of(buffer),
      emit: (kernel, inLoop) => {
        places.workspace.start(inLoop)
        return kernels.emit(kernel, inLoop)
      },
    },
    { threads, serialBelow: options.serialBelow ?? defaultSerialBelow },
  )
  schedule.write(program.kernels)
  return { builder, places, kernels, schedule }
}

/** The program as a module. */
export function emitProgram(program: Program, options: EmitOptions): EmittedProgram {
  const { builder, places, kernels, schedule } = build(program, options)
  const imports = builder.imports.map((f) => f.name)
  const { usefulThreads, wakes } = schedule
  const { entries } = kernels
  const { bytes: arenaBytes, leastBytes } = places.workspace
  const bytes = encodeModule(builder)
  return { bytes, imports, arenaBytes, leastBytes, entries, usefulThreads, wakes }
}

/** The program as WebAssembly text. */
export const programText = (program: Program, options: EmitOptions): string =>
  printModule(build(program, options).builder)
