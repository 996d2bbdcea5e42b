/**
 * Where TensorFlow.js comes from: in Node its CommonJS builds (its ES modules do not resolve there), in a page the
 * scripts it is published as (bundled, its threads do not start). Both are outside of what the bundler sees.
 */

import type * as Tfjs from '@tensorflow/tfjs'
import type { Device } from '../../session/library.js'

export type Tf = typeof Tfjs

/** Where the page's server has the packages of bench/node_modules. */
const served = '/peers/@tensorflow/'

interface WasmBackend {
  setWasmPaths(prefix: string): void
  setThreadsCount(count: number): void
  getThreadsCount(): number
}

export interface Loaded {
  readonly tf: Tf
  readonly wasm: WasmBackend | null
}

export async function load(device: Device): Promise<Loaded> {
  return typeof document === 'undefined' ? loadInNode(device) : loadInPage(device)
}

async function loadInNode(device: Device): Promise<Loaded> {
  const { createRequire } = await import('node:module')
  const { dirname, join } = await import('node:path')
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs') as Tf
  const backend = `@tensorflow/tfjs-backend-${device}`
  const loaded = require(backend) as WasmBackend
  if (device !== 'wasm') return { tf, wasm: null }
  loaded.setWasmPaths(join(dirname(require.resolve(backend)), '/'))
  return { tf, wasm: loaded }
}

function script(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement('script')
    element.src = served + path
    element.onload = () => resolve()
    element.onerror = () => reject(new Error(`${path} did not load`))
    document.head.append(element)
  })
}

async function loadInPage(device: Device): Promise<Loaded> {
  await script('tfjs/dist/tf.min.js')
  await script(`tfjs-backend-${device}/dist/tf-backend-${device}.min.js`)
  const { tf } = globalThis as unknown as { readonly tf: Tf & { readonly wasm: WasmBackend } }
  if (device !== 'wasm') return { tf, wasm: null }
  tf.wasm.setWasmPaths(`${served}tfjs-backend-wasm/dist/`)
  return { tf, wasm: tf.wasm }
}
