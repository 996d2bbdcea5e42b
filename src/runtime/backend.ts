/**
 * What a backend has to provide: buffers, and executables compiled from jaxprs. Everything above it (arrays,
 * caches, donation, scopes, statistics) is shared; everything below it is one folder per backend.
 */

import type { Aval } from '../core/aval.js'
import type { DeviceName } from '../core/device.js'
import type { DType, HostArray } from '../core/dtype.js'
import type { Jaxpr } from '../core/jaxpr.js'

/** Memory on a backend. `bytes` is what it really occupies, padding included. */
export interface Buffer {
  readonly bytes: number
}

/** The compiled form of one jaxpr on one backend. */
export interface Executable {
  /**
   * Runs the program. `inputs[i]` holds the array of `jaxpr.inputs[i]`; where `donated[i]` is true the program
   * owns that buffer: it either comes back among the outputs or is freed by the program. An input that was
   * compiled as donated may still arrive with `donated[i]` false (it is shared): then it must survive. The outputs are
   * buffers owned by the caller, never one of the inputs that were not donated, and never the same buffer twice.
   */
  run(inputs: readonly Buffer[], donated: readonly boolean[]): readonly Buffer[]
  /** The stages as text, by name: `kernels`, `memory`, `wgsl` or `wat`; for --explain and `jit(f).lower()`. */
  explain(): Readonly<Record<string, string>>
  /** The number of kernels that one run launches. */
  readonly kernelCount: number
}

export interface BackendMemory {
  /** Bytes in buffers that belong to arrays. */
  readonly liveBytes: number
  /** Bytes that are kept for reuse (free lists, arenas). */
  readonly pooledBytes: number
  readonly peakBytes: number
}

/** What `init` can ask of a device. */
export interface DeviceOptions {
  /** Of `wasm`: threads that compute, 1 to 64, the calling one included. */
  readonly threads?: number
}

export interface Backend {
  readonly name: DeviceName
  readonly description: string
  /** Whether `readSync` works. */
  readonly syncRead: boolean
  supports(dtype: DType): boolean
  /** Copies host numbers, already of `aval.dtype`'s host array type, into a new buffer. */
  put(aval: Aval, data: HostArray): Buffer
  /** A typed error, on this promise, for anything that failed in the work before it. */
  read(buffer: Buffer, aval: Aval): Promise<HostArray>
  readSync(buffer: Buffer, aval: Aval): HostArray
  free(buffer: Buffer): void
  /** `donated` says which inputs callers mean to give away, so that the memory plan may put results into them. */
  compile(jaxpr: Jaxpr, donated: readonly boolean[]): Executable
  memory(): BackendMemory
  /** Ends the backend (device lost or asked for); buffers are gone. */
  close(reason?: string): void
  /** Changes how the backend works, and resolves when that is so; arrays stay. Absent where nothing can be changed. */
  configure?(options: DeviceOptions): Promise<void>
  /** The reason, once the device is lost, where that is known at once. */
  readonly failure?: string | null
  /** Resolves with the reason when the device is lost; absent where that cannot happen or `failure` says it. */
  readonly lost?: Promise<string>
}
