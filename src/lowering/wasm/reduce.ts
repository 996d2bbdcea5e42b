/**
 * Reduce kernels: for each row some stages of reductions, then stores → one function over parts of the outermost
 * kept axis. Vectors lie along the innermost axis: if that is reduced, a row gives one number for each result
 * after its lanes are merged; if it is kept, the rows of a vector are reduced side by side.
 */

import { sizeOf } from '../../core/shape.js'
import { ExprBuilder, type Expr } from '../expr.js'
import type { ReduceKernel, Reduction, Store } from '../kernel.js'
import { axisPosition, ravel } from '../position.js'
import {
  get,
  op,
  set,
  shuffleWords,
  vectorConstant,
  when,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { arrangeStores, type CachedRows } from './cache.js'
import { collapse } from './collapse.js'
import { applyRule, ruleOf, type CombineRule } from './combiners.js'
import type { ModuleContext, Step } from './context.js'
import type { Value } from './frame.js'
import { elementsPerCall, isVectorisable, partsFor, stepFunction, workOf } from './loop.js'
import { forAxes, forRange, forReduction, forVectorRange, forVectors } from './nest.js'
import { constantOf, scalarType } from './scalarAlu.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { extract } from './vectorAlu.js'

/** The kernel with merged axes, and how it is walked. */
interface Plan {
  readonly kernel: ReduceKernel
  readonly kept: readonly number[]
  readonly reduced: readonly number[]
  /** Vectors along the last axis, if that is kept or reduced; `none` computes with scalars. */
  readonly along: 'kept' | 'reduced' | 'none'
  readonly flat: Expr
  /** For each stage, values that it stores for later ones. */
  readonly cached: CachedRows['cached']
}

function planOf(module: ModuleContext, kernel: ReduceKernel): Plan {
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
  const sizes = reduced.map((axis) => c.shape[axis] ?? 1)
  const flat = new ExprBuilder().position(
    ravel(
      reduced.map((axis, i) => axisPosition(axis, sizes[i] ?? 1)),
      sizes,
    ),
  )
  return {
    kernel: merged,
    kept,
    reduced,
    along: !vector ? 'none' : reduced.includes(last) ? 'reduced' : 'kept',
    flat,
    cached,
  }
}

/** A reduction under way: locals for its state, one set for each part. */
interface Running {
  readonly reduction: Reduction
  readonly rule: CombineRule
  /** By state entry, then by part. */
  readonly state: readonly (readonly Local[])[]
  /** Where blocks of a long sum are added up; null if it is not long. */
  readonly total: readonly Local[] | null
}

const isFloatSum = ({ combiner, lane }: Reduction): boolean =>
  combiner === 'sum' && (lane === 'f32' || lane === 'f64')

function start(scope: Scope, reduction: Reduction, parts: number, vector: boolean, long: boolean): Running {
  const rule = ruleOf(reduction)
  const state = rule.lanes.map((lane) =>
    Array.from({ length: parts }, () => scope.fn.local(vector ? 'v128' : scalarType(lane), 'acc')),
  )
  const total =
    long && isFloatSum(reduction) ? (state[0] ?? []).map(({ type }) => scope.fn.local(type, 'total')) : null
  const running = { reduction, rule, state, total }
  for (const list of [...state, ...(total === null ? [] : [total])])
    for (const local of list)
      scope.push(set(local, startValue(scope, rule, Math.max(0, state.indexOf(list)), vector)))
  return running
}

function startValue(scope: Scope, rule: CombineRule, entry: number, vector: boolean): Instruction {
  const lane = rule.lanes[entry] ?? 'f32'
  const value = rule.start[entry] ?? 0
  return vector ? scope.uniform(lane, value) : constantOf(lane, value)
}

const asValue = (locals: readonly Local[], parts: number): Value => ({
  vector: locals[0]?.type === 'v128',
  parts: locals.slice(0, parts).map(get),
})

/** Takes one element (of each lane) into the reduction. */
function step(scope: Scope, { reduction, rule, state }: Running, flat: Expr, masked: boolean): void {
  const parts = scope.vectorAxis?.parts ?? 1
  const vector = state[0]?.[0]?.type === 'v128'
  const lane = reduction.value.lane
  const given = vector ? scope.vectors(reduction.value) : [scope.scalar(reduction.value)]
  // Rules use the value more than once.
  let x: Value = { vector, parts: given.map((part) => scope.temp(vector ? 'v128' : scalarType(lane), part)) }
  if (masked)
    x = {
      vector: true,
      parts: x.parts.map((part) =>
        scope.temp('v128', masking(scope, part, startValue(scope, rule, 0, true))),
      ),
    }
  const needsIndex = rule.lanes.length === 2 && rule.lanes[1] === 'i32'
  const index: Value = !needsIndex
    ? x
    : vector
      ? { vector: true, parts: scope.vectors(flat) }
      : scope.value(flat)
  const operands = [
    ...state.map((locals, i) => ({ lane: rule.lanes[i] ?? lane, value: asValue(locals, parts) })),
    { lane, value: x },
    { lane: 'i32' as const, value: index },
  ]
  const next = applyRule(scope, operands, (b, args) =>
    rule.step(b, args.slice(0, state.length), args[state.length] as Expr, args[state.length + 1] as Expr),
  )
  assign(scope, state, next)
}

function assign(scope: Scope, state: readonly (readonly Local[])[], values: readonly Value[]): void {
  state.forEach((locals, i) =>
    values[i]?.parts.forEach((part, u) => scope.push(set(locals[u] as Local, part))),
  )
}

/** `value` in the lanes that the axis still has, `other` in the rest. */
function masking(scope: Scope, value: Instruction, other: Instruction): Instruction {
  const count = scope.vectorAxis?.count ?? 4
  const mask = [0, 1, 2, 3].map((l) => (l < count ? -1 : 0)) as [number, number, number, number]
  return op('v128.bitselect', value, other, vectorConstant(mask))
}

/** The merged state of two. */
function merge(
  scope: Scope,
  rule: CombineRule,
  s: readonly Instruction[],
  t: readonly Instruction[],
  vector: boolean,
): readonly Instruction[] {
  const operands = [...s, ...t].map((part, i) => ({
    lane: rule.lanes[i % s.length] ?? 'f32',
    value: { vector, parts: [part] },
  }))
  return applyRule(scope, operands, (b, args) =>
    rule.merge(b, args.slice(0, s.length), args.slice(s.length)),
  ).map((v) => v.parts[0] as Instruction)
}

/** The result: a scalar where the lanes are reduced too, else a value of the state's kind. */
function finish(scope: Scope, { reduction, rule, state, total }: Running, along: Plan['along']): Value {
  const vector = along !== 'none'
  const sums = total === null ? state : [total]
  const count = sums[0]?.length ?? 1
  const part = (u: number): readonly Instruction[] => sums.map((locals) => get(locals[u] as Local))
  const result = (s: readonly Instruction[]): Instruction => {
    const operands = s.map((p, i) => ({ lane: rule.lanes[i] ?? 'f32', value: { vector, parts: [p] } }))
    const [value] = applyRule(scope, operands, (b, args) => [rule.result(b, args)])
    return value?.parts[0] as Instruction
  }
  if (along !== 'reduced') return { vector, parts: Array.from({ length: count }, (_, u) => result(part(u))) }
  let merged = part(0)
  for (let u = 1; u < count; u++) merged = merge(scope, rule, merged, part(u), true)
  for (const words of [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ] as const) {
    const held = merged.map((s) => scope.temp('v128', s))
    merged = merge(
      scope,
      rule,
      held,
      held.map((s) => shuffleWords(s, s, words)),
      true,
    )
  }
  return {
    vector: false,
    parts: [scope.temp(scalarType(reduction.lane), extract(reduction.lane, 0, result(merged)))],
  }
}

/** Adds the running sums to their totals, and starts them again. */
function flush(scope: Scope, running: readonly Running[]): Instruction[] {
  return running.flatMap(({ rule, state, total }) =>
    (total ?? []).flatMap((sum, u) => {
      const acc = state[0]?.[u] as Local
      const add = acc.type === 'v128' ? 'f32x4.add' : acc.type === 'f64' ? 'f64.add' : 'f32.add'
      return [
        set(sum, op(add, get(sum), get(acc))),
        set(acc, startValue(scope, rule, 0, acc.type === 'v128')),
      ]
    }),
  )
}

/** One stage of one row (or of the rows of a vector): all its reductions in one pass. */
function emitStage(scope: Scope, plan: Plan, stage: readonly Reduction[], cached: readonly Store[]): void {
  const { kernel, reduced, along, flat } = plan
  const sizes = reduced.map((axis) => kernel.shape[axis] ?? 1)
  const rowParts = scope.vectorAxis?.parts ?? 1
  const parts = along === 'reduced' ? partsFor(stage.map((r) => r.value)) : rowParts
  const elements = sizeOf(sizes) / (along === 'reduced' ? 4 * parts : 1)
  const long = elements >= 2 * blockSteps && stage.some(isFloatSum)
  const running = stage.map((r) => start(scope, r, parts, along !== 'none', long))
  if (!sizes.includes(0)) {
    const body = (inner: Scope, masked: boolean): void => {
      running.forEach((r) => step(inner, r, flat, masked))
      emitStores(inner, cached)
    }
    forReduction(scope, reduced, sizes, along === 'reduced' ? parts : 0, long ? blockSteps : 0, body, () =>
      flush(scope, running),
    )
  }
  if (long) scope.push(...flush(scope, running))
  // All results are computed before the first is bound: the values of a stage do not see each other.
  const results = running.map((r) => finish(scope, r, along))
  stage.forEach((r, i) => scope.bindResult(r.index, results[i] as Value))
}

/** Steps after which a sum is added to its total: rounding errors grow with the root of this and of their number. */
const blockSteps = 128

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
    forVectors(inner, last, size(last), partsFor(kernel.elementStores.map((s: Store) => s.value)), body),
  )
}

export function emitReduce(module: ModuleContext, kernel: ReduceKernel, name: string): readonly Step[] {
  const rows = sizeOf(kernel.shape.filter((_, axis) => !kernel.reduced.includes(axis)))
  if (rows === 0) return []
  const plan = planOf(module, kernel)
  const { kept, along } = plan
  const { shape, stages, rowStores, elementStores } = plan.kernel
  const roots = [
    ...stages.flat().map((r) => r.value),
    ...[rowStores, elementStores, ...plan.cached].flatMap(storeExprs),
  ]
  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, roots)
  const work = workOf(sizeOf(shape), roots)
  const row = (inner: Scope): void => emitRow(inner, plan)
  const size = (axis: number): number => shape[axis] ?? 1
  const [first, ...others] = kept
  const perRow = Math.max(1, sizeOf(shape) / rows)
  const last = others.at(-1) ?? first
  if (first === undefined || last === undefined) {
    const inner = scope.child()
    row(inner)
    scope.push(when(op('i32.lt_s', begin, end), inner.statements))
    return [{ name, target: fn, units: 1, grain: 1, work }]
  }
  const parts = stages.length > 0 ? partsFor(stages.flat().map((r) => r.value)) : 1
  if (along === 'kept' && others.length === 0) {
    forVectorRange(scope, first, size(first), parts, false, begin, end, row)
    return [
      {
        name,
        target: fn,
        units: Math.ceil(size(first) / 4),
        grain: Math.max(parts, Math.floor(elementsPerCall / 4 / perRow)),
        work,
      },
    ]
  }
  forRange(scope, first, begin, end, (outer) => {
    if (along !== 'kept') return forAxes(outer, others, size, row)
    forAxes(outer, others.slice(0, -1), size, (inner) => forVectors(inner, last, size(last), parts, row))
  })
  return [
    {
      name,
      target: fn,
      units: size(first),
      grain: Math.max(1, Math.floor((elementsPerCall * size(first)) / Math.max(1, sizeOf(shape)))),
      work,
    },
  ]
}
