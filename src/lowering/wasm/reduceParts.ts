/**
 * Reductions in parts: where rows are few and long, or columns lie across long rows of memory, the reduced elements
 * are cut into parts of a fixed length. One step computes the state of every part, the next merges the states of
 * each row; so a stage of the kernel is two steps, and the stores of elements are a loop.
 */

import { rewrite, type Expr, type LoadExpr } from '../expr.js'
import type { Store } from '../kernel.js'
import type { ModuleContext, Step } from './context.js'
import { emitLoop } from './loop.js'
import { partialOf, scratchLoad } from './partials.js'
import { emitColumnParts } from './partColumns.js'
import { mergeParts } from './partMerge.js'
import { emitRowParts } from './partRows.js'
import { splitOf } from './partSplit.js'
import type { Plan } from './reducePlan.js'

/** The steps of a kernel that is computed in parts, or null where that is of no use. */
export function emitInParts(module: ModuleContext, plan: Plan, name: string): readonly Step[] | null {
  const split = splitOf(plan)
  if (split === null) return null
  const { builder, kernel } = plan
  const emitParts = plan.reduced.includes(kernel.shape.length - 1) ? emitRowParts : emitColumnParts
  // Results of earlier stages are loaded from where the merging steps stored them.
  const results = new Map<number, LoadExpr>()
  const seen = (): ((e: Expr) => Expr) =>
    rewrite(builder, null, (leaf) => (leaf.kind === 'result' ? (results.get(leaf.index) ?? null) : null))
  const withResults = (stores: readonly Store[]): Store[] => {
    const visit = seen()
    return stores.map((store) => ({ ...store, value: visit(store.value) }))
  }
  const last = kernel.stages.length - 1
  const steps = kernel.stages.flatMap((stage, s): Step[] => {
    const visit = seen()
    const partials = stage.map((r) => partialOf(module, plan, split, { ...r, value: visit(r.value) }))
    const cached = withResults(plan.cached[s] ?? [])
    const rowStores = s === last ? withResults(kernel.rowStores) : []
    const computed = emitParts(module, plan, split, partials, cached, `${name}_parts${s}`)
    const own = stage.map((r): Store => {
      const load = scratchLoad(module, plan, r.lane)
      results.set(r.index, load)
      return { buffer: load.buffer, position: load.position, value: builder.result(r.index, r.lane) }
    })
    const isLast = s === last && kernel.elementStores.length === 0
    const stores = [...(isLast ? [] : own), ...rowStores]
    return [computed, mergeParts(module, plan, split, partials, stores, `${name}_merge${s}`)]
  })
  const elements = withResults(kernel.elementStores)
  return [
    ...steps,
    ...emitLoop(module, { kind: 'loop', shape: kernel.shape, stores: elements }, `${name}_elements`),
  ]
}
