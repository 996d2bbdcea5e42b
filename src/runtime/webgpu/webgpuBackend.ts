/**
 * The WebGPU backend: buffers from a pool, reads in batches, executables from jaxprs. Errors that the device reports
 * later reach the reads of what they spoiled.
 */

import type { Aval } from '../../core/aval.js'
import type { DType, HostArray } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import { laneOf } from '../../lowering/expr.js'
import { bufferBytes, type Program } from '../../lowering/kernel.js'
import { lower } from '../../lowering/pipeline.js'
import { printKernels, printPlan } from '../../lowering/print.js'
import { emitWgsl, printWgsl, type WgslLimits } from '../../lowering/wgsl/index.js'
import type { Backend, BackendMemory } from '../backend.js'
import type { AcquiredDevice } from './acquire.js'
import { WebgpuExecutable, type Services } from './executable.js'
import { Failures, gpuError } from './failures.js'
import { Pipelines } from './pipelines.js'
import { BufferPool, WebgpuBuffer } from './pool.js'
import { Reads } from './reads.js'
import { Temporaries } from './temporaries.js'

/** Bindings that a template may need beside the buffers of its kernel (scratch memory of split reductions). */
const scratchBindings = 2

/** Host numbers as the device's 32-bit elements. */
function toDevice(dtype: DType, data: HostArray): Float32Array | Int32Array | Uint32Array {
  switch (laneOf(dtype)) {
    case 'i32':
      return data instanceof Int32Array ? data : Int32Array.from(data)
    case 'f32':
      return data instanceof Float32Array ? data : Float32Array.from(data)
    default:
      return data instanceof Uint32Array ? data : Uint32Array.from(data)
  }
}

export class WebgpuBackend implements Backend {
  readonly name = 'webgpu'
  readonly description: string
  readonly syncRead = false
  readonly limits: WgslLimits
  /** Resolves with the reason when the device is gone. */
  readonly lost: Promise<string>
  readonly #services: Services

  constructor({ device, gpu, description, limits }: AcquiredDevice) {
    this.description = description
    this.limits = limits
    const failures = new Failures()
    const pool = new BufferPool(device, failures)
    this.#services = {
      device,
      gpu,
      failures,
      pool,
      pipelines: new Pipelines(device, failures),
      temporaries: new Temporaries(pool),
      reads: new Reads(device, failures),
      submits: 0,
    }
    device.addEventListener('uncapturederror', (event) => {
      // The error reaches the reads of what it spoiled; without this it would be printed too.
      event.preventDefault()
      failures.spoil(
        gpuError(
          'running a program',
          event.error.message,
          'Please report it with the program that caused it.',
        ),
      )
    })
    this.lost = device.lost.then(({ reason, message }) =>
      this.#lose(reason === 'destroyed' ? 'it was closed' : `it was lost: ${message}`),
    )
  }

  /** Programs run so far: each is one submit. */
  get submits(): number {
    return this.#services.submits
  }

  supports(dtype: DType): boolean {
    return dtype !== 'float64'
  }

  put(aval: Aval, data: HostArray): WebgpuBuffer {
    const { device, failures, pool, reads } = this.#services
    this.#check('array creation')
    reads.flush()
    const work = failures.next()
    const allocation = pool.take(4 * aval.size, 'array creation')
    const words = toDevice(aval.dtype, data)
    if (aval.size > 0)
      device.queue.writeBuffer(allocation.gpu, 0, words.buffer, words.byteOffset, 4 * aval.size)
    return new WebgpuBuffer(allocation, work)
  }

  read(buffer: WebgpuBuffer, aval: Aval): Promise<HostArray> {
    const { failures, reads } = this.#services
    return failures.lost === null ? reads.read(buffer, aval.dtype, aval.size) : Promise.reject(failures.lost)
  }

  readSync(): never {
    return fail('syncRead', {
      operation: 'reading an array',
      device: 'webgpu',
      instead: '`await x.data()`, `await x.jsAsync()` or `await x.itemAsync()`',
    })
  }

  free(buffer: WebgpuBuffer): void {
    if (buffer.released) return
    buffer.released = true
    // A read that was asked for is sent off before the memory is used again, by put and run.
    this.#services.pool.give(buffer.allocation)
  }

  compile(jaxpr: Jaxpr, donated: readonly boolean[]): WebgpuExecutable {
    return this.compileProgram(
      lower(jaxpr, { donated, alignment: 16, maxBindings: this.limits.maxBindings - scratchBindings }),
    )
  }

  /** The executable of a program that is lowered already. */
  compileProgram(program: Program): WebgpuExecutable {
    this.#check('jit')
    for (const spec of program.buffers) this.#services.pool.checkSize(bufferBytes(spec), 'jit')
    const wgsl = emitWgsl(program, this.limits)
    return new WebgpuExecutable(this.#services, program, wgsl, () => ({
      kernels: printKernels(program),
      memory: printPlan(program),
      wgsl: printWgsl(wgsl),
    }))
  }

  memory(): BackendMemory {
    const { liveBytes, pooledBytes, peakBytes } = this.#services.pool
    return { liveBytes, pooledBytes, peakBytes }
  }

  /** Gives the device back. Node's process ends by itself whether or not this is called. */
  close(): void {
    this.#lose('it was closed')
    this.#services.device.destroy()
  }

  #check(operation: string): void {
    const { lost } = this.#services.failures
    if (lost !== null) throw gpuError(operation, lost.detail.reason, lost.detail.fix)
  }

  #lose(reason: string): string {
    const { failures, reads } = this.#services
    failures.lost ??= gpuError(
      'running a program',
      reason,
      "Call `await init('webgpu')` to acquire it again; its arrays are gone.",
    )
    reads.abandon(failures.lost)
    return failures.lost.detail.reason
  }
}
