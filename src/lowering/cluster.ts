/**
 * Clustering: merges draft kernels until nothing more fits. First consumers into their producers (loops, reduce
 * kernels), then loops into the epilogues of contractions, then independent kernels over one domain.
 */

import { sameShape, sizeOf } from '../core/shape.js'
import { finish, isLoop, keptAxes, type Cluster, type Draft, type Unclustered } from './draft.js'
import type { ExprBuilder } from './expr.js'
import { Graph, nodeOf, type Node } from './graph.js'
import { exprsOf } from './kernel.js'
import { mergeClusters, mergeEpilogue, storedBuffers, withoutStores } from './merge.js'

export interface ClusterLimits {
  /** The most distinct buffers that one kernel may touch. */
  readonly maxBindings: number
}

/** Expression nodes of one kernel: beyond this, code size and registers cost more than a pass over memory. */
const maxNodes = 800
/** A reduction to fewer rows than this is split over many workers, which a fused element loop could not be. */
const fewRows = 8
const smallDomain = 8192

class Clustering {
  readonly #b: ExprBuilder
  readonly #graph: Graph
  readonly #isOutput: (buffer: number) => boolean
  readonly #limits: ClusterLimits

  constructor(program: Unclustered, limits: ClusterLimits) {
    this.#b = program.b
    this.#graph = new Graph(program.drafts)
    const outputs = new Set(program.outputs)
    this.#isOutput = (buffer) => outputs.has(buffer)
    this.#limits = limits
  }

  run(): Draft[] {
    this.#vertical((producer, consumer) => this.#fuse(producer, consumer))
    this.#vertical((producer, consumer) => this.#fuseEpilogue(producer, consumer))
    this.#horizontal()
    this.#prune()
    return this.#graph.ordered()
  }

  /** Tries every producer of every kernel, in order, until no merge succeeds. */
  #vertical(merge: (producer: Node, consumer: Node) => Draft | null): void {
    const queue = [...this.#graph.nodes]
    for (let at = 0; at < queue.length; at++) {
      const consumer = queue[at]
      if (consumer === undefined || !this.#graph.nodes.has(consumer)) continue
      for (const producer of this.#producers(consumer)) {
        const merged = this.#graph.hasDetour(producer, consumer) ? null : merge(producer, consumer)
        if (merged === null || !this.#fits(merged)) continue
        queue.push(this.#replace([producer, consumer], merged))
        break
      }
    }
  }

  /** The kernels that a kernel reads from, nearest first; buffers written twice (scatter targets) do not merge. */
  #producers(node: Node): Node[] {
    const found = new Set<Node>()
    for (const buffer of node.reads) {
      const writers = this.#graph.writersOf(buffer)
      const [only] = writers
      if (writers.size === 1 && only !== undefined && only !== node) found.add(only)
    }
    return [...found].sort((a, b) => b.order - a.order)
  }

  #fuse({ draft: producer }: Node, { draft: consumer }: Node): Cluster | null {
    if (producer.kind !== 'cluster' || consumer.kind !== 'cluster') return null
    const merged =
      this.#isScatterTarget(producer) || this.#isScatterTarget(consumer)
        ? null
        : mergeClusters(this.#b, producer, consumer)
    if (merged === null || !this.#worthwhile(producer, consumer, merged)) return null
    return merged
  }

  /** Keeps long reductions to few rows apart from loops over their elements. */
  #worthwhile(producer: Cluster, consumer: Cluster, merged: Cluster): boolean {
    if (isLoop(merged) || sizeOf(merged.shape) <= smallDomain) return true
    if (sizeOf(keptAxes(merged).map((axis) => merged.shape[axis] ?? 1)) >= fewRows) return true
    const needed = merged.elementStores.filter((s) => this.#isNeededBeside(s.buffer, producer, consumer))
    return needed.length === 0 && (isLoop(producer) || isLoop(consumer))
  }

  #isNeededBeside(buffer: number, ...drafts: readonly Draft[]): boolean {
    return (
      this.#isOutput(buffer) ||
      [...this.#graph.readersOf(buffer)].some((reader) => !drafts.includes(reader.draft))
    )
  }

  /** A copy that a scatter or a loop goes on to update must stay a kernel of its own; parts of a whole may merge. */
  #isScatterTarget(cluster: Cluster): boolean {
    return storedBuffers(cluster).some((buffer) => {
      const writers = [...this.#graph.writersOf(buffer)]
      return writers.length > 1 && writers.some(({ draft }) => draft.kind !== 'cluster')
    })
  }

  #fuseEpilogue({ draft: producer }: Node, { draft: consumer }: Node): Draft | null {
    if (producer.kind !== 'contraction' || consumer.kind !== 'cluster' || this.#isScatterTarget(consumer))
      return null
    return mergeEpilogue(this.#b, producer, consumer)
  }

  /** Independent kernels over one domain that read something in common, or are too small to be worth a launch. */
  #horizontal(): void {
    const groups = new Map<string, Node[]>()
    for (const node of this.#graph.nodes) {
      if (node.draft.kind !== 'cluster' || this.#isScatterTarget(node.draft)) continue
      const key = `${node.draft.shape.join()}/${node.draft.reduced.join()}`
      groups.set(key, [...(groups.get(key) ?? []), node])
    }
    for (const group of groups.values()) this.#mergeGroup(group)
  }

  #mergeGroup(group: readonly Node[]): void {
    let current = group[0]
    for (const next of group.slice(1)) {
      const merged = current === undefined ? null : this.#siblings(current, next)
      current = merged === null ? next : this.#replace([current as Node, next], merged)
    }
  }

  #siblings(a: Node, b: Node): Cluster | null {
    if (a.draft.kind !== 'cluster' || b.draft.kind !== 'cluster' || !sameShape(a.draft.shape, b.draft.shape))
      return null
    const shares = [...a.reads].some((buffer) => b.reads.has(buffer))
    if (!shares && sizeOf(a.draft.shape) > smallDomain) return null
    if (this.#graph.reaches(a, b) || this.#graph.reaches(b, a)) return null
    const merged = mergeClusters(this.#b, a.draft, b.draft)
    return merged !== null && this.#fits(merged) ? merged : null
  }

  #fits(draft: Draft): boolean {
    const trimmed = this.#trim(draft)
    if (exprsOf(finish(trimmed)).length > maxNodes) return false
    if (this.#limits.maxBindings === Infinity) return true
    const { reads, writes } = nodeOf(trimmed, 0)
    return new Set([...reads, ...writes]).size <= this.#limits.maxBindings
  }

  /** Without the stores that only the merged kernels themselves read. */
  #trim(draft: Draft): Draft {
    if (draft.kind !== 'cluster' && draft.kind !== 'contraction') return draft
    const own = new Set(storedBuffers(draft))
    return withoutStores(
      draft,
      (buffer) =>
        this.#isOutput(buffer) ||
        [...this.#graph.readersOf(buffer)].some((reader) => !reader.writes.some((w) => own.has(w))),
    )
  }

  #replace(old: readonly Node[], merged: Draft): Node {
    for (const node of old) this.#graph.remove(node)
    const kept =
      merged.kind === 'cluster' || merged.kind === 'contraction'
        ? withoutStores(merged, (buffer) => this.#isOutput(buffer) || this.#graph.readersOf(buffer).size > 0)
        : merged
    const node = nodeOf(kept, Math.max(...old.map((n) => n.order)))
    this.#graph.add(node)
    return node
  }

  /** Drops kernels and stores whose results nobody reads, until there are none. */
  #prune(): void {
    for (const node of [...this.#graph.nodes].sort((a, b) => b.order - a.order)) {
      const isNeeded = (buffer: number): boolean =>
        this.#isOutput(buffer) || [...this.#graph.readersOf(buffer)].some((reader) => reader !== node)
      if (!node.writes.some(isNeeded)) this.#graph.remove(node)
      else if (node.draft.kind === 'cluster' || node.draft.kind === 'contraction') {
        if (node.writes.every(isNeeded)) continue
        this.#graph.remove(node)
        this.#graph.add(nodeOf(withoutStores(node.draft, isNeeded), node.order))
      }
    }
  }
}

/** Draft kernels → fewer, larger ones, ordered. */
export const clusterKernels = (program: Unclustered, limits: ClusterLimits): Draft[] =>
  new Clustering(program, limits).run()
