/**
 * What executables of the WASM backend share: the memory with its views, buffers, the arena for intermediates,
 * and the functions that generated code imports.
 */

import { fail, invariant } from '../../core/errors.js'
import { hostFunctionOf } from '../../lowering/wasm/functions.js'
import { controlBytes } from '../../lowering/wasm/control.js'
import type { EmitOptions } from '../../lowering/wasm/program.js'
import { sortImport } from '../../lowering/wasm/sort.js'
import type { BackendMemory, Buffer } from '../backend.js'
import { blockSize, type Allocator } from './allocator.js'
import { launchWorker, maySleep, type Launch } from './environment.js'
import { sortLines } from './sort.js'
import { Team } from './team.js'

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

const isShared = ({ buffer }: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && (buffer as ArrayBufferLike) instanceof SharedArrayBuffer

/** How a machine uses threads; without them it is one thread, for tests of single kernels. */
export interface MachineOptions {
  readonly threads?: number
  /** Tests set 0, so that small steps are shared too. */
  readonly serialBelow?: number
  readonly launch?: Launch
}

export class Machine {
  readonly #allocator: Allocator
  readonly #imports: Record<string, WebAssembly.ImportValue>
  readonly #launch: Launch
  #options: EmitOptions
  #words: Uint32Array
  #arena: WasmBuffer | null = null
  #team: Team | null = null
  #programs = 0
  /** Memory of executables, and of teams. */
  #tableBytes = 0
  /** Frees what executables held that nobody can reach any more. */
  readonly #forgotten = new FinalizationRegistry<readonly WasmBuffer[]>((tables) => {
    for (const table of tables) this.releaseTable(table)
  })
  #closed = false
  /** Why the machine cannot be used any more; null as long as it can. */
  failure: string | null = null

  constructor(
    allocator: Allocator,
    { threads = 1, serialBelow, launch = launchWorker }: MachineOptions = {},
  ) {
    this.#allocator = allocator
    this.#launch = launch
    this.#options = {
      fma: WebAssembly.validate(Uint8Array.from(fmaModule)),
      shared: isShared(allocator.memory),
      threads: isShared(allocator.memory) ? threads : 1,
      ...(serialBelow === undefined ? {} : { serialBelow }),
    }
    this.#words = new Uint32Array(allocator.memory.buffer)
    this.#imports = { memory: allocator.memory, [sortImport]: sortLines(allocator.memory) }
  }

  /** What code is generated for; another object when that changes. */
  get options(): EmitOptions {
    return this.#options
  }
  get bytes(): ArrayBufferLike {
    return this.#allocator.memory.buffer
  }
  /** The memory as words; valid until the next allocation. */
  get words(): Uint32Array {
    // Memory grows away from its views: they have length 0 then, or are merely shorter if it is shared.
    if (this.#words.byteLength !== this.#allocator.byteLength)
      this.#words = new Uint32Array(this.#allocator.memory.buffer)
    return this.#words
  }

  /** The threads, made on first use. */
  get team(): Team {
    if (this.#team !== null) return this.#team
    // Lines of the block are those of the cache.
    const block = this.table(controlBytes + 64)
    const address = Math.ceil(block.address / 64) * 64
    const { memory } = this.#allocator
    const { threads } = this.#options
    this.#team = new Team(
      { memory, address, threads, mainSpins: !maySleep(), launch: this.#launch },
      (reason) => {
        this.failure ??= reason
      },
    )
    return this.#team
  }
  /** Why the main thread works alone although it need not; null if it does not. */
  get alone(): string | null {
    return this.#options.shared ? (this.#team?.unavailable ?? null) : 'there is no shared memory to be had'
  }
  /** Arrays stay; programs are generated again when they run next. */
  useThreads(threads: number): void {
    if (!this.#options.shared || threads === this.#options.threads) return
    this.#team?.stop()
    this.#team = null
    this.#options = { ...this.#options, threads }
  }
  nextProgram(): number {
    return ++this.#programs
  }

  checkOpen(operation: string): void {
    const reason = this.failure
    if (reason === null) return
    fail('device', {
      operation,
      device: 'wasm',
      reason,
      fix: "Call `await init('wasm')` to use it again, and make its arrays again.",
    })
  }

  buffer(bytes: number): WasmBuffer {
    this.checkOpen('array creation')
    const size = blockSize(bytes)
    return new WasmBuffer(this.#allocator.allocate(size), size)
  }
  /** Buffers of a closed machine are gone already. */
  release(buffer: WasmBuffer): void {
    if (!this.#closed) this.#allocator.free(buffer.address, buffer.bytes)
  }
  /** A block that no array owns. */
  table(bytes: number): WasmBuffer {
    const made = this.buffer(bytes)
    this.#tableBytes += made.bytes
    return made
  }
  releaseTable(table: WasmBuffer): void {
    this.#tableBytes -= table.bytes
    this.release(table)
  }
  /** Releases the tables when `owner` is collected. */
  releaseWith(owner: object, tables: readonly WasmBuffer[]): void {
    this.#forgotten.register(owner, tables, owner)
  }
  /** The owner releases them itself. */
  keep(owner: object): void {
    this.#forgotten.unregister(owner)
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

  close(reason = 'the device was closed'): void {
    if (this.#closed) return
    this.#closed = true
    this.failure ??= reason
    this.#arena = null
    this.#team?.stop()
  }
}
