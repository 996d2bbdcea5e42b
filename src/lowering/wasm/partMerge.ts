/**
 * Merging parts: the states of each row, in the order of the parts → the results of a stage, stored for later
 * stages; after the last stage also the kernel's stores of rows.
 */

import { sizeOf } from '../../core/shape.js'
import type { Expr } from '../expr.js'
import type { Store } from '../kernel.js'
import { i32, set, type Instruction, type Local } from './assembler/instruction.js'
import type { ModuleContext, Step } from './context.js'
import type { Value } from './frame.js'
import { blockSteps, finish, merge, startValue, statesOf, type Running } from './running.js'
import { partAxis, type Partial } from './partials.js'
import type { Split } from './partSplit.js'
import { emitRows, type Plan } from './reducePlan.js'
import { rangeLoop } from './reductionNest.js'
import { scalarType } from './scalarAlu.js'
import type { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'

/** A running state at its start. */
function fresh(scope: Scope, { reduction, rule }: Partial): Running {
  const { vectorAxis } = scope
  const state = rule.lanes.map((lane) =>
    Array.from({ length: vectorAxis?.parts ?? 1 }, () =>
      scope.fn.local(vectorAxis === null ? scalarType(lane) : 'v128', 'merged'),
    ),
  )
  const running: Running = { reduction, rule, state, total: null }
  scope.push(...restart(scope, running))
  return running
}

const restart = (scope: Scope, { rule, state }: Running): Instruction[] =>
  state.flatMap((locals, entry) =>
    locals.map((local) => set(local, startValue(scope, rule, entry, local.type === 'v128'))),
  )

/** Takes states into a running one, part by part of the vector axis. */
function take(scope: Scope, into: Running, states: readonly (readonly Instruction[])[]): void {
  statesOf(into).forEach((own, u) => {
    const vector = into.state[0]?.[u]?.type === 'v128'
    const held = (states[u] ?? []).map((s, e) =>
      scope.temp(vector ? 'v128' : scalarType(into.rule.lanes[e] ?? 'f32'), s),
    )
    const next = merge(scope, into.rule, own, held, vector)
    into.state.forEach((locals, e) => scope.push(set(locals[u] as Local, next[e] as Instruction)))
  })
}

/** The results of one row, or of the rows of a vector. */
function mergeRow(row: Scope, plan: Plan, { count }: Split, partials: readonly Partial[]): void {
  const sums = partials.map((p) => fresh(row, p))
  // Long lists are merged in blocks, which keeps the rounding errors of sums small.
  const blocked = count >= 2 * blockSteps
  const blocks = blocked ? partials.map((p) => fresh(row, p)) : sums
  const flush = (): Instruction[] => {
    const after = row.child()
    blocks.forEach((block, i) => take(after, sums[i] as Running, statesOf(block)))
    return [...after.statements, ...blocks.flatMap((block) => restart(row, block))]
  }
  rangeLoop(row, partAxis(plan), i32(0), i32(count), 1, blocked ? blockSteps : 0, null, flush, (inner) =>
    partials.forEach(({ states }, i) => {
      const loaded = states.map((s: Expr) =>
        inner.vectorAxis === null ? [inner.scalar(s)] : inner.vectors(s),
      )
      const parts = loaded[0]?.length ?? 1
      take(
        inner,
        blocks[i] as Running,
        Array.from({ length: parts }, (_, u) => loaded.map((entry) => entry[u] as Instruction)),
      )
    }),
  )
  const results = sums.map((r) => finish(row, r, false))
  partials.forEach(({ reduction }, i) => row.bindResult(reduction.index, results[i] as Value))
}

/** The step that merges the parts and makes `stores`, which see the results. */
export function mergeParts(
  module: ModuleContext,
  plan: Plan,
  split: Split,
  partials: readonly Partial[],
  stores: readonly Store[],
  name: string,
): Step {
  const rows = sizeOf(plan.kept.map((axis) => plan.kernel.shape[axis] ?? 1))
  const roots = [...partials.flatMap(({ states }) => states), ...storeExprs(stores)]
  return emitRows(module, name, plan, roots, 1, rows * split.count, (row) => {
    mergeRow(row, plan, split, partials)
    emitStores(row, stores)
  })
}
