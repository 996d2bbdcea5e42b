/**
 * What executables of the WASM backend share: the memory with its views, buffers, the arena for intermediates,
 * and the functions that generated code imports.
 */

import { fail, invariant } from '../../core/errors.js'
import { hostFunctionOf } from '../../lowering/wasm/functions.js'
import type { EmitOptions } from '../../lowering/wasm/program.js'
import { sortImport } from '../../lowering/wasm/sort.js'
import type { BackendMemory, Buffer } from '../backend.js'
import { blockSize, type Allocator } from './allocator.js'
import { sortLines } from './sort.js'

// (module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))
const fmaModule = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32,
  1, 32, 2, 253, 133, 2, 11,
]

/** A block of the memory. */
export class WasmBuffer implements Buffer {
  readonly address: number
  readonly bytes: number

  constructor(address: number, bytes: number) {
    this.address = address
    this.bytes = bytes
  }
}

export class Machine {
  readonly options: EmitOptions = { fma: WebAssembly.validate(Uint8Array.from(fmaModule)), threads: 1 }
  readonly #allocator: Allocator
  readonly #imports: Record<string, WebAssembly.ImportValue>
  #words: Uint32Array
  #arena: WasmBuffer | null = null
  /** Memory of executables. */
  #tableBytes = 0
  #closed = false

  constructor(allocator: Allocator) {
    this.#allocator = allocator
    this.#words = new Uint32Array(allocator.memory.buffer)
    this.#imports = { memory: allocator.memory, [sortImport]: sortLines(allocator.memory) }
  }

  get bytes(): ArrayBuffer {
    return this.#allocator.memory.buffer
  }
  /** The memory as words; valid until the next allocation. */
  get words(): Uint32Array {
    // A view of memory that has grown since has length 0.
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#allocator.memory.buffer)
    return this.#words
  }

  buffer(bytes: number): WasmBuffer {
    if (this.#closed)
      fail('device', {
        operation: 'array creation',
        device: 'wasm',
        reason: 'the device was closed',
        fix: "Call init('wasm') to use it again.",
      })
    const size = blockSize(bytes)
    return new WasmBuffer(this.#allocator.allocate(size), size)
  }
  /** Buffers of a closed machine are gone already. */
  release(buffer: WasmBuffer): void {
    if (!this.#closed) this.#allocator.free(buffer.address, buffer.bytes)
  }
  /** A block that no array owns, for as long as the machine lives. */
  table(bytes: number): WasmBuffer {
    const made = this.buffer(bytes)
    this.#tableBytes += made.bytes
    return made
  }
  copy(buffer: WasmBuffer): WasmBuffer {
    const made = this.buffer(buffer.bytes - 16)
    invariant(made.bytes === buffer.bytes, 'wasm: a copy of another size')
    new Uint8Array(this.bytes).copyWithin(made.address, buffer.address, buffer.address + buffer.bytes)
    return made
  }

  /** The address of `bytes` of memory that nobody relies on after a run. One for all executables: runs do not overlap. */
  arena(bytes: number): number {
    if (this.#arena === null || this.#arena.bytes < bytes + 16) {
      const old = this.#arena
      this.#arena = null
      if (old !== null) this.release(old)
      this.#arena = this.buffer(bytes)
    }
    return this.#arena.address
  }

  instantiate(module: WebAssembly.Module, imports: readonly string[]): WebAssembly.Instance {
    for (const name of imports) {
      if (name in this.#imports) continue
      const host = hostFunctionOf(name)
      invariant(host !== null, `wasm: unknown import ${name}`)
      this.#imports[name] = host
    }
    return new WebAssembly.Instance(module, { env: this.#imports })
  }

  memory(): BackendMemory {
    const own = this.#tableBytes + (this.#arena?.bytes ?? 0)
    const { liveBytes, pooledBytes, peakBytes } = this.#allocator
    return { liveBytes: liveBytes - own, pooledBytes: pooledBytes + own, peakBytes }
  }

  close(): void {
    this.#closed = true
    this.#arena = null
  }
}
