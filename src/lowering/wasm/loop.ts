/**
 * Loop kernels: stores of expressions over a domain → one function over parts of its outermost axis.
 */

import { sizeOf, type Shape } from '../../core/shape.js'
import { topological, type Expr } from '../expr.js'
import type { LoopKernel, Store } from '../kernel.js'
import { isTransposed } from './address.js'
import { get, i32, when, op, type Instruction } from './assembler/instruction.js'
import { integerFunction, type FunctionBuilder } from './assembler/module.js'
import { collapse } from './collapse.js'
import type { ModuleContext, Step } from './context.js'
import { isMathName } from './hostMath.js'
import {
  forAxes,
  forBlocks,
  forRange,
  forStrips,
  forUnits,
  forVectorRange,
  forVectors,
  unitOf,
} from './nest.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { enoughUnits, forLines, leadingAxes } from './units.js'
import { workOf } from './work.js'

/** Elements of a strip of a blocked loop. */
const stripLength = 64
/** What shuffling costs beside loading and storing. */
const transposedFactor = 3
/** About how many elements one call of a kernel function handles. */
export const elementsPerCall = 32768

/** Vectors hold lanes of 32 bits. */
export const isVectorisable = (roots: readonly Expr[]): boolean =>
  topological(roots).every((e) => e.lane !== 'f64')

/** How many vectors side by side keep the machine busy: many where there is little to do for each. */
export function partsFor(roots: readonly Expr[]): number {
  const nodes = topological(roots).filter((e) => e.kind === 'alu' || e.kind === 'cast' || e.kind === 'load')
  if (nodes.some((e) => e.kind === 'alu' && isMathName(e.name))) return nodes.length < 12 ? 2 : 1
  return nodes.length <= 8 ? 4 : nodes.length <= 20 ? 2 : 1
}

/** A step function with its parameters. */
export function stepFunction(
  module: ModuleContext,
  name: string,
): {
  readonly fn: FunctionBuilder
  readonly begin: Instruction
  readonly end: Instruction
  readonly thread: Instruction
} {
  const { fn, parameters } = integerFunction(name, ['table', 'begin', 'end', 'thread'])
  const [, begin, end, thread] = parameters
  module.builder.functions.push(fn)
  return { fn, begin: get(begin), end: get(end), thread: get(thread) }
}

/** Whether whole vectors may be written at the end: the stores fill their buffers, which are padded. */
function fillsPadding(
  module: ModuleContext,
  size: number,
  stores: readonly Store[],
  roots: readonly Expr[],
): boolean {
  const isFlat = (p: Store['position']): boolean =>
    p.constant === 0 && p.terms.length === 1 && p.terms[0]?.factor === 1 && p.terms[0].atom.kind === 'axis'
  const loads = topological(roots).filter((e) => e.kind === 'load')
  const plain = loads.every((e) => e.position.terms.length === 0 || (isFlat(e.position) && !e.checked))
  return plain && stores.every((s) => isFlat(s.position) && module.place(s.buffer).size === size)
}

export function emitLoop(module: ModuleContext, kernel: LoopKernel, name: string): readonly Step[] {
  if (sizeOf(kernel.shape) === 0 || kernel.stores.length === 0) return []
  const before = storeExprs(kernel.stores)
  const collapsed = collapse(kernel.shape, before, [])
  const stores = collapsed.stores(kernel.stores)
  const { shape } = collapsed
  const roots = storeExprs(stores)
  const { fn, begin, end } = stepFunction(module, name)
  const size = sizeOf(shape)
  const scope = Scope.top(module, fn, roots, size)
  const vector = isVectorisable(roots)
  const parts = partsFor(roots)
  const [first = 1] = shape
  const body = (inner: Scope): void => emitStores(inner, stores)

  if (shape.length === 0) {
    const inner = scope.child()
    body(inner)
    scope.push(when(op('i32.lt_s', begin, end), inner.statements))
    return [{ name, target: fn, units: 1, grain: 1, work: 1 }]
  }
  if (shape.length === 1) {
    const unit = vector ? unitOf(size, parts) : 1
    const padded = vector && fillsPadding(module, size, stores, roots)
    if (vector) forVectorRange(scope, { axis: 0, size: first, parts, unit, padded }, begin, end, body)
    else forRange(scope, 0, begin, end, body)
    const work = workOf(size, roots)
    return [{ name, target: fn, units: Math.ceil(size / unit), grain: elementsPerCall / unit, work }]
  }
  const last = shape.length - 1
  const grainOf = (units: number): number => Math.max(1, Math.floor((elementsPerCall * units) / size))
  const lengthOf = (axis: number): number => shape[axis] ?? 1
  const blocked = vector ? blockAxis(roots, shape) : null
  if (blocked !== null) {
    const units = emitBlocked(scope, shape, blocked, begin, end, body)
    // Cache lines and pages of one call are used whole.
    return [
      { name, target: fn, units, grain: 4 * grainOf(units), work: transposedFactor * workOf(size, roots) },
    ]
  }
  const lines = {
    outer: shape.slice(0, -1).map((length, axis) => ({ axis, size: length })),
    last: { axis: last, size: lengthOf(last) },
    parts: vector ? parts : 0,
    weight: 1,
    spare: shape.length,
  }
  const units = forLines(scope, lines, begin, end, body)
  return [{ name, target: fn, units, grain: grainOf(units), work: workOf(size, roots) }]
}

/** The axis along which most loads are adjacent that are strided along the last one; null where there is none. */
function blockAxis(roots: readonly Expr[], shape: Shape): number | null {
  const last = shape.length - 1
  const loads = topological(roots).filter((e) => e.kind === 'load')
  const counts = shape
    .slice(0, -1)
    .map((size, axis) => (size < 4 ? 0 : loads.filter((e) => isTransposed(e, axis, last)).length))
  const most = Math.max(0, ...counts)
  return most === 0 ? null : counts.indexOf(most)
}

/** The nest with four steps of `axis` side by side, just outside the vectors; returns its number of units. */
function emitBlocked(
  scope: Scope,
  shape: Shape,
  axis: number,
  begin: Instruction,
  end: Instruction,
  body: (inner: Scope) => void,
): number {
  const last = shape.length - 1
  const sizeOfAxis = (a: number): number => shape[a] ?? 1
  const length = sizeOfAxis(last)
  const blocks = Math.ceil(sizeOfAxis(axis) / 4)
  const rows =
    (base: Scope, single: boolean) =>
    (inner: Scope): void => {
      if (single) return body(inner)
      for (let step = 0; step < 4; step++) {
        const row = inner.child().bindAxis(axis, op('i32.add', base.axisIndex(axis), i32(step)))
        row.block = { axis, step, home: inner }
        body(row)
        inner.push(...row.statements)
      }
    }
  const parts = length >= 8 ? 2 : 1
  /** The blocks from `from` to `to`; a long vector axis in strips, whose memory stays in the nearest caches. */
  const walk = (outside: Scope, from: Instruction, to: Instruction): void => {
    const size = sizeOfAxis(axis)
    if (length <= 2 * stripLength)
      return forBlocks(outside, axis, size, from, to, (base, single) =>
        forVectors(base, last, length, parts, rows(base, single)),
      )
    forStrips(outside, Math.ceil(length / 4), stripLength / 4, (strip, first, end) =>
      forBlocks(strip, axis, size, from, to, (base, single) =>
        forVectorRange(base, { axis: last, size: length, parts }, first, end, rows(base, single)),
      ),
    )
  }
  const others = shape.map((_, a) => a).filter((a) => a !== axis && a !== last)
  const outer = leadingAxes(others.map((a) => ({ axis: a, size: sizeOfAxis(a) })))
  const units = sizeOf(outer.map((a) => a.size))
  if (units < Math.min(enoughUnits, blocks)) {
    forAxes(scope, others, sizeOfAxis, (inner) => walk(inner, begin, end))
    return blocks
  }
  forUnits(scope, outer, begin, end, (unit) =>
    forAxes(unit, others.slice(outer.length), sizeOfAxis, (inner) => walk(inner, i32(0), i32(blocks))),
  )
  return units
}
