/**
 * Memory planning: kernels in order + buffers → a place for each buffer. Intermediates share an arena by
 * liveness; a loop may write over an operand that dies in it; results may take the memory of donated inputs.
 */

import type { LoadExpr, Position } from './expr.js'
import { topological } from './expr.js'
import {
  bufferBytes,
  exprsOf,
  isShared,
  readsOf,
  writesOf,
  type BufferSpec,
  type Kernel,
  type LeafKernel,
  type LoopKernel,
  type MemoryPlan,
  type Occupied,
  type Place,
  type RepeatKernel,
  type Store,
  type WhileKernel,
} from './kernel.js'
import { timelineOf, type Life, type Timeline } from './timeline.js'

export interface PlanOptions {
  /** Which inputs callers give away. */
  readonly donated: readonly boolean[]
  /** Every buffer starts at a multiple of this many bytes, and is padded to one. */
  readonly alignment: number
}

const padded = (bytes: number, alignment: number): number => Math.ceil(bytes / alignment) * alignment

/**
 * Stores that may land on an operand: in all these kernels an element is stored after everything it is made of is
 * loaded. Elements of a reduction are made after the results of their row are stored.
 */
function storesIn(kernel: LeafKernel): readonly Store[] {
  if (kernel.kind === 'reduce') return [...kernel.rowStores, ...kernel.elementStores]
  return kernel.kind === 'loop' || kernel.kind === 'contraction' ? kernel.stores : []
}

/** Buffers that a kernel reads at one position only, which is `position`. */
function readOnlyAt(kernel: LeafKernel, position: Position): Set<number> {
  const at = new Map<number, boolean>()
  for (const expr of exprsOf(kernel)) {
    if (expr.kind === 'load')
      at.set(
        expr.buffer,
        (at.get(expr.buffer) ?? true) && !expr.checked && expr.position.key === position.key,
      )
  }
  return new Set([...at].filter(([, ok]) => ok).map(([buffer]) => buffer))
}

const none: ReadonlySet<number> = new Set()

/** The buffers that stores read. */
const loadedBy = (stores: readonly Store[]): ReadonlySet<number> =>
  new Set(
    topological(stores.map((store) => store.value)).flatMap((expr) =>
      expr.kind === 'load' ? [expr.buffer] : [],
    ),
  )

class Planner {
  readonly #buffers: readonly BufferSpec[]
  readonly #options: PlanOptions
  readonly #timeline: Timeline
  readonly #lives: ReadonlyMap<number, Life>
  /** Buffers that lie in another buffer's memory. */
  readonly #aliasOf = new Map<number, number>()
  readonly #inputs: readonly number[]
  readonly #outputs: readonly number[]

  constructor(
    buffers: readonly BufferSpec[],
    kernels: readonly Kernel[],
    inputs: readonly number[],
    outputs: readonly number[],
    options: PlanOptions,
  ) {
    this.#buffers = buffers
    this.#inputs = inputs
    this.#outputs = outputs
    this.#options = options
    this.#timeline = timelineOf(kernels)
    this.#lives = this.#timeline.lives
  }

  plan(): MemoryPlan {
    for (const { kernel, span } of this.#timeline.loops) this.#carryInPlace(kernel, span)
    for (const { kernel, at } of this.#timeline.leaves) this.#writeInPlace(kernel, at)
    this.#reuseDonated()
    const arena = this.#layOut()
    const places = this.#buffers.map((spec) => this.#placeOf(spec, arena.offsets, arena.slots))
    return {
      places,
      arenaBytes: arena.bytes,
      slotBytes: arena.slotBytes,
      lowerBoundBytes: this.#lowerBound(),
      occupied: arena.occupied,
    }
  }

  #owner(buffer: number): number {
    const next = this.#aliasOf.get(buffer)
    return next === undefined ? buffer : this.#owner(next)
  }

  #sameSize(a: number, b: number): boolean {
    const [x, y] = [this.#buffers[a], this.#buffers[b]]
    return x !== undefined && y !== undefined && x.size === y.size && bufferBytes(x) === bufferBytes(y)
  }

  #isDonated(buffer: number): boolean {
    const input = this.#inputs.indexOf(buffer)
    return input >= 0 && this.#options.donated[input] === true
  }

  /** The next value of a carry may be written over the current one by the last kernel that looks at it. */
  #carryInPlace(loop: RepeatKernel | WhileKernel, { first, last }: Life): void {
    const inside = this.#timeline.leaves.filter(({ at }) => first <= at && at <= last)
    for (const rotation of loop.body) {
      const move = rotation.kind === 'loop' ? copyOf(rotation) : null
      // A carry moves from the iteration's own memory to what the loop keeps.
      if (move === null || isShared(loop, move.from) || !isShared(loop, move.to)) continue
      if (!this.#sameSize(move.from, move.to) || this.#aliasOf.has(move.from)) continue
      const writers = inside.filter(({ kernel }) => writesOf(kernel).includes(move.from))
      const [writer] = writers
      if (writer === undefined || writers.length > 1) continue
      const { kernel: last, at: end } = writer
      const store = storesIn(last).find((s) => s.buffer === move.from)
      const isRow = last.kind === 'reduce' && store !== undefined && last.rowStores.includes(store)
      const readLater = isRow ? loadedBy(last.elementStores) : none
      const here = store === undefined || readLater.has(move.to) ? none : readOnlyAt(last, store.position)
      const readers = inside.filter(({ kernel }) => readsOf(kernel).has(move.to))
      const unseen = readers.every(({ at }) => at < end || (at === end && here.has(move.to)))
      const moves = inside.filter(({ kernel }) => writesOf(kernel).includes(move.to))
      if (unseen && moves.length === 1) this.#aliasOf.set(move.from, move.to)
    }
  }

  /** A store may land on an operand that is read at that very position and never again. */
  #writeInPlace(kernel: LeafKernel, at: number): void {
    const taken = new Set<number>()
    for (const store of storesIn(kernel)) {
      const spec = this.#buffers[store.buffer]
      if (
        spec === undefined ||
        this.#aliasOf.has(store.buffer) ||
        this.#lives.get(store.buffer)?.first !== at
      )
        continue
      const readLater =
        kernel.kind === 'reduce' && kernel.rowStores.includes(store) ? loadedBy(kernel.elementStores) : none
      for (const operand of readOnlyAt(kernel, store.position)) {
        if (readLater.has(operand)) continue
        const owner = this.#owner(operand)
        const role = this.#buffers[owner]?.role
        const free =
          role === 'temporary'
            ? spec.role === 'temporary'
            : role === 'input' && this.#isDonated(owner) && !this.#holdsResult(owner)
        if (
          !free ||
          taken.has(owner) ||
          this.#lastUse(owner) !== at ||
          !this.#sameSize(store.buffer, operand)
        )
          continue
        this.#aliasOf.set(store.buffer, owner)
        taken.add(owner)
        break
      }
    }
  }

  /** Whether a result lies in the memory of `owner`: it has to stay there when nobody reads it any more. */
  #holdsResult(owner: number): boolean {
    return [...this.#aliasOf.keys()].some(
      (b) => this.#buffers[b]?.role === 'output' && this.#owner(b) === owner,
    )
  }

  /** The last kernel that touches the memory of `owner`, through any alias. */
  #lastUse(owner: number): number {
    let last = this.#lives.get(owner)?.last ?? -1
    for (const [buffer] of this.#aliasOf)
      if (this.#owner(buffer) === owner) last = Math.max(last, this.#lives.get(buffer)?.last ?? -1)
    return last
  }

  /** Results take the memory of donated inputs that died before they are written. */
  #reuseDonated(): void {
    const used = new Set([...this.#aliasOf.keys()].map((buffer) => this.#owner(buffer)))
    for (const output of this.#outputs) {
      if (this.#aliasOf.has(output)) continue
      const first = this.#lives.get(output)?.first ?? 0
      const donor = this.#inputs.find(
        (input) =>
          this.#isDonated(input) &&
          !used.has(input) &&
          this.#sameSize(input, output) &&
          this.#lastUse(input) < first,
      )
      if (donor === undefined) continue
      this.#aliasOf.set(output, donor)
      used.add(donor)
    }
  }

  #temporaries(): { readonly id: number; readonly bytes: number; readonly life: Life }[] {
    return this.#buffers.flatMap((spec) => {
      const life = this.#lives.get(spec.id)
      if (spec.role !== 'temporary' || this.#aliasOf.has(spec.id) || life === undefined) return []
      return [
        {
          id: spec.id,
          bytes: padded(bufferBytes(spec), this.#options.alignment),
          life: { first: life.first, last: this.#lastUse(spec.id) },
        },
      ]
    })
  }

  /** Greedy by size: each buffer at the lowest offset that is free for its whole life; slots are found the same way. */
  #layOut(): {
    offsets: Map<number, number>
    slots: Map<number, number>
    bytes: number
    slotBytes: number[]
    occupied: Occupied[]
  } {
    const placed: { offset: number; end: number; slot: number; life: Life }[] = []
    const offsets = new Map<number, number>()
    const slots = new Map<number, number>()
    const slotBytes: number[] = []
    let bytes = 0
    for (const { id, bytes: size, life } of this.#temporaries().sort((a, b) => b.bytes - a.bytes)) {
      const alive = placed
        .filter((p) => p.life.first <= life.last && life.first <= p.life.last)
        .sort((a, b) => a.offset - b.offset)
      let offset = 0
      for (const p of alive) if (p.offset < offset + size && offset < p.end) offset = p.end
      const busy = new Set(alive.map((p) => p.slot))
      let slot = slotBytes.findIndex((_, i) => !busy.has(i))
      if (slot < 0) slot = slotBytes.push(0) - 1
      slotBytes[slot] = Math.max(slotBytes[slot] ?? 0, size)
      placed.push({ offset, end: offset + size, slot, life })
      offsets.set(id, offset)
      slots.set(id, slot)
      bytes = Math.max(bytes, offset + size)
    }
    const occupied = placed.map(({ offset, end, life }) => ({ offset, end, ...life }))
    return { offsets, slots, bytes, slotBytes, occupied }
  }

  #placeOf(
    spec: BufferSpec,
    offsets: ReadonlyMap<number, number>,
    slots: ReadonlyMap<number, number>,
  ): Place {
    const owner = this.#owner(spec.id)
    const input = this.#inputs.indexOf(owner)
    if (input >= 0) return { kind: 'input', input }
    const output = this.#outputs.indexOf(owner)
    if (output >= 0) return { kind: 'output', output }
    return { kind: 'arena', offset: offsets.get(owner) ?? 0, slot: slots.get(owner) ?? 0 }
  }

  #lowerBound(): number {
    const temporaries = this.#temporaries()
    let most = 0
    for (let at = 0; at < this.#timeline.length; at++) {
      const alive = temporaries.filter(({ life }) => life.first <= at && at <= life.last)
      most = Math.max(
        most,
        alive.reduce((sum, { bytes }) => sum + bytes, 0),
      )
    }
    return most
  }
}

/** The buffers of a kernel that only copies one to another as it is. */
function copyOf({ stores }: LoopKernel): { readonly from: number; readonly to: number } | null {
  const [store] = stores
  return stores.length === 1 && store !== undefined && isCopy(store)
    ? { from: store.value.buffer, to: store.buffer }
    : null
}

const isCopy = (store: Store): store is Store & { readonly value: LoadExpr } =>
  store.value.kind === 'load' && !store.value.checked && store.value.position.key === store.position.key

/** Without the copies from a place to itself; and the time of each kernel that is left, as the plan counts it. */
export function dropSelfCopies(
  kernels: readonly Kernel[],
  plan: MemoryPlan,
): { readonly kernels: Kernel[]; readonly times: Life[] } {
  const place = (buffer: number): string => JSON.stringify(plan.places[buffer])
  const spans = timelineOf(kernels)
  const times: Life[] = []
  let now = 0
  const span = (at: number): Life =>
    spans.loops.reduce<Life>(
      (most, { span: loop }) => (loop.first <= most.first && most.last <= loop.last ? loop : most),
      { first: at, last: at },
    )
  const keep = (kernel: Kernel): Kernel[] => {
    if (kernel.kind === 'repeat' || kernel.kind === 'while') {
      const test = kernel.kind === 'while' ? kernel.test.flatMap(keep) : []
      const body = kernel.body.flatMap(keep)
      now++
      return [kernel.kind === 'while' ? { ...kernel, test, body } : { ...kernel, body }]
    }
    const at = now++
    const stores =
      kernel.kind === 'loop'
        ? kernel.stores.filter((s) => !isCopy(s) || place(s.value.buffer) !== place(s.buffer))
        : null
    if (stores?.length === 0) return []
    times.push(span(at))
    return [kernel.kind === 'loop' && stores !== null ? { ...kernel, stores } : kernel]
  }
  return { kernels: kernels.flatMap(keep), times }
}

export function planMemory(
  buffers: readonly BufferSpec[],
  kernels: readonly Kernel[],
  inputs: readonly number[],
  outputs: readonly number[],
  options: PlanOptions,
): MemoryPlan {
  return new Planner(buffers, kernels, inputs, outputs, options).plan()
}
