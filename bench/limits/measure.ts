/**
 * What this machine can do at most, in WebAssembly, in the environment that the libraries run in: multiplications and
 * additions from the cache, and reading memory, by one core and by several together.
 */

import type { Limits } from '../session/protocol.js'
import { limitsModule, readBytes, tileFlops, tiles, type Tile } from './module.js'
import { openWorker, type Part, type WorkerLike } from './worker.js'

const memoryBytes = 256 * 2 ** 20
/** Each worker has a page of its own for the panels, behind the barriers. */
const panelBytes = 65536
const turns = 20_000
const rounds = 8

function compile(): { readonly module: WebAssembly.Module; readonly usable: readonly Tile[] } {
  const plain = tiles.filter(({ fma }) => !fma)
  for (const usable of [tiles, plain]) {
    const bytes = limitsModule(usable)
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), usable }
  }
  throw new Error('this machine has no WebAssembly SIMD')
}

/** Pages that were never written to are all the same page, which is in the cache. */
function makeMemory(start: number): WebAssembly.Memory {
  const pages = (start + memoryBytes) / 65536
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true })
  new Int32Array(memory.buffer).fill(1, 16)
  return memory
}

/** The work of the fastest of several rounds in a second; all workers together, by the time of the slowest. */
async function best(
  workers: readonly WorkerLike[],
  part: (index: number) => Part,
  work: number,
  barrier: () => number,
): Promise<number> {
  let fastest = Infinity
  for (let round = 0; round < rounds; round++) {
    const at = barrier()
    const times = await Promise.all(workers.map((worker, i) => worker.run(part(i), at)))
    fastest = Math.min(fastest, Math.max(...times))
  }
  return (work / fastest) * 1000
}

/** The limits for each number of cores. */
export async function measureLimits(counts: readonly number[]): Promise<Limits> {
  const { module, usable } = compile()
  const start = panelBytes * (Math.max(...counts) + 1)
  const memory = makeMemory(start)
  const words = new Int32Array(memory.buffer, 0, 64)
  let used = 0
  const barrier = (): number => {
    used = (used + 1) % 64
    words[used] = 0
    return used
  }
  const flops: Record<string, number> = {}
  const bytes: Record<string, number> = {}
  for (const cores of counts) {
    const workers = await Promise.all(Array.from({ length: cores }, () => openWorker(module, memory, cores)))
    for (const tile of usable) {
      const part = (i: number): Part => ({ name: tile.name, args: [panelBytes * (i + 1), turns] })
      const rate = await best(workers, part, cores * turns * tileFlops(tile), barrier)
      flops[cores] = Math.max(flops[cores] ?? 0, rate)
    }
    const share = Math.floor(memoryBytes / cores / readBytes) * readBytes
    const read = (i: number): Part => ({ name: 'read', args: [start + i * share, start + (i + 1) * share] })
    bytes[cores] = await best(workers, read, cores * share, barrier)
    workers.forEach((worker) => worker.close())
  }
  return { flops, bytes, fma: usable.some(({ fma }) => fma) }
}
