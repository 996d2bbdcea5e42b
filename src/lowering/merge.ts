/**
 * Whether and how two drafts become one kernel. The consumer's domain is matched with the producer's, the loads
 * of the producer's results are replaced by the values themselves; a load at any other position forbids it.
 */

import { sameShape, sizeOf, type Shape } from '../core/shape.js'
import { isLoop, keptAxes, mapCluster, storesOf, type Cluster } from './draft.js'
import type { Expr, ExprBuilder, Position } from './expr.js'
import type { ContractionKernel, Store } from './kernel.js'
import { axisPosition, constantPosition, identityPosition, unravel } from './position.js'

type Parts = Pick<Cluster, 'reductions' | 'rowStores' | 'elementStores'>

/** Thrown inside a rewrite when a load reads a merged buffer somewhere else; caught by the merge that tried. */
class Misaligned extends Error {}
/** Always the same one: nobody reads the stack that a new one would take time to record. */
const misaligned = new Misaligned()

/** Replaces loads of stored buffers, at the stored position, by the stored values. */
function forwarding(
  stores: readonly Store[],
  results: (index: number) => Expr | null,
): (leaf: Expr, position: Position | null) => Expr | null {
  const byBuffer = new Map(stores.map((s) => [s.buffer, s]))
  return (leaf, position) => {
    if (leaf.kind === 'result') return results(leaf.index)
    if (leaf.kind !== 'load') return null
    const store = byBuffer.get(leaf.buffer)
    if (store === undefined) return null
    if (position === null || position.key !== store.position.key) throw misaligned
    return store.value
  }
}

function attempt<T>(merge: () => T): T | null {
  try {
    return merge()
  } catch (error) {
    if (error instanceof Misaligned) return null
    throw error
  }
}

/** The axes of a draft as positions in another domain; null where they stay as they are. */
type Axes = readonly Position[] | null

/** The domain axes of a loop in another domain of as many elements; undefined where it has more or fewer. */
const reshaped = (from: Shape, to: Shape): Axes | undefined =>
  sizeOf(from) !== sizeOf(to)
    ? undefined
    : sameShape(from, to)
      ? null
      : unravel(identityPosition<Expr>(to), from)

interface Alignment {
  /** The merged domain. */
  readonly shape: Shape
  readonly reduced: readonly number[]
  readonly producerAxes: Axes
  readonly consumerAxes: Axes
  /** Whether that side's elements are rows of the merged domain. */
  readonly producerAsRows: boolean
  readonly consumerAsRows: boolean
}

/** How the two domains lie on each other; null where they do not. */
function align(producer: Cluster, consumer: Cluster): Alignment | null {
  const base = isLoop(producer) ? consumer : producer
  const whole = {
    shape: base.shape,
    reduced: base.reduced,
    producerAxes: null,
    consumerAxes: null,
    producerAsRows: false,
    consumerAsRows: false,
  }
  if (!isLoop(producer) && !isLoop(consumer)) {
    const same =
      sameShape(producer.shape, consumer.shape) && producer.reduced.join() === consumer.reduced.join()
    return same ? whole : null
  }
  if (isLoop(producer) && isLoop(consumer)) {
    const [from, to] =
      producer.shape.length > consumer.shape.length ? [consumer, producer] : [producer, consumer]
    const axes = reshaped(from.shape, to.shape)
    if (axes === undefined) return null
    return {
      ...whole,
      shape: to.shape,
      reduced: [],
      producerAxes: from === producer ? axes : null,
      consumerAxes: from === consumer ? axes : null,
    }
  }
  const loop = isLoop(producer) ? producer : consumer
  const place = (axes: Axes, asRows: boolean): Alignment =>
    loop === producer
      ? { ...whole, producerAxes: axes, producerAsRows: asRows }
      : { ...whole, consumerAxes: axes, consumerAsRows: asRows }
  const elements = reshaped(loop.shape, base.shape)
  if (elements !== undefined) return place(elements, false)
  return alignRows(loop.shape, base, place)
}

function alignRows(
  loop: Shape,
  base: Cluster,
  place: (axes: Axes, asRows: boolean) => Alignment,
): Alignment | null {
  const kept = keptAxes(base)
  const keptShape = kept.map((axis) => base.shape[axis] ?? 1)
  if (sizeOf(loop) !== sizeOf(keptShape)) return null
  const onBase = kept.map((axis) => axisPosition<Expr>(axis, base.shape[axis] ?? 1))
  if (sameShape(loop, keptShape)) return place(onBase, true)
  // Row positions in terms of the kept axes, renumbered to the axes of the base.
  const flat =
    onBase.length === 0
      ? constantPosition<Expr>(0)
      : onBase.reduce((sum, p, i) => weighted(sum, p, keptShape, i), constantPosition<Expr>(0))
  return place(unravel(flat, loop), true)
}

function weighted(sum: Position, p: Position, shape: Shape, i: number): Position {
  const [term] = p.terms
  const stride = sizeOf(shape.slice(i + 1))
  if (term === undefined) return sum
  const terms = [...sum.terms, { atom: term.atom, factor: stride }].sort((a, b) =>
    a.atom.key < b.atom.key ? -1 : 1,
  )
  return { constant: 0, terms, key: [...terms.map((t) => `${t.factor}*${t.atom.key}`), '0'].join('+') }
}

const asRows = (parts: Parts, rows: boolean): Parts =>
  rows
    ? {
        reductions: parts.reductions,
        rowStores: [...parts.rowStores, ...parts.elementStores],
        elementStores: [],
      }
    : parts

/** One cluster that does the work of both, or null where a result is needed at another position than it is made. */
export function mergeClusters(b: ExprBuilder, producer: Cluster, consumer: Cluster): Cluster | null {
  const alignment = align(producer, consumer)
  if (alignment === null) return null
  const { shape, reduced } = alignment
  return attempt(() => {
    const { producerAxes } = alignment
    const first = asRows(
      producerAxes === null ? producer : mapCluster(b, producer, producerAxes, () => null),
      alignment.producerAsRows,
    )
    const offset = first.reductions.length
    const renumber = (index: number): Expr | null => {
      const own = consumer.reductions[index]
      return own === undefined || offset === 0 ? null : b.result(index + offset, own.lane)
    }
    const stores = [...first.rowStores, ...first.elementStores]
    const mapped = mapCluster(b, consumer, alignment.consumerAxes, forwarding(stores, renumber))
    const second = asRows(mapped, alignment.consumerAsRows)
    return {
      kind: 'cluster',
      shape,
      reduced,
      reductions: [...first.reductions, ...second.reductions.map((r) => ({ ...r, index: r.index + offset }))],
      rowStores: [...first.rowStores, ...second.rowStores],
      elementStores: [...first.elementStores, ...second.elementStores],
    }
  })
}

/** A loop over the product of a contraction, computed in its epilogue. */
export function mergeEpilogue(
  b: ExprBuilder,
  producer: ContractionKernel,
  consumer: Cluster,
): ContractionKernel | null {
  const domain = [producer.batch, producer.m, producer.n]
  if (!isLoop(consumer)) return null
  const axes = reshaped(consumer.shape, domain)
  if (axes === undefined) return null
  return attempt(() => {
    const mapped = mapCluster(
      b,
      consumer,
      axes,
      forwarding(producer.stores, () => null),
    )
    const stores = mapped.elementStores
    // The epilogue runs for whole tiles: its own stores must cover the tile's elements one to one.
    const identity = identityPosition<Expr>(domain).key
    if (stores.some((s) => s.position.key !== identity)) throw misaligned
    return { ...producer, stores: [...producer.stores, ...stores] }
  })
}

/** The stores of a cluster or contraction that something still needs. */
export function withoutStores<T extends Cluster | ContractionKernel>(
  draft: T,
  isNeeded: (buffer: number) => boolean,
): T {
  if (draft.kind === 'contraction')
    return { ...draft, stores: draft.stores.filter((s) => isNeeded(s.buffer)) }
  const cluster: Cluster = draft
  return {
    ...draft,
    rowStores: cluster.rowStores.filter((s) => isNeeded(s.buffer)),
    elementStores: cluster.elementStores.filter((s) => isNeeded(s.buffer)),
  }
}

export const storedBuffers = (draft: Cluster | ContractionKernel): readonly number[] =>
  (draft.kind === 'contraction' ? draft.stores : storesOf(draft)).map((s) => s.buffer)
