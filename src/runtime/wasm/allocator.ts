/**
 * Memory of the WASM backend: one WebAssembly.Memory, handed out in blocks. Freed blocks are kept by size;
 * when nothing fits, neighbours among them are merged before the memory grows, so that it stays flat.
 */

import { fail } from '../../core/errors.js'
import { guardBytes } from '../../lowering/wasm/context.js'

const page = 65536
/** What the memory may grow to, 4 GiB; shared memory reserves the addresses at once, and there may be fewer. */
const maximumPages = 65536
const fewerPages = 16384

/** Sizes are rounded to a multiple of 1/8 of their power of two: at most 12 % is lost, and freed blocks fit again. */
export function blockSize(bytes: number): number {
  // A vector more than asked for: whole vectors may be read and written at the end.
  const needed = Math.max(bytes, 1) + 16
  if (needed <= 512) return Math.ceil(needed / 32) * 32
  const step = 2 ** Math.floor(Math.log2(needed - 1)) / 8
  return Math.ceil(needed / step) * step
}

interface MadeMemory {
  readonly memory: WebAssembly.Memory
  readonly maximum: number
}

/** A memory, shared if that was asked for and can be had. */
function makeMemory(shared: boolean): MadeMemory {
  for (const maximum of shared ? [maximumPages, fewerPages] : []) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 32, maximum, shared: true }), maximum }
    } catch {
      // The next one asks for less.
    }
  }
  return { memory: new WebAssembly.Memory({ initial: 32, maximum: maximumPages }), maximum: maximumPages }
}

interface Block {
  readonly address: number
  readonly size: number
}

export class Allocator {
  readonly memory: WebAssembly.Memory
  /** Addresses of free blocks, by size. */
  readonly #free = new Map<number, number[]>()
  /** From here on memory has not been handed out. */
  #top = guardBytes
  #end: number
  readonly #maximum: number
  #liveBytes = 0
  #pooledBytes = 0
  #peakBytes = 0

  /** Bytes of the memory: only this class makes it grow. */
  byteLength: number

  constructor(shared = false) {
    const { memory, maximum } = makeMemory(shared)
    this.memory = memory
    this.#maximum = maximum
    this.byteLength = this.memory.buffer.byteLength
    this.#end = this.byteLength - guardBytes
  }

  get liveBytes(): number {
    return this.#liveBytes
  }
  get pooledBytes(): number {
    return this.#pooledBytes
  }
  get peakBytes(): number {
    return this.#peakBytes
  }

  /** The address of a block of `size` bytes, a result of blockSize; aligned to 16 bytes. */
  allocate(size: number): number {
    const list = this.#free.get(size)
    const known = list?.pop()
    const address = known ?? this.#find(size)
    if (known !== undefined) this.#pooledBytes -= size
    this.#liveBytes += size
    if (this.#liveBytes > this.#peakBytes) this.#peakBytes = this.#liveBytes
    return address
  }

  free(address: number, size: number): void {
    this.#liveBytes -= size
    this.#pooledBytes += size
    const list = this.#free.get(size)
    if (list === undefined) this.#free.set(size, [address])
    else list.push(address)
  }

  #find(size: number): number {
    // Merging costs a sort of all free blocks: only where it can help, and where they are worth something.
    if (this.#top + size > this.#end && this.#pooledBytes >= Math.max(size, this.#liveBytes / 8)) {
      const found = this.#fromMerged(size)
      if (found !== null) return found
    }
    if (this.#top + size > this.#end) this.#grow(size)
    const address = this.#top
    this.#top += size
    return address
  }

  /** Merges adjacent free blocks, and takes `size` bytes from the smallest one that has them. */
  #fromMerged(size: number): number | null {
    const merged = this.#mergedBlocks()
    const fitting = merged.filter((b) => b.size >= size)
    const best = fitting.reduce<Block | null>((a, b) => (a === null || b.size < a.size ? b : a), null)
    this.#free.clear()
    this.#pooledBytes = 0
    for (const block of merged) {
      if (block.address + block.size === this.#top && block !== best) this.#top = block.address
      else this.#keep(block === best ? { address: block.address + size, size: block.size - size } : block)
    }
    return best?.address ?? null
  }

  #mergedBlocks(): Block[] {
    const blocks = [...this.#free].flatMap(([size, list]) =>
      list.map((address): Block => ({ address, size })),
    )
    blocks.sort((a, b) => a.address - b.address)
    const merged: Block[] = []
    for (const block of blocks) {
      const last = merged.at(-1)
      if (last !== undefined && last.address + last.size === block.address)
        merged[merged.length - 1] = { address: last.address, size: last.size + block.size }
      else merged.push(block)
    }
    return merged
  }

  #keep({ address, size }: Block): void {
    if (size === 0) return
    this.#pooledBytes += size
    const list = this.#free.get(size)
    if (list === undefined) this.#free.set(size, [address])
    else list.push(address)
  }

  #grow(size: number): void {
    const current = this.byteLength / page
    const needed = Math.ceil((this.#top + size + guardBytes) / page)
    // In larger steps as it becomes larger: growing ends all views of the memory, or leaves them behind if it is shared.
    const wanted = Math.min(this.#maximum, Math.max(needed, Math.ceil(current * 1.5)))
    for (const target of new Set([wanted, needed])) {
      if (needed > this.#maximum || !this.#growTo(target - current)) continue
      this.byteLength = this.memory.buffer.byteLength
      this.#end = this.byteLength - guardBytes
      return
    }
    fail('device', {
      operation: 'memory allocation',
      device: 'wasm',
      reason: `there is no room for ${size} bytes more (${this.#liveBytes} bytes are in use by arrays, ${this.#pooledBytes} are kept for reuse)`,
      fix: 'Dispose of arrays that are no longer needed, donate arguments of jitted functions, or use smaller batches.',
    })
  }

  #growTo(pages: number): boolean {
    try {
      this.memory.grow(pages)
      return true
    } catch {
      return false
    }
  }
}
