/**
 * The messages between the program that compares and the processes, pages and Python programs that compute.
 * One library lives in each; a request is answered by one reply.
 */

import type { Workload } from '../workloads/workload.js'
import type { LibraryOptions } from './library.js'
import type { Summary } from './summary.js'

export type Command =
  | ({ readonly command: 'open'; readonly library: string } & LibraryOptions)
  | { readonly command: 'prepare'; readonly workload: Workload }
  | { readonly command: 'sample'; readonly repeat: number }
  | { readonly command: 'dispose' }
  | { readonly command: 'limits'; readonly cores: readonly number[]; readonly rounds: number }

export interface Opened {
  readonly version: string
  readonly note: string
}

export interface PrepareReply {
  /** One for each array of each step that was checked. */
  readonly outputs: readonly Summary[]
  /** Milliseconds of the first step, compilation included. */
  readonly first: number
  /** Milliseconds of a step when warm. */
  readonly typical: number
}

export interface Limits {
  /** Floating-point operations in a second, by cores. */
  readonly flops: Readonly<Record<string, number>>
  /** Bytes read from memory in a second, by cores. */
  readonly bytes: Readonly<Record<string, number>>
  /** Whether a fused multiply-add was there. */
  readonly fma: boolean
}

export interface Replies {
  readonly open: Opened
  readonly prepare: PrepareReply
  readonly sample: number
  readonly dispose: null
  readonly limits: Limits
}

export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: string }

/** A library somewhere else, with a deadline for each request. */
export interface Session {
  request<C extends Command>(command: C): Promise<Replies[C['command']]>
  close(): Promise<void>
}

/** Longest time of a request, in ms. */
export const deadlines: Readonly<Record<Command['command'], number>> = {
  open: 60_000,
  prepare: 180_000,
  sample: 60_000,
  dispose: 20_000,
  limits: 60_000,
}

export class TimeoutError extends Error {}
