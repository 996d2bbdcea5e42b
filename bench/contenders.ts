/**
 * Who takes part in a table: cotangent by itself, with one thread, and the peers that there are.
 */

import { availableParallelism } from 'node:os'
import type { Environment } from './environments/environment.js'
import { pythonSession } from './environments/python.js'
import type { Contender } from './measure.js'
import type { Options } from './options.js'
import type { Device } from './session/library.js'

export function contendersOf(environment: Environment, device: Device, options: Options): Contender[] {
  const threads = device === 'wasm' ? options.threads : 0
  const contender = (name: string, library: string, own: number): Contender => ({
    name,
    library,
    options: { device, threads: own },
    checkOnly: false,
    open: () => environment.open(),
  })
  const list = [contender('cotangent', 'cotangent', threads)]
  if (device === 'wasm' && threads !== 1 && availableParallelism() > 1)
    list.push(contender('cotangent, 1 thread', 'cotangent', 1))
  // Every workload must give on WebGPU what it gives on wasm: that result is compared, and not timed.
  if (device === 'webgpu') {
    const wasm = contender('cotangent on wasm', 'cotangent', 0)
    list.unshift({ ...wasm, options: { device: 'wasm', threads: 0 }, checkOnly: true })
  }
  for (const name of ['jax-js', 'tfjs'] as const)
    if (options.peers.includes(name)) list.push(contender(name, name, threads))
  const python = process.env['PYTHON']
  if (device === 'wasm' && environment.name === 'node' && python !== undefined)
    for (const name of ['jax', 'torch'] as const)
      if (options.peers.includes(name))
        list.push({ ...contender(name, name, threads), open: async () => pythonSession(python, name) })
  return list
}
