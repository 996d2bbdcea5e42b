/**
 * Kernels while they are being formed. A cluster is a loop or a reduce kernel: reductions and stores over one
 * domain, which can still absorb others; the remaining kinds are final kernels.
 */

import type { Shape } from '../core/shape.js'
import { rewrite, topological, type Expr, type ExprBuilder, type Position } from './expr.js'
import type { BufferSpec, Kernel, LoopKernel, ReduceKernel, Reduction, Store } from './kernel.js'

export interface Cluster {
  readonly kind: 'cluster'
  /** The domain, without axes of size 1. */
  readonly shape: Shape
  /** Empty for a loop. */
  readonly reduced: readonly number[]
  readonly reductions: readonly Reduction[]
  /** Values that vary along kept axes only. */
  readonly rowStores: readonly Store[]
  readonly elementStores: readonly Store[]
}

export type Draft = Cluster | Exclude<Kernel, LoopKernel | ReduceKernel>

/** A program before kernels are merged. */
export interface Unclustered {
  readonly b: ExprBuilder
  readonly buffers: readonly BufferSpec[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly drafts: readonly Draft[]
}

export const loopCluster = (shape: Shape, elementStores: readonly Store[]): Cluster => ({
  kind: 'cluster',
  shape,
  reduced: [],
  reductions: [],
  rowStores: [],
  elementStores,
})

export const isLoop = (cluster: Cluster): boolean => cluster.reduced.length === 0
export const keptAxes = (cluster: Cluster): number[] =>
  cluster.shape.map((_, axis) => axis).filter((axis) => !cluster.reduced.includes(axis))
export const storesOf = (cluster: Cluster): readonly Store[] => [
  ...cluster.rowStores,
  ...cluster.elementStores,
]

/** The cluster with all its expressions and positions rewritten. */
export function mapCluster(
  b: ExprBuilder,
  cluster: Cluster,
  axes: readonly Position[] | null,
  leaf: Parameters<typeof rewrite>[2],
): Pick<Cluster, 'reductions' | 'rowStores' | 'elementStores'> {
  const visit = rewrite(b, axes, leaf)
  const place = (p: Position): Position => movePosition(b, p, axes, visit)
  const store = (s: Store): Store => ({
    buffer: s.buffer,
    position: place(s.position),
    value: visit(s.value),
  })
  return {
    reductions: cluster.reductions.map((r) => ({ ...r, value: visit(r.value) })),
    rowStores: cluster.rowStores.map(store),
    elementStores: cluster.elementStores.map(store),
  }
}

/** A store position through the same rewriting: it rides on a position expression. */
function movePosition(
  b: ExprBuilder,
  p: Position,
  axes: readonly Position[] | null,
  visit: (expr: Expr) => Expr,
): Position {
  if (p.terms.length === 0 || (axes === null && p.terms.every(({ atom }) => atom.kind === 'axis'))) return p
  const moved = visit(b.position(p))
  return moved.kind === 'position'
    ? moved.position
    : {
        constant: moved.kind === 'const' ? moved.value : 0,
        terms: [],
        key: String(moved.kind === 'const' ? moved.value : 0),
      }
}

/** Reductions in passes: one that needs no other first, then those that need it, and so on. */
function stagesOf(reductions: readonly Reduction[]): Reduction[][] {
  const stageOf = new Map<number, number>()
  const stages: Reduction[][] = []
  for (const r of reductions) {
    const needed = topological([r.value]).flatMap((e) =>
      e.kind === 'result' ? [stageOf.get(e.index) ?? 0] : [],
    )
    const stage = needed.length === 0 ? 0 : Math.max(...needed) + 1
    stageOf.set(r.index, stage)
    ;(stages[stage] ??= []).push(r)
  }
  return stages
}

/** The final kernel of a draft. */
export function finish(draft: Draft): Kernel {
  if (draft.kind !== 'cluster') return draft
  const { shape, reduced, reductions, rowStores, elementStores } = draft
  if (isLoop(draft)) return { kind: 'loop', shape, stores: elementStores }
  return { kind: 'reduce', shape, reduced, stages: stagesOf(reductions), rowStores, elementStores }
}
