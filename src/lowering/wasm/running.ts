/**
 * Reductions under way: locals for the state of each, taking in values, merging states, giving results. Used by
 * reduce kernels that compute rows at once and by those that compute them in parts.
 */

import type { Expr, ExprBuilder } from '../expr.js'
import type { Reduction } from '../kernel.js'
import { axisPosition, ravel } from '../position.js'
import {
  get,
  op,
  set,
  shuffleWords,
  vectorConstant,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { applyRule, ruleOf, type CombineRule } from './combiners.js'
import type { Value } from './frame.js'
import { constantOf, scalarType } from './scalarAlu.js'
import type { Scope } from './scope.js'
import { extract } from './vectorAlu.js'

/** A reduction under way: locals for its state, one set for each part. */
export interface Running {
  readonly reduction: Reduction
  readonly rule: CombineRule
  /** By state entry, then by part. */
  readonly state: readonly (readonly Local[])[]
  /** Where blocks of a long sum are added up; null if it is not long. */
  readonly total: readonly Local[] | null
}

/** Steps after which a sum is added to its total: rounding errors grow with the root of this and of their number. */
export const blockSteps = 128

export const isFloatSum = ({ combiner, lane }: Reduction): boolean =>
  combiner === 'sum' && (lane === 'f32' || lane === 'f64')

/** The flat position among the reduced axes, as argmax and argmin give it. */
export function flatPosition(b: ExprBuilder, shape: readonly number[], reduced: readonly number[]): Expr {
  const sizes = reduced.map((axis) => shape[axis] ?? 1)
  return b.position(
    ravel(
      reduced.map((axis, i) => axisPosition(axis, sizes[i] ?? 1)),
      sizes,
    ),
  )
}

export function start(
  scope: Scope,
  reduction: Reduction,
  parts: number,
  vector: boolean,
  long: boolean,
): Running {
  const rule = ruleOf(reduction)
  const state = rule.lanes.map((lane) =>
    Array.from({ length: parts }, () => scope.fn.local(vector ? 'v128' : scalarType(lane), 'acc')),
  )
  const total =
    long && isFloatSum(reduction) ? (state[0] ?? []).map(({ type }) => scope.fn.local(type, 'total')) : null
  for (const list of [...state, ...(total === null ? [] : [total])])
    for (const local of list)
      scope.push(set(local, startValue(scope, rule, Math.max(0, state.indexOf(list)), vector)))
  return { reduction, rule, state, total }
}

/** The first value of a state entry. */
export function startValue(scope: Scope, rule: CombineRule, entry: number, vector: boolean): Instruction {
  const lane = rule.lanes[entry] ?? 'f32'
  const value = rule.start[entry] ?? 0
  return vector ? scope.uniform(lane, value) : constantOf(lane, value)
}

const valueOf = (locals: readonly Local[]): Value => ({
  vector: locals[0]?.type === 'v128',
  parts: locals.map(get),
})

/** What a step takes in, and where it puts it. */
export interface Taken {
  readonly value: Expr
  readonly flat: Expr
  /** The vector is not complete: the other lanes are left out. */
  readonly masked?: boolean
  /** The part of the state that takes it; otherwise one for each part of the vector axis. */
  readonly chain?: number
}

/** Takes one element (of each lane) into the reduction. */
export function step(scope: Scope, { reduction, rule, state }: Running, taken: Taken): void {
  const { value, flat, masked = false, chain } = taken
  const first = chain ?? 0
  const parts = chain === undefined ? (scope.vectorAxis?.parts ?? 1) : 1
  const vector = state[0]?.[0]?.type === 'v128'
  const lane = reduction.value.lane
  const given = vector ? scope.vectors(value) : [scope.scalar(value)]
  // Rules with a state of several entries use the value more than once.
  const isSimple = rule.lanes.length === 1
  const hold = (part: Instruction): Instruction =>
    isSimple ? part : scope.temp(vector ? 'v128' : scalarType(lane), part)
  let x: Value = { vector, parts: given.map(hold) }
  if (masked)
    x = {
      vector: true,
      parts: x.parts.map((part) => hold(masking(scope, part, startValue(scope, rule, 0, true)))),
    }
  const needsIndex = rule.lanes.length === 2 && rule.lanes[1] === 'i32'
  const index: Value = !needsIndex
    ? x
    : vector
      ? { vector: true, parts: scope.vectors(flat) }
      : scope.value(flat)
  const held = state.map((locals) => locals.slice(first, first + parts))
  const operands = [
    ...held.map((locals, i) => ({ lane: rule.lanes[i] ?? lane, value: valueOf(locals) })),
    { lane, value: x },
    { lane: 'i32' as const, value: index },
  ]
  const next = applyRule(scope, operands, (b, args) =>
    rule.step(b, args.slice(0, held.length), args[held.length] as Expr, args[held.length + 1] as Expr),
  )
  assign(scope, held, next)
}

export function assign(
  scope: Scope,
  state: readonly (readonly Local[])[],
  values: readonly { readonly parts: readonly Instruction[] }[],
): void {
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
export function merge(
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

/** What the rule makes of one state. */
function resultOf(
  scope: Scope,
  rule: CombineRule,
  state: readonly Instruction[],
  vector: boolean,
): Instruction {
  const operands = state.map((p, i) => ({ lane: rule.lanes[i] ?? 'f32', value: { vector, parts: [p] } }))
  const [value] = applyRule(scope, operands, (b, args) => [rule.result(b, args)])
  return value?.parts[0] as Instruction
}

/** The state of each part: a list of entries for each. */
export function statesOf({ state, total }: Running): readonly (readonly Instruction[])[] {
  const entries = total === null ? state : [total]
  const count = entries[0]?.length ?? 1
  return Array.from({ length: count }, (_, u) => entries.map((locals) => get(locals[u] as Local)))
}

/** All parts merged into one state. */
function mergedParts(scope: Scope, running: Running): readonly Instruction[] {
  const vector = running.state[0]?.[0]?.type === 'v128'
  const [first = [], ...others] = statesOf(running)
  return others.reduce((merged, other) => merge(scope, running.rule, merged, other, vector), first)
}

/** What all parts give, in each lane. */
export const laneResults = (scope: Scope, running: Running): Instruction =>
  resultOf(scope, running.rule, mergedParts(scope, running), true)

/** All parts merged into one state, and the lanes of a vector into scalars. */
export function mergedState(scope: Scope, running: Running): readonly Instruction[] {
  const { rule, state } = running
  const scalar = (s: Instruction, i: number): Instruction => scope.temp(scalarType(rule.lanes[i] ?? 'f32'), s)
  let merged = mergedParts(scope, running)
  if (state[0]?.[0]?.type !== 'v128') return merged.map(scalar)
  for (const words of [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ] as const) {
    const held = merged.map((s) => scope.temp('v128', s))
    const moved = held.map((s) => shuffleWords(s, s, words))
    merged = merge(scope, rule, held, moved, true)
  }
  return merged.map((s, i) => scalar(extract(rule.lanes[i] ?? 'f32', 0, s), i))
}

/** The result: a scalar where the lanes are reduced too, else a value of the state's kind. */
export function finish(scope: Scope, running: Running, lanesToo: boolean): Value {
  const { rule, reduction } = running
  if (lanesToo) {
    const result = resultOf(scope, rule, mergedState(scope, running), false)
    return { vector: false, parts: [scope.temp(scalarType(reduction.lane), result)] }
  }
  const vector = running.state[0]?.[0]?.type === 'v128'
  const type = vector ? 'v128' : scalarType(reduction.lane)
  return {
    vector,
    parts: statesOf(running).map((state) => scope.temp(type, resultOf(scope, rule, state, vector))),
  }
}

/** Adds the running sums to their totals, and starts them again. */
export function flush(scope: Scope, running: readonly Running[]): Instruction[] {
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
