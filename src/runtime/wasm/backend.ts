/**
 * The WASM backend: arrays in one WebAssembly memory, jaxprs as generated SIMD modules. Runs everywhere, reads
 * synchronously, supports every dtype.
 */

import type { Aval } from '../../core/aval.js'
import { hostArray, type HostArray } from '../../core/dtype.js'
import { fail, invariant } from '../../core/errors.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import { laneBytes, laneOf } from '../../lowering/expr.js'
import { lower } from '../../lowering/pipeline.js'
import type { Backend, BackendMemory, Buffer, DeviceOptions } from '../backend.js'
import { Allocator } from './allocator.js'
import { defaultThreads, noThreads } from './environment.js'
import { WasmExecutable } from './executable.js'
import { Machine, WasmBuffer, type MachineOptions } from './machine.js'

/** Buffers of arrays and intermediates start at multiples of a cache line. */
const alignment = 64
/** For so long `init` waits for workers; those that come later join all the same. */
const bootMilliseconds = 5000

class WasmBackend implements Backend {
  readonly name = 'wasm'
  readonly syncRead = true
  readonly #machine: Machine
  /** Why there is one thread only; null where there may be more. */
  readonly #alone = noThreads()

  constructor(options: MachineOptions) {
    const threads = options.threads ?? defaultThreads()
    this.#machine = new Machine(new Allocator(this.#alone === null), { ...options, threads })
  }

  get description(): string {
    const { fma, threads } = this.#machine.options
    const alone = this.#alone ?? this.#machine.alone
    const count = alone === null ? threads : 1
    const reason = alone === null ? '' : ` (${alone})`
    return `WebAssembly SIMD${fma ? ' with multiply-add' : ''}, ${count} thread${count === 1 ? '' : 's'}${reason}`
  }
  get failure(): string | null {
    return this.#machine.failure
  }
  async configure({ threads }: DeviceOptions): Promise<void> {
    if (threads === undefined) return
    this.#machine.useThreads(threads)
    if (this.#machine.options.threads === 1) return
    const { team } = this.#machine
    team.start()
    await team.whenReady(bootMilliseconds)
  }

  supports(): boolean {
    return true
  }

  put(aval: Aval, data: HostArray): Buffer {
    const buffer = this.#machine.buffer(aval.size * laneBytes(laneOf(aval.dtype)))
    this.#view(buffer, aval).set(data)
    return buffer
  }
  async read(buffer: Buffer, aval: Aval): Promise<HostArray> {
    return this.readSync(buffer, aval)
  }
  readSync(buffer: Buffer, aval: Aval): HostArray {
    const result = hostArray(aval.dtype, aval.size)
    result.set(this.#view(this.#own(buffer), aval))
    return result
  }
  free(buffer: Buffer): void {
    this.#machine.release(this.#own(buffer))
  }
  compile(jaxpr: Jaxpr, donated: readonly boolean[]): WasmExecutable {
    return new WasmExecutable(this.#machine, lower(jaxpr, { donated, alignment, maxBindings: Infinity }))
  }
  memory(): BackendMemory {
    return this.#machine.memory()
  }
  close(reason?: string): void {
    this.#machine.close(reason)
  }

  #own(buffer: Buffer): WasmBuffer {
    invariant(buffer instanceof WasmBuffer, 'wasm: a buffer of another backend')
    return buffer
  }
  /** The array as the machine stores it: narrow dtypes in 32 bits. */
  #view({ address }: WasmBuffer, { dtype, size }: Aval): HostArray {
    const memory = this.#machine.bytes
    switch (laneOf(dtype)) {
      case 'f32':
        return new Float32Array(memory, address, size)
      case 'f64':
        return new Float64Array(memory, address, size)
      case 'i32':
        return new Int32Array(memory, address, size)
      case 'u32':
      case 'bool':
        return new Uint32Array(memory, address, size)
    }
  }
}

/** The backend; an error of code 'device' where WebAssembly SIMD is missing. */
export function createWasmBackend(options: MachineOptions = {}): Backend {
  // (module (func (result v128) (v128.const i32x4 0 0 0 0)))
  const simd = [
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    96,
    0,
    1,
    123,
    3,
    2,
    1,
    0,
    10,
    22,
    1,
    20,
    0,
    253,
    12,
    ...new Array<number>(16).fill(0),
    11,
  ]
  if (!WebAssembly.validate(Uint8Array.from(simd))) {
    fail('device', {
      operation: 'init',
      device: 'wasm',
      reason: 'this JavaScript engine has no WebAssembly SIMD',
      fix: 'Use a newer engine (Node 16.4, Chrome 91, Firefox 89, Safari 16.4).',
    })
  }
  return new WasmBackend(options)
}
