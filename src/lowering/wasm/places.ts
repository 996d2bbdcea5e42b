/**
 * Where the buffers of a program lie, its scratch memory included.
 */

import { defined, invariant } from '../../core/errors.js'
import type { Program } from '../kernel.js'
import type { BufferPlace } from './context.js'
import { Workspace } from './workspace.js'

export class Places {
  readonly workspace: Workspace
  readonly #program: Program
  readonly #scratch: BufferPlace[] = []

  constructor(program: Program) {
    this.#program = program
    this.workspace = new Workspace(program)
  }

  /** A buffer for the time of one kernel; `size` in elements of 32 bits. */
  scratch(size: number): number {
    const { inputs, outputs, buffers } = this.#program
    // A vector more than asked: loads of whole vectors may reach past the end.
    const offset = this.workspace.take(4 * size + 16)
    this.#scratch.push({ slot: inputs.length + outputs.length, offset, lane: 'f32', size })
    return buffers.length + this.#scratch.length - 1
  }

  of(buffer: number): BufferPlace {
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
}

/** A place as a program's table gives it: the byte `offset` from the address in entry `slot`. */
export type TableEntry = Pick<BufferPlace, 'slot' | 'offset'>

/** The part of the table that belongs to one kernel: its places, each in an entry of its own. */
export class OwnTable {
  /** A buffer at each place. */
  readonly buffers: number[] = []
  readonly #entries = new Map<string, number>()

  /** The place of `buffer` as the kernel's own part of the table gives it. */
  local(buffer: number, place: BufferPlace): BufferPlace {
    const key = `${place.slot}+${place.offset}`
    const entry = this.#entries.get(key) ?? this.buffers.push(buffer) - 1
    this.#entries.set(key, entry)
    return { ...place, slot: entry, offset: 0 }
  }
}
