/**
 * The storage of arrays that live on a device. Several arrays may share one buffer (a reshape costs nothing): the
 * buffer is freed when the last of them lets it go.
 */

import type { Aval } from '../core/aval.js'
import type { Device } from '../core/device.js'
import type { HostArray } from '../core/dtype.js'
import { fail, invariant } from '../core/errors.js'
import type { Jaxpr } from '../core/jaxpr.js'
import { ConcreteArray, type Storage } from '../core/ndarray.js'
import type { Backend, Buffer, Executable } from './backend.js'
import {
  noteAllocated,
  noteCollected,
  noteReleased,
  relievePressure,
  underPressure,
  type Forgettable,
} from './pressure.js'

/** A backend in use, as arrays and programs see it. */
export interface DeviceHandle extends Device {
  readonly backend: Backend
  /** Arrays alive on this device. */
  arrays: number
  readonly isAlive: boolean
  /** A typed error once the device is lost. */
  checkAlive(operation: string): void
  /** A buffer that the caller frees, or gives away. */
  putBuffer(aval: Aval, data: HostArray): Buffer
  /** The compiled form of `jaxpr`, whose callers give away the inputs that `donated` marks. */
  executable(jaxpr: Jaxpr, donated: readonly boolean[], operation: string): Executable
}

/** A buffer and the number of arrays that hold it. */
export class SharedBuffer {
  readonly device: DeviceHandle
  readonly buffer: Buffer
  owners = 0
  /** How often the call that is being prepared uses this buffer. */
  uses = 0

  constructor(device: DeviceHandle, buffer: Buffer) {
    this.device = device
    this.buffer = buffer
    noteAllocated(buffer.bytes)
  }
}

/** What one array holds of a buffer; releasing it twice does nothing. */
export class DeviceStorage implements Storage, Forgettable {
  readonly fill = null
  readonly shared: SharedBuffer
  /** Whether the numbers came from the host, not from an operation. */
  readonly fromHost: boolean
  #open = true

  constructor(shared: SharedBuffer, fromHost = false) {
    this.shared = shared
    this.fromHost = fromHost
    shared.owners++
    shared.device.arrays++
  }

  get device(): string {
    return this.shared.device.name
  }
  async read(aval: Aval): Promise<HostArray> {
    const { device, buffer } = this.shared
    device.checkAlive('reading an array')
    const data = device.backend.read(buffer, aval)
    // The read is already under way; forgotten arrays are collected while the caller waits for it.
    if (underPressure()) await Promise.all([data, relievePressure()])
    return data
  }
  readSync(aval: Aval): HostArray {
    const { device, buffer } = this.shared
    device.checkAlive('reading an array')
    if (!device.backend.syncRead) {
      fail('syncRead', {
        operation: 'reading an array',
        device: device.name,
        instead: '`await x.data()`, `await x.jsAsync()` or `await x.itemAsync()`',
      })
    }
    return device.backend.readSync(buffer, aval)
  }
  release(): void {
    if (!this.#open) return
    this.#close()
    const { device, buffer } = this.shared
    if (this.shared.owners > 0) return
    noteReleased(buffer.bytes)
    if (device.isAlive) device.backend.free(buffer)
  }
  collected(): void {
    if (!this.#open) return
    if (this.shared.owners === 1) noteCollected(this.shared.buffer.bytes)
    this.release()
  }
  /** Hands the buffer to a program that will own it; this storage must be its only holder. */
  give(): void {
    invariant(this.#open && this.shared.owners === 1, 'a shared buffer was donated')
    this.#close()
    noteReleased(this.shared.buffer.bytes)
  }

  #close(): void {
    this.#open = false
    this.shared.owners--
    this.shared.device.arrays--
  }
}

/** An array over a buffer that nothing else holds. */
export const arrayOf = (device: DeviceHandle, buffer: Buffer, aval: Aval, fromHost = false): ConcreteArray =>
  new ConcreteArray(aval, new DeviceStorage(new SharedBuffer(device, buffer), fromHost))
