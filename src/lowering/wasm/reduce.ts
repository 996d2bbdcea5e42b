/**
 * Reduce kernels: for each row some stages of reductions, then stores → one function over the outermost kept axis,
 * or, where rows are few and long, several over parts of them (reduceParts.ts).
 */

import { sizeOf } from '../../core/shape.js'
import type { ReduceKernel, Reduction, Store } from '../kernel.js'
import { takeLine } from './argBlocks.js'
import { isExtremePosition, startBest } from './argExtreme.js'
import { get } from './assembler/instruction.js'
import type { ModuleContext, Step } from './context.js'
import type { Value } from './frame.js'
import { partsFor } from './loop.js'
import { forAxes, forVectors } from './nest.js'
import { emitInParts } from './reduceParts.js'
import { emitRows, planOf, type Plan } from './reducePlan.js'
import { forReduction } from './reductionNest.js'
import { blockSteps, finish, flush, isFloatSum, start, step } from './running.js'
import type { Scope } from './scope.js'
import { emitShortRow, isShort } from './shortRows.js'
import { emitStores, storeExprs } from './store.js'

/** One stage of one row (or of the rows of a vector): all its reductions in one pass. */
function emitStage(scope: Scope, plan: Plan, stage: readonly Reduction[], cached: readonly Store[]): void {
  const { kernel, reduced, along, flat } = plan
  const [only, ...others] = stage
  if (only !== undefined && others.length + cached.length === 0 && looksAlongLines(plan, only))
    return emitPosition(scope, plan, only)
  const sizes = reduced.map((axis) => kernel.shape[axis] ?? 1)
  const rowParts = scope.vectorAxis?.parts ?? 1
  const parts =
    along === 'reduced' ? partsAlong(sizes.at(-1) ?? 1, partsFor(stage.map((r) => r.value))) : rowParts
  const elements = sizeOf(sizes) / (along === 'reduced' ? 4 * parts : 1)
  const long = elements >= 2 * blockSteps && stage.some(isFloatSum)
  const running = stage.map((r) => start(scope, r, parts, along !== 'none', long))
  if (!sizes.includes(0)) {
    const walk = {
      parts: along === 'reduced' ? parts : 0,
      block: long ? blockSteps : 0,
      flush: () => flush(scope, running),
    }
    forReduction(scope, reduced, sizes, walk, (inner, masked) => {
      running.forEach((r) => step(inner, r, { value: r.reduction.value, flat, masked }))
      emitStores(inner, cached)
    })
  }
  if (long) scope.push(...flush(scope, running))
  // All results are computed before the first is bound: the values of a stage do not see each other.
  const results = running.map((r) => finish(scope, r, along === 'reduced'))
  stage.forEach((r, i) => scope.bindResult(r.index, results[i] as Value))
}

/** Vectors side by side in a row: so few that there are two turns of them, or there is but one. */
const partsAlong = (size: number, wanted: number): number =>
  wanted === 1 || 8 * wanted <= size ? wanted : partsAlong(size, wanted / 2)

/** Whether positions are looked for along lines of vectors that are long enough to do it block by block. */
const looksAlongLines = ({ along, kernel }: Plan, reduction: Reduction): boolean =>
  along === 'reduced' &&
  isExtremePosition(reduction) &&
  (kernel.shape.at(-1) ?? 1) >= 64 &&
  !kernel.shape.includes(0)

function emitPosition(scope: Scope, { builder, kernel, reduced, flat }: Plan, reduction: Reduction): void {
  const size = (axis: number): number => kernel.shape[axis] ?? 1
  const last = kernel.shape.length - 1
  const best = startBest(scope, reduction)
  forAxes(scope, reduced.slice(0, -1), size, (inner) =>
    takeLine(inner, builder, best, { axis: last, from: 0, size: size(last), flat }),
  )
  scope.bindResult(reduction.index, { vector: false, parts: [get(best.position)] })
}

/** All of a row, or of the rows of a vector. */
function emitRow(scope: Scope, plan: Plan): void {
  const { kernel, reduced, along } = plan
  kernel.stages.forEach((stage, i) => emitStage(scope, plan, stage, plan.cached[i] ?? []))
  emitStores(scope, kernel.rowStores)
  if (kernel.elementStores.length === 0) return
  const size = (axis: number): number => kernel.shape[axis] ?? 1
  if (reduced.some((axis) => size(axis) === 0)) return
  const body = (inner: Scope): void => emitStores(inner, kernel.elementStores)
  const last = reduced.at(-1)
  if (along !== 'reduced' || last === undefined) return forAxes(scope, reduced, size, body)
  forAxes(scope, reduced.slice(0, -1), size, (inner) =>
    forVectors(
      inner,
      last,
      size(last),
      partsAlong(size(last), partsFor(kernel.elementStores.map((s: Store) => s.value))),
      body,
    ),
  )
}

export function emitReduce(module: ModuleContext, kernel: ReduceKernel, name: string): readonly Step[] {
  if (sizeOf(kernel.shape.filter((_, axis) => !kernel.reduced.includes(axis))) === 0) return []
  const plan = planOf(module, kernel)
  const inParts = emitInParts(module, plan, name)
  if (inParts !== null) return inParts
  const { shape, stages, rowStores, elementStores } = plan.kernel
  const values = stages.flat().map((r) => r.value)
  const roots = [...values, ...[rowStores, elementStores, ...plan.cached].flatMap(storeExprs)]
  if (isShort(plan)) return [emitRows(module, name, plan, roots, 1, sizeOf(shape), emitShortRow(plan))]
  const parts = stages.length > 0 ? partsFor(values) : 1
  return [emitRows(module, name, plan, roots, parts, sizeOf(shape), (inner) => emitRow(inner, plan))]
}
