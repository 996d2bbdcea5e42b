/**
 * Parts of long rows: a stage → one function over (row, part) that stores the state of each. The last axis is read
 * in several streams side by side, each a share of the part.
 */

import { sizeOf } from '../../core/shape.js'
import type { Expr } from '../expr.js'
import type { Reduction, Store } from '../kernel.js'
import { axesOf, offsetPosition } from '../position.js'
import { takeLine, takeStreams } from './argBlocks.js'
import { isExtremePosition, startBest, type Best } from './argExtreme.js'
import { add, get, i32, op, scale, when, type Instruction } from './assembler/instruction.js'
import { replacingAxes } from './axisOrder.js'
import type { ModuleContext, Step } from './context.js'
import { partsFor, stepFunction } from './loop.js'
import { forAxes, forUnits } from './nest.js'
import { bindStates, partAxis, stateStores, type Partial } from './partials.js'
import { streams, type Split } from './partSplit.js'
import type { Plan } from './reducePlan.js'
import { forReduction, rangeLoop, reductionVectors, type Walk } from './reductionNest.js'
import { blockSteps, flush, isFloatSum, mergedState, start, step, type Running } from './running.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { workOf } from './work.js'

interface Stage {
  readonly plan: Plan
  readonly split: Split
  readonly partials: readonly Partial[]
  readonly cached: readonly Store[]
}

/** What one stream takes at each step: the expressions of the stage, `shift` elements further on. */
interface Stream {
  readonly values: readonly Expr[]
  readonly flat: Expr
  readonly cached: readonly Store[]
}

function streamOf({ plan, split, partials, cached }: Stage, shift: number): Stream {
  const axes = axesOf<Expr>(plan.kernel.shape).map((p, axis) =>
    axis === split.axis ? offsetPosition(p, shift) : p,
  )
  const { expr, stores } = replacingAxes(plan.builder, axes)
  return {
    values: partials.map(({ reduction }) => expr(reduction.value)),
    flat: expr(plan.flat),
    cached: stores(cached),
  }
}

/** What the code of one part shares. */
interface Part {
  readonly stage: Stage
  readonly running: readonly Running[]
  /** What the only reduction has found, if that looks for a position. */
  readonly best: Best | null
  /** The number of the part. */
  readonly index: Instruction
  readonly walk: Walk
}

/** Takes what one stream has at this step. */
function takeStream(
  scope: Scope,
  { running }: Part,
  { values, flat, cached }: Stream,
  masked: boolean,
  chain?: number,
): void {
  const taken = { flat, masked, ...(chain === undefined ? {} : { chain }) }
  running.forEach((r, i) => step(scope, r, { ...taken, value: values[i] as Expr }))
  emitStores(scope, cached)
}

/** The start of a part, and where its first stream ends. */
function boundsOf(scope: Scope, { index, stage: { split } }: Part): readonly [Instruction, Instruction] {
  const from = scope.temp('i32', scale(index, split.length))
  return [from, scope.temp('i32', add(from, i32(split.length / streams)))]
}

/** A whole part of the last axis: all streams at once. */
function emitWhole(scope: Scope, part: Part, all: readonly Stream[]): void {
  const { split, plan } = part.stage
  const vector = plan.along === 'reduced'
  const lanes = vector ? 4 : 1
  const [from, to] = boundsOf(scope, part)
  if (part.best !== null) {
    const shifted = all.map(({ values }, s) => ({
      value: values[0] as Expr,
      shift: (s * split.length) / streams,
    }))
    const { builder, flat } = plan
    return takeStreams(scope, builder, part.best, { axis: split.axis, from, to, streams: shifted, flat })
  }
  const { block, flush: flushed } = part.walk
  const axis = vector ? { parts: 1, count: 4 } : null
  rangeLoop(scope, split.axis, from, to, lanes, lanes * block, axis, flushed, (inner) =>
    all.forEach((stream, chain) => takeStream(inner, part, stream, false, chain)),
  )
}

/** The elements from `from` on, which are no whole part. */
function emitRest(scope: Scope, part: Part, stream: Stream, from: number): void {
  const { split, plan } = part.stage
  const size = plan.kernel.shape[split.axis] ?? 1
  if (part.best !== null)
    return takeLine(scope, plan.builder, part.best, { axis: split.axis, from, size, flat: plan.flat })
  if (plan.along === 'reduced')
    return reductionVectors(scope, split.axis, from, size, part.walk, (inner, masked) =>
      takeStream(inner, part, stream, masked),
    )
  const range = { axis: split.axis, from: i32(from), to: i32(size) }
  forReduction(scope, [split.axis], [size], { ...part.walk, range }, (inner) =>
    takeStream(inner, part, stream, false, 0),
  )
}

/** A part of the last axis: its streams, or the elements at the end that are no whole part. */
function emitStreams(scope: Scope, part: Part, all: readonly Stream[]): void {
  const { plan, split } = part.stage
  const sizeOfAxis = (axis: number): number => plan.kernel.shape[axis] ?? 1
  const size = sizeOfAxis(split.axis)
  const from = size - (size % split.length)
  const inside = (body: (at: Scope) => void): Scope => {
    const child = scope.child()
    forAxes(child, plan.reduced.slice(0, -1), sizeOfAxis, body)
    return child
  }
  const rest = inside((at) => emitRest(at, part, all[0] as Stream, from))
  if (from === 0) return scope.push(...rest.statements)
  const whole = inside((at) => emitWhole(at, part, all))
  if (from === size) return scope.push(...whole.statements)
  scope.push(when(op('i32.lt_s', part.index, i32(split.count - 1)), whole.statements, rest.statements))
}

/** A part of another axis: the axes outside and inside it are walked whole. */
function emitRange(scope: Scope, part: Part, stream: Stream): void {
  const { plan, split } = part.stage
  const { kernel, reduced } = plan
  const size = kernel.shape[split.axis] ?? 1
  const from = scope.temp('i32', scale(part.index, split.length))
  const end = add(from, i32(split.length))
  const to = scope.temp('i32', op('select', end, i32(size), op('i32.lt_s', end, i32(size))))
  const walk: Walk = { ...part.walk, range: { axis: split.axis, from, to } }
  const sizes = reduced.map((axis) => kernel.shape[axis] ?? 1)
  forReduction(scope, reduced, sizes, walk, (inner, masked) => takeStream(inner, part, stream, masked))
}

/** The reduction of a stage that looks for a position and does nothing else. */
const positionOf = ([first, ...others]: readonly Partial[]): Reduction | null =>
  first !== undefined && others.length === 0 && isExtremePosition(first.reduction) ? first.reduction : null

/** The step that computes the states of all parts. */
export function emitRowParts(
  module: ModuleContext,
  plan: Plan,
  split: Split,
  partials: readonly Partial[],
  cached: readonly Store[],
  name: string,
): Step {
  const { kernel, kept, reduced, along } = plan
  const size = (axis: number): number => kernel.shape[axis] ?? 1
  const values = partials.map(({ reduction }) => reduction.value)
  const vector = along === 'reduced'
  const streamed = split.axis === reduced.at(-1)
  const chains = streamed ? streams : vector ? partsFor(values) : 1
  const elements = (sizeOf(reduced.map(size)) / size(split.axis)) * split.length
  const long =
    elements / chains / (vector ? 4 : 1) >= 2 * blockSteps &&
    partials.some(({ reduction }) => isFloatSum(reduction))
  const stage: Stage = { plan, split, partials, cached }
  const all = Array.from({ length: streamed ? streams : 1 }, (_, s) =>
    streamOf(stage, (s * split.length) / streams),
  )
  const stores = stateStores(plan, partials)
  const { fn, begin, end } = stepFunction(module, name)
  const roots = all.flatMap((s) => [...s.values, ...storeExprs(s.cached)])
  const scope = Scope.top(module, fn, [...roots, ...storeExprs(stores)])
  const axis = partAxis(plan)
  const units = [...kept.map((a) => ({ axis: a, size: size(a) })), { axis, size: split.count }]
  forUnits(scope, units, begin, end, (unit) => {
    const looksFor = vector && streamed && cached.length === 0 ? positionOf(partials) : null
    const best = looksFor === null ? null : startBest(unit, looksFor)
    const running =
      best === null ? partials.map(({ reduction }) => start(unit, reduction, chains, vector, long)) : []
    const flushed = (): Instruction[] => flush(unit, running)
    const walk: Walk = { parts: vector ? chains : 0, block: long ? blockSteps : 0, flush: flushed }
    const part: Part = { stage, running, best, index: unit.axisIndex(axis), walk }
    if (streamed) emitStreams(unit, part, all)
    else emitRange(unit, part, all[0] as Stream)
    if (long) unit.push(...flushed())
    const states =
      best === null ? running.flatMap((r) => mergedState(unit, r)) : [get(best.value), get(best.position)]
    bindStates(
      unit,
      states.map((entry) => [entry]),
      false,
    )
    emitStores(unit, stores)
  })
  const work = workOf(sizeOf(kernel.shape), [...values, ...storeExprs(cached)])
  return { name, target: fn, units: sizeOf(units.map((u) => u.size)), grain: 1, work }
}
