/**
 * What a library has to do to be measured: prepare a workload, run steps, wait for the device, show a result.
 */

import type { Workload } from './workloads.js'

export interface Prepared {
  /** Runs one step; the device may still be busy with it. */
  step(): void
  /** Resolves when everything asked for is done. */
  finish(): Promise<void>
  /** The result of the last step: the output, or the loss of a training step. */
  output(): Promise<ArrayLike<number>>
  dispose(): void
}

export interface Library {
  readonly name: string
  prepare(workload: Workload): Promise<Prepared>
  close(): void
}

export type BenchDevice = 'wasm' | 'webgpu'
