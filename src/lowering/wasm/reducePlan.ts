/**
 * How a reduce kernel is walked. Vectors lie along the innermost axis: if that is reduced, a row gives one number
 * for each result after its lanes are merged; if it is kept, the rows of a vector are reduced side by side.
 */

import { sizeOf } from '../../core/shape.js'
import type { Expr, ExprBuilder } from '../expr.js'
import type { ReduceKernel } from '../kernel.js'
import { op, when } from './assembler/instruction.js'
import { orderAxes } from './axisOrder.js'
import { arrangeStores, type CachedRows } from './cache.js'
import { collapse } from './collapse.js'
import type { ModuleContext, Step } from './context.js'
import { elementsPerCall, isVectorisable, stepFunction } from './loop.js'
import { forAxes, forUnits, forVectorRange, unitOf } from './nest.js'
import { flatPosition } from './running.js'
import { Scope } from './scope.js'
import { storeExprs } from './store.js'
import { forLines, leadingAxes } from './units.js'
import { workOf } from './work.js'

/** The kernel with merged axes, and how it is walked. */
export interface Plan {
  /** Made its expressions. */
  readonly builder: ExprBuilder
  readonly kernel: ReduceKernel
  readonly kept: readonly number[]
  readonly reduced: readonly number[]
  /** Vectors along the last axis, if that is kept or reduced; `none` computes with scalars. */
  readonly along: 'kept' | 'reduced' | 'none'
  readonly flat: Expr
  /** For each stage, values that it stores for later ones. */
  readonly cached: CachedRows['cached']
}

export function planOf(module: ModuleContext, given: ReduceKernel): Plan {
  const kernel = orderAxes(given)
  const roots = [
    ...kernel.stages.flat().map((r) => r.value),
    ...storeExprs(kernel.rowStores),
    ...storeExprs(kernel.elementStores),
  ]
  const isReduced = (axis: number): boolean => kernel.reduced.includes(axis)
  const c = collapse(kernel.shape, roots, [], (a, b) => isReduced(a) !== isReduced(b))
  const reduced = [...new Set(kernel.reduced.map((axis) => c.axisOf[axis] ?? -1))].filter((axis) => axis >= 0)
  const { kernel: merged, cached } = arrangeStores(module, c.builder, {
    kind: 'reduce',
    shape: c.shape,
    reduced,
    stages: kernel.stages.map((stage) => stage.map((r) => ({ ...r, value: c.expr(r.value) }))),
    rowStores: c.stores(kernel.rowStores),
    elementStores: c.stores(kernel.elementStores),
  })
  const kept = c.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis))
  const last = c.shape.length - 1
  const vector = last >= 0 && isVectorisable(roots)
  return {
    builder: c.builder,
    kernel: merged,
    kept,
    reduced,
    along: !vector ? 'none' : reduced.includes(last) ? 'reduced' : 'kept',
    flat: flatPosition(c.builder, c.shape, reduced),
    cached,
  }
}

/** A function over the rows of a kernel: vectors of them where they lie along a kept axis. */
export function emitRows(
  module: ModuleContext,
  name: string,
  { kernel: { shape }, kept, along }: Pick<Plan, 'kernel' | 'kept' | 'along'>,
  roots: readonly Expr[],
  parts: number,
  elements: number,
  row: (inner: Scope) => void,
): Step {
  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, roots, elements)
  const size = (axis: number): number => shape[axis] ?? 1
  const [first, ...others] = kept
  const last = others.at(-1) ?? first
  const work = workOf(elements, roots)
  if (first === undefined || last === undefined) {
    const inner = scope.child()
    row(inner)
    scope.push(when(op('i32.lt_s', begin, end), inner.statements))
    return { name, target: fn, units: 1, grain: 1, work }
  }
  const grainOf = (units: number): number =>
    Math.max(1, Math.floor((elementsPerCall * units) / Math.max(1, elements)))
  if (along === 'kept' && others.length === 0) {
    const unit = unitOf(size(first), parts)
    forVectorRange(scope, { axis: first, size: size(first), parts, unit }, begin, end, row)
    const units = Math.ceil(size(first) / unit)
    return { name, target: fn, units, grain: Math.max((4 * parts) / unit, grainOf(units)), work }
  }
  const sized = kept.map((axis) => ({ axis, size: size(axis) }))
  if (along === 'kept') {
    const [outer, lastSized] = [sized.slice(0, -1), { axis: last, size: size(last) }]
    const weight = elements / sizeOf(sized.map((a) => a.size))
    const lines = { outer, last: lastSized, parts, weight, spare: shape.length + 2 }
    const units = forLines(scope, lines, begin, end, row)
    return { name, target: fn, units, grain: grainOf(units), work }
  }
  const outer = leadingAxes(sized)
  forUnits(scope, outer, begin, end, (unit) => forAxes(unit, kept.slice(outer.length), size, row))
  const units = sizeOf(outer.map((a) => a.size))
  return { name, target: fn, units, grain: grainOf(units), work }
}
