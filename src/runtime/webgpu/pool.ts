/**
 * Buffers of the device, kept for reuse by size class. A buffer handed back may be used again at once: the queue
 * runs its work in order.
 */

import type { Buffer } from '../backend.js'
import { usage } from './constants.js'
import { gpuError, type Failures } from './failures.js'

/** Memory on the device; `id` names it in cache keys. */
export interface Allocation {
  readonly gpu: GPUBuffer
  readonly bytes: number
  readonly id: number
}

/** A buffer that the runtime holds. Its allocation goes back to the pool once. */
export class WebgpuBuffer implements Buffer {
  readonly allocation: Allocation
  /** Number of the work that wrote it last. */
  readonly writtenAt: number
  released = false

  constructor(allocation: Allocation, writtenAt: number) {
    this.allocation = allocation
    this.writtenAt = writtenAt
  }
  get bytes(): number {
    return this.allocation.bytes
  }
}

/** Free bytes beyond this are given back to the device. */
const mostFreeBytes = 256 * 2 ** 20

/** Four classes for each power of two, at least 256 bytes: at most a quarter is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= 256) return 256
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2)
  return Math.ceil(bytes / step) * step
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

export class BufferPool {
  readonly #device: GPUDevice
  readonly #failures: Failures
  readonly #free = new Map<number, Allocation[]>()
  readonly #largest: number
  #ids = 0
  #liveBytes = 0
  #freeBytes = 0
  #temporaryBytes = 0
  #peakBytes = 0

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device
    this.#failures = failures
    this.#largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize)
  }

  get liveBytes(): number {
    return this.#liveBytes
  }
  get pooledBytes(): number {
    return this.#freeBytes + this.#temporaryBytes
  }
  get peakBytes(): number {
    return this.#peakBytes
  }

  /** A typed error where no buffer of the device may be this large. */
  checkSize(bytes: number, operation: string): void {
    if (bytes <= this.#largest) return
    throw gpuError(
      operation,
      `a buffer of ${megabytes(bytes)} is more than the device allows (${megabytes(this.#largest)}, maxStorageBufferBindingSize)`,
      "Use smaller arrays (a smaller batch), or the device 'wasm'.",
    )
  }

  take(bytes: number, operation: string): Allocation {
    const size = Math.min(sizeClass(bytes), Math.max(this.#largest, 256))
    this.checkSize(bytes, operation)
    const known = this.#free.get(size)?.pop()
    if (known !== undefined) this.#freeBytes -= known.bytes
    const allocation = known ?? this.#allocate(size, operation)
    this.#liveBytes += allocation.bytes
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes)
    return allocation
  }

  give(allocation: Allocation): void {
    this.#liveBytes -= allocation.bytes
    if (this.#freeBytes + allocation.bytes > mostFreeBytes) {
      allocation.gpu.destroy()
      return
    }
    this.#freeBytes += allocation.bytes
    const list = this.#free.get(allocation.bytes)
    if (list === undefined) this.#free.set(allocation.bytes, [allocation])
    else list.push(allocation)
  }

  /** Memory for intermediates, in place of a smaller `old` one. */
  takeTemporary(bytes: number, old: Allocation | undefined): Allocation {
    this.checkSize(bytes, 'jit')
    if (old !== undefined) {
      this.#temporaryBytes -= old.bytes
      old.gpu.destroy()
    }
    const made = this.#allocate(Math.min(sizeClass(bytes), this.#largest), 'jit')
    this.#temporaryBytes += made.bytes
    return made
  }

  #allocate(size: number, operation: string): Allocation {
    const from = this.#failures.serial
    this.#device.pushErrorScope('out-of-memory')
    const gpu = this.#device.createBuffer({
      size,
      usage: usage.storage | usage.copySource | usage.copyDestination,
    })
    this.#failures.watch(this.#device.popErrorScope(), (error) =>
      this.#failures.spoil(
        gpuError(
          operation,
          `the device is out of memory (${megabytes(size)} were asked for): ${error.message}`,
          'Free arrays with dispose() or scope(), or use smaller ones.',
          error,
        ),
        from,
      ),
    )
    return { gpu, bytes: size, id: this.#ids++ }
  }
}
