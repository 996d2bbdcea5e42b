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
const mostCores = 64
const start = panelBytes * (mostCores + 1)
const turns = 20_000

/** What is kept between measurements: the program, the memory, and a team of workers for each number of cores. */
interface Rig {
  readonly module: WebAssembly.Module
  readonly usable: readonly Tile[]
  readonly memory: WebAssembly.Memory
  readonly teams: Map<number, Promise<readonly WorkerLike[]>>
}

function compile(): Pick<Rig, 'module' | 'usable'> {
  const plain = tiles.filter(({ fma }) => !fma)
  for (const usable of [tiles, plain]) {
    const bytes = limitsModule(usable)
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), usable }
  }
  throw new Error('this machine has no WebAssembly SIMD')
}

/** Pages that were never written to are all the same page, which is in the cache. */
function makeMemory(): WebAssembly.Memory {
  const pages = (start + memoryBytes) / 65536
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true })
  new Int32Array(memory.buffer).fill(1, 16)
  return memory
}

let rig: Rig | null = null
const theRig = (): Rig => (rig ??= { ...compile(), memory: makeMemory(), teams: new Map() })

function teamOf({ module, memory, teams }: Rig, cores: number): Promise<readonly WorkerLike[]> {
  const team =
    teams.get(cores) ?? Promise.all(Array.from({ length: cores }, () => openWorker(module, memory, cores)))
  teams.set(cores, team)
  return team
}

let used = 0
function freshBarrier({ memory }: Rig): number {
  used = (used + 1) % 64
  new Int32Array(memory.buffer, 0, 64)[used] = 0
  return used
}

/** The work of the fastest of several rounds in a second; all workers together, by the time of the slowest. */
async function best(
  owner: Rig,
  cores: number,
  part: (index: number) => Part,
  work: number,
  rounds: number,
): Promise<number> {
  const workers = await teamOf(owner, cores)
  let fastest = Infinity
  for (let round = 0; round < rounds; round++) {
    const at = freshBarrier(owner)
    const times = await Promise.all(workers.map((worker, i) => worker.run(part(i), at)))
    fastest = Math.min(fastest, Math.max(...times))
  }
  return (work / fastest) * 1000
}

/** The limits for each number of cores, as they are now: the best of so many rounds. */
export async function measureLimits(counts: readonly number[], rounds: number): Promise<Limits> {
  const owner = theRig()
  const flops: Record<string, number> = {}
  const bytes: Record<string, number> = {}
  for (const cores of counts) {
    for (const tile of owner.usable) {
      const part = (i: number): Part => ({ name: tile.name, args: [panelBytes * (i + 1), turns] })
      const rate = await best(owner, cores, part, cores * turns * tileFlops(tile), rounds)
      flops[cores] = Math.max(flops[cores] ?? 0, rate)
    }
    const share = Math.floor(memoryBytes / cores / readBytes) * readBytes
    const read = (i: number): Part => ({ name: 'read', args: [start + i * share, start + (i + 1) * share] })
    bytes[cores] = await best(owner, cores, read, cores * share, rounds)
  }
  return { flops, bytes, fma: owner.usable.some(({ fma }) => fma) }
}
