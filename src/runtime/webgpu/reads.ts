/**
 * Reading back: requests of one turn of the event loop are copied by one submit into one staging buffer.
 * They are sent off before the next program runs, so a program may overwrite what was asked for.
 */

import { hostArray, type DType, type HostArray } from '../../core/dtype.js'
import { laneOf } from '../../lowering/expr.js'
import { mapModeRead, usage } from './constants.js'
import { gpuError, type Failures } from './failures.js'
import { sizeClass, type WebgpuBuffer } from './pool.js'

interface Request {
  readonly buffer: WebgpuBuffer
  readonly writtenAt: number
  readonly dtype: DType
  readonly size: number
  readonly resolve: (data: HostArray) => void
  readonly reject: (error: unknown) => void
}

/** Copies of the device's 32-bit elements as the dtype's host array. */
function toHost(bytes: ArrayBuffer, offset: number, dtype: DType, size: number): HostArray {
  const lane = laneOf(dtype)
  const words =
    lane === 'f32'
      ? new Float32Array(bytes, offset, size)
      : lane === 'i32'
        ? new Int32Array(bytes, offset, size)
        : new Uint32Array(bytes, offset, size)
  const result = hostArray(dtype, size)
  result.set(words)
  return result
}

/** Staging buffers kept for the next reads. */
const keptStaging = 4

export class Reads {
  readonly #device: GPUDevice
  readonly #failures: Failures
  readonly #staging: GPUBuffer[] = []
  #requests: Request[] = []

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device
    this.#failures = failures
  }

  read(buffer: WebgpuBuffer, dtype: DType, size: number): Promise<HostArray> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ buffer, writtenAt: buffer.writtenAt, dtype, size, resolve, reject })
      if (this.#requests.length === 1) queueMicrotask(() => this.flush())
    })
  }

  /** Sends off what was asked for so far. */
  flush(): void {
    const requests = this.#requests
    if (requests.length === 0) return
    this.#requests = []
    this.#run(requests).catch((error: unknown) => {
      for (const request of requests) request.reject(error)
    })
  }

  /** Fails what was asked for and not yet sent. */
  abandon(error: unknown): void {
    for (const request of this.#requests) request.reject(error)
    this.#requests = []
  }

  async #run(requests: readonly Request[]): Promise<void> {
    const offsets: number[] = []
    let bytes = 0
    for (const { size } of requests) {
      offsets.push(bytes)
      bytes += 4 * size
    }
    const { serial } = this.#failures
    const staging = bytes === 0 ? null : this.#copy(requests, offsets, bytes)
    try {
      if (staging !== null) await staging.mapAsync(mapModeRead, 0, bytes)
      await this.#failures.settled()
    } catch (error) {
      await this.#failures.settled()
      // Losing the device, too, is reported through a promise, which may come after this one.
      await new Promise((resolve) => setTimeout(resolve))
      throw (
        this.#failures.lost ??
        this.#firstFailure(requests) ??
        gpuError(
          'reading an array',
          `the copy to the host failed: ${String(error)}`,
          'Try again with smaller arrays.',
          error,
        )
      )
    }
    this.#failures.confirm(serial)
    const mapped = staging?.getMappedRange(0, bytes) ?? new ArrayBuffer(0)
    requests.forEach(({ writtenAt, dtype, size, resolve, reject }, i) => {
      const failure = this.#failures.of(writtenAt)
      if (failure === null) resolve(toHost(mapped, offsets[i] ?? 0, dtype, size))
      else reject(failure)
    })
    if (staging !== null) this.#keep(staging)
  }

  #firstFailure(requests: readonly Request[]): unknown {
    return requests.map((r) => this.#failures.of(r.writtenAt)).find((error) => error !== null)
  }

  #copy(requests: readonly Request[], offsets: readonly number[], bytes: number): GPUBuffer {
    const size = sizeClass(bytes)
    const known = this.#staging.findIndex((buffer) => buffer.size === size)
    const staging =
      this.#staging.splice(known, known < 0 ? 0 : 1)[0] ??
      this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyDestination })
    const encoder = this.#device.createCommandEncoder({ label: 'reading arrays' })
    requests.forEach(({ buffer, size: elements }, i) => {
      if (elements > 0)
        encoder.copyBufferToBuffer(buffer.allocation.gpu, 0, staging, offsets[i] ?? 0, 4 * elements)
    })
    this.#device.queue.submit([encoder.finish()])
    return staging
  }

  #keep(staging: GPUBuffer): void {
    staging.unmap()
    this.#staging.push(staging)
    if (this.#staging.length > keptStaging) this.#staging.shift()?.destroy()
  }
}
