/**
 * Values that a reduction kernel would compute twice, in a stage and again later (the exponentials of softmax):
 * the stage stores them where the kernel's output will be, and later uses load them from there. The row is still
 * in the cache, and it costs no memory.
 */

import { operandsOf, topological, type Expr, type ExprBuilder } from '../expr.js'
import type { ReduceKernel, Store } from '../kernel.js'
import type { ModuleContext } from './context.js'
import { dependencies } from './frame.js'
import { isMathName } from './hostMath.js'
import { storeExprs } from './store.js'

export interface CachedRows {
  readonly kernel: ReduceKernel
  /** For each stage, the stores of values for later. */
  readonly cached: readonly (readonly Store[])[]
}

/** Expressions of `now` that `later` needs too and that hold a transcendental function, none inside another. */
function sharedWork(now: readonly Expr[], later: readonly Expr[]): Expr[] {
  const costly = new Set<Expr>()
  for (const e of topological(now)) {
    if ((e.kind === 'alu' && isMathName(e.name)) || operandsOf(e).some((operand) => costly.has(operand)))
      costly.add(e)
  }
  const shared = topological(later).filter((e) => costly.has(e) && e.lane === 'f32')
  const inside = new Set(shared.flatMap((e) => topological([e]).filter((below) => below !== e)))
  return shared.filter((e) => !inside.has(e))
}

/** Rebuilds expressions with some of them replaced. */
function replacing(b: ExprBuilder, replaced: ReadonlyMap<Expr, Expr>): (e: Expr) => Expr {
  const memo = new Map(replaced)
  const visit = (e: Expr): Expr => {
    const known = memo.get(e)
    if (known !== undefined) return known
    const made =
      e.kind === 'alu'
        ? b.alu(e.name, ...e.args.map(visit))
        : e.kind === 'cast'
          ? b.cast(visit(e.arg), e.lane)
          : e.kind === 'bitcast'
            ? b.bitcast(visit(e.arg), e.lane)
            : e
    memo.set(e, made)
    return made
  }
  return visit
}

const memoryOf = (module: ModuleContext, buffer: number): string => {
  const { slot, offset } = module.place(buffer)
  return `${slot}:${offset}`
}

/** Whether one of `later` reads memory that stores to `written` overwrite (the buffers themselves excepted). */
function readsMemoryOf(module: ModuleContext, written: readonly number[], later: readonly Expr[]): boolean {
  const taken = new Set(written.map((buffer) => memoryOf(module, buffer)))
  return topological(later).some(
    (e) => e.kind === 'load' && !written.includes(e.buffer) && taken.has(memoryOf(module, e.buffer)),
  )
}

/** Element stores that need neither a result of the last stage nor what its pass stores are done in that pass. */
function storeEarly(module: ModuleContext, { kernel, cached }: CachedRows): CachedRows {
  const last = kernel.stages.at(-1)
  if (last === undefined) return { kernel, cached }
  const late = new Set(last.map((r) => r.index))
  const held = new Set((cached.at(-1) ?? []).map((store) => store.buffer))
  const needsPass = (e: Expr): boolean =>
    (e.kind === 'load' && held.has(e.buffer)) || dependencies(e).results.some((r) => late.has(r))
  // A kept value must stay where it is until the late stores have read it.
  const kept = new Set(cached.flat().map((store) => store.buffer))
  const isLate = (store: Store): boolean =>
    kept.has(store.buffer) || topological(storeExprs([store])).some(needsPass)
  const early = kernel.elementStores.filter((store) => !isLate(store))
  const rest = kernel.elementStores.filter(isLate)
  if (
    early.length === 0 ||
    readsMemoryOf(
      module,
      early.map((store) => store.buffer),
      [...storeExprs(kernel.rowStores), ...storeExprs(rest)],
    )
  )
    return { kernel, cached }
  return {
    kernel: { ...kernel, elementStores: rest },
    cached: cached.map((list, i) => (i === cached.length - 1 ? [...list, ...early] : list)),
  }
}

/** The kernel with its work in the right passes. */
export const arrangeStores = (module: ModuleContext, b: ExprBuilder, kernel: ReduceKernel): CachedRows =>
  storeEarly(module, cacheInOutput(module, b, kernel))

/** `b` made the kernel's expressions. */
function cacheInOutput(module: ModuleContext, b: ExprBuilder, kernel: ReduceKernel): CachedRows {
  const cached: Store[][] = kernel.stages.map(() => [])
  let current = kernel
  for (let s = 0; s < kernel.stages.length; s++) {
    const now = (current.stages[s] ?? []).map((r) => r.value)
    const laterStages = current.stages.slice(s + 1)
    const later = [...laterStages.flat().map((r) => r.value), ...storeExprs(current.elementStores)]
    const used = new Set(cached.flat().map((store) => store.buffer))
    const free = current.elementStores.filter(
      (store) => store.value.lane === 'f32' && !used.has(store.buffer),
    )
    const replaced = new Map(
      sharedWork(now, later)
        .slice(0, free.length)
        .map((e, i) => [e, free[i] as Store] as const),
    )
    if (replaced.size === 0) continue
    const visit = replacing(
      b,
      new Map([...replaced].map(([e, store]) => [e, b.load(store.buffer, 'f32', store.position)])),
    )
    const next: ReduceKernel = {
      ...current,
      stages: current.stages.map((stage, i) =>
        i <= s ? stage : stage.map((r) => ({ ...r, value: visit(r.value) })),
      ),
      elementStores: current.elementStores.map((store) => ({ ...store, value: visit(store.value) })),
    }
    // The output may lie where an input is: then that input must not be needed any more.
    const outputs = [...replaced.values()].map((store) => store.buffer)
    const rest = [
      ...next.stages
        .slice(s + 1)
        .flat()
        .map((r) => r.value),
      ...storeExprs(next.rowStores),
      ...storeExprs(next.elementStores),
    ]
    if (readsMemoryOf(module, outputs, rest)) continue
    for (const [value, { buffer, position }] of replaced) cached[s]?.push({ buffer, position, value })
    current = next
  }
  return { kernel: current, cached }
}
