/**
 * What the environment gives to threads: memory that they can share, a number of processors, and workers. Node and
 * the browser in one interface; nothing is imported, so that bundlers find nothing to resolve.
 */

import type * as os from 'node:os'
import type * as threads from 'node:worker_threads'
import { workerSource, type WorkerData } from './worker.js'

/** A running worker thread. */
export interface WorkerHandle {
  /** Ends it, wherever it is. */
  stop(): void
}

/** Starts a worker; `ended` is called when it has died or could not start. */
export type Launch = (data: WorkerData, ended: (reason: string) => void) => WorkerHandle

const isNode = (): boolean => typeof process !== 'undefined' && typeof process.versions?.node === 'string'

/** Modules of Node; undefined where there is no Node, or one older than 20.16. */
function nodeModules(): { readonly threads: typeof threads; readonly os: typeof os } | undefined {
  if (!isNode() || typeof process.getBuiltinModule !== 'function') return undefined
  return { threads: process.getBuiltinModule('node:worker_threads'), os: process.getBuiltinModule('node:os') }
}

/** Why there can be no worker threads; null where there can be. */
export function noThreads(): string | null {
  if (typeof SharedArrayBuffer === 'undefined' || (!isNode() && !globalThis.crossOriginIsolated))
    return 'SharedArrayBuffer is not available: the page is not cross-origin isolated'
  if (isNode() && nodeModules() === undefined) return 'worker threads need Node 20.16 or newer'
  if (!isNode() && typeof Worker === 'undefined') return 'this environment has no workers'
  return null
}

/** Beyond this, memory and barriers are what programs wait for. */
const mostByDefault = 16

export function defaultThreads(): number {
  const processors =
    nodeModules()?.os.availableParallelism() ??
    (typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency)
  return Math.max(1, Math.min(mostByDefault, processors || 1))
}

/** Whether this thread may sleep on a word of shared memory; the main thread of a page may not. */
export function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === 'not-equal'
  } catch {
    return false
  }
}

const launchInNode: Launch = (data, ended) => {
  const modules = nodeModules()
  if (modules === undefined) throw new Error('there is no node:worker_threads')
  // Without execArgv a worker would load what the process was told to preload.
  const worker = new modules.threads.Worker(workerSource, { eval: true, workerData: data, execArgv: [] })
  worker.on('error', (error: unknown) => ended(error instanceof Error ? error.message : String(error)))
  worker.on('exit', (code) => ended(`it exited with code ${code}`))
  // The process ends when nothing but workers is left.
  worker.unref()
  return { stop: () => void worker.terminate() }
}

let sourceUrl: string | undefined

const launchInBrowser: Launch = (data, ended) => {
  sourceUrl ??= URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))
  const worker = new Worker(sourceUrl, { name: 'cotangent' })
  worker.addEventListener('error', (event) => ended(event.message || 'its script could not be loaded'))
  worker.postMessage(data, [])
  return { stop: () => worker.terminate() }
}

export const launchWorker: Launch = (data, ended) =>
  isNode() ? launchInNode(data, ended) : launchInBrowser(data, ended)
