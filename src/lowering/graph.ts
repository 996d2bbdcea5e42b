/**
 * Dependencies between draft kernels: who writes the buffers that a kernel reads. Used to decide whether two
 * kernels may become one, and to order them.
 */

import { finish, type Draft } from './draft.js'
import { readsOf, writesOf } from './kernel.js'

export interface Node {
  readonly order: number
  readonly draft: Draft
  readonly reads: ReadonlySet<number>
  readonly writes: readonly number[]
}

export function nodeOf(draft: Draft, order: number): Node {
  const kernel = finish(draft)
  return { order, draft, reads: readsOf(kernel), writes: writesOf(kernel) }
}

/** The kernels of a program while they merge. */
export class Graph {
  readonly nodes = new Set<Node>()
  readonly #writers = new Map<number, Set<Node>>()
  readonly #readers = new Map<number, Set<Node>>()

  constructor(drafts: readonly Draft[]) {
    drafts.forEach((draft, order) => this.add(nodeOf(draft, order)))
  }

  add(node: Node): void {
    this.nodes.add(node)
    for (const buffer of node.writes) index(this.#writers, buffer).add(node)
    for (const buffer of node.reads) index(this.#readers, buffer).add(node)
  }

  remove(node: Node): void {
    this.nodes.delete(node)
    for (const buffer of node.writes) index(this.#writers, buffer).delete(node)
    for (const buffer of node.reads) index(this.#readers, buffer).delete(node)
  }

  writersOf(buffer: number): ReadonlySet<Node> {
    return index(this.#writers, buffer)
  }

  readersOf(buffer: number): ReadonlySet<Node> {
    return index(this.#readers, buffer)
  }

  /** Kernels that must run before `node`: the writers of what it reads (a scatter reads its target). */
  before(node: Node): readonly Node[] {
    const writers: Node[] = []
    for (const buffer of node.reads) {
      this.writersOf(buffer).forEach((writer) => {
        if (writer !== node) writers.push(writer)
      })
    }
    return writers
  }

  /** Whether nothing but `reader` reads what `writer` writes: most often so, and quickly found out. */
  #isOnlyReader(reader: Node, writer: Node): boolean {
    for (const buffer of writer.writes)
      for (const node of this.readersOf(buffer)) if (node !== reader && node !== writer) return false
    return true
  }

  /** Whether `from` must run before `to` by way of a third kernel. */
  hasDetour(from: Node, to: Node): boolean {
    if (this.#isOnlyReader(to, from)) return false
    const seen = new Set<Node>([to])
    const open = this.before(to).filter((node) => node !== from)
    while (open.length > 0) {
      const node = open.pop()
      if (node === undefined || seen.has(node)) continue
      seen.add(node)
      for (const earlier of this.before(node)) {
        if (earlier === from) return true
        if (!seen.has(earlier)) open.push(earlier)
      }
    }
    return false
  }

  /** Whether `from` must run before `to` at all. */
  reaches(from: Node, to: Node): boolean {
    for (const node of this.before(to)) if (node === from) return true
    return this.hasDetour(from, to)
  }

  /** Every kernel after those it needs; otherwise in the order of the jaxpr. */
  ordered(): Draft[] {
    const done = new Set<Node>()
    const result: Draft[] = []
    const visit = (node: Node): void => {
      if (done.has(node)) return
      done.add(node)
      for (const earlier of [...this.before(node)].sort((a, b) => a.order - b.order)) visit(earlier)
      result.push(node.draft)
    }
    for (const node of [...this.nodes].sort((a, b) => a.order - b.order)) visit(node)
    return result
  }
}

function index(map: Map<number, Set<Node>>, key: number): Set<Node> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = new Set<Node>()
  map.set(key, made)
  return made
}
