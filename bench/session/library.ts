/**
 * What a library has to do to be measured: prepare a workload, run steps, wait for the device, show results.
 */

import type { Workload } from '../workloads/workload.js'

export type Device = 'wasm' | 'webgpu'

export interface Prepared {
  /** Runs one step; the device may still be busy with it. */
  step(): void
  /** Resolves when everything asked for is done. */
  finish(): Promise<void>
  /** The results of the last step: the arrays, or the losses of a training step. */
  output(): Promise<readonly ArrayLike<number>[]>
  dispose(): void
}

export interface Library {
  readonly version: string
  /** What is worth knowing about how it runs here, for example its threads. */
  readonly note: string
  /** Compiles and runs something tiny, so that a first call finds the library warm. */
  trivial(): Promise<void>
  /** Throws where the library cannot do the workload. */
  prepare(workload: Workload): Promise<Prepared>
}

/** How a library is opened: `threads` is 0 for what the library does by itself. */
export interface LibraryOptions {
  readonly device: Device
  readonly threads: number
}

/** Opens a library by its name; only the code of that library is loaded. */
export async function openLibrary(name: string, options: LibraryOptions): Promise<Library> {
  switch (name) {
    case 'cotangent':
      return (await import('../libraries/cotangent/index.js')).openCotangent(options)
    case 'jax-js':
      return (await import('../libraries/jaxjs/index.js')).openJaxJs(options)
    case 'tfjs':
      return (await import('../libraries/tfjs/index.js')).openTfjs(options)
    default:
      throw new Error(`No library '${name}'`)
  }
}
