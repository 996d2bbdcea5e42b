/**
 * Parts of columns: a stage → one function over (slab, part, strip of columns). A part walks whole rows of memory
 * and keeps the running states of the strip in the nearest cache; several rows are taken at a time, so that states
 * are loaded and stored once for all of them.
 */

import { sizeOf } from '../../core/shape.js'
import { topological, type Expr } from '../expr.js'
import type { Reduction, Store } from '../kernel.js'
import { axesOf, offsetPosition } from '../position.js'
import { isExtremePosition } from './argExtreme.js'
import { add, get, i32, op, scale, set, smaller, when, type Instruction } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { replacingAxes } from './axisOrder.js'
import type { ModuleContext, Step } from './context.js'
import { isMathName } from './hostMath.js'
import { partsFor, stepFunction } from './loop.js'
import { forAxes, forAxis, forRange, forUnits, forVectorRange, forVectors } from './nest.js'
import { bindStates, partAxis, stateStores, type Partial } from './partials.js'
import { stripColumns, type Split } from './partSplit.js'
import type { Plan } from './reducePlan.js'
import { scalarType } from './scalarAlu.js'
import { step, type Running } from './running.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { workOf } from './work.js'

/** How many rows are taken at a time: more where there is little to do for each element. */
function rowsAtATime(values: readonly Expr[]): number {
  const nodes = topological(values).filter((e) => e.kind === 'alu' || e.kind === 'cast' || e.kind === 'load')
  if (nodes.some((e) => e.kind === 'alu' && isMathName(e.name))) return 1
  return nodes.length <= 4 ? 8 : nodes.length <= 12 ? 4 : nodes.length <= 24 ? 2 : 1
}

/** What a group of rows takes: values for each reduction, one after another. */
interface Group {
  readonly rows: number
  readonly taken: readonly (readonly { readonly value: Expr; readonly flat: Expr }[])[]
  readonly cached: readonly Store[]
}

/** The sum or product of all values at once; other reductions take them one by one. */
function groupOf(
  plan: Plan,
  axis: number,
  partials: readonly Partial[],
  cached: readonly Store[],
  rows: number,
): Group {
  const { builder: b, kernel, flat } = plan
  const own = axesOf<Expr>(kernel.shape)
  const visits = Array.from({ length: rows }, (_, j) =>
    replacingAxes(
      b,
      own.map((p, a) => (a === axis ? offsetPosition(p, j) : p)),
    ),
  )
  const together = (name: 'add' | 'mul', list: readonly Expr[]): Expr => {
    const half = list.length / 2
    const [first] = list
    if (list.length === 1 && first !== undefined) return first
    return b.alu(name, together(name, list.slice(0, half)), together(name, list.slice(half)))
  }
  const takenBy = ({ combiner, value }: Reduction): { value: Expr; flat: Expr }[] => {
    const all = visits.map(({ expr }) => ({ value: expr(value), flat: expr(flat) }))
    if (combiner !== 'sum' && combiner !== 'prod') return all
    return [
      {
        value: together(
          combiner === 'sum' ? 'add' : 'mul',
          all.map((t) => t.value),
        ),
        flat,
      },
    ]
  }
  return {
    rows,
    taken: partials.map(({ reduction }) => takenBy(reduction)),
    cached: visits.flatMap(({ stores }) => stores(cached)),
  }
}

const groupRoots = ({ taken, cached }: Group): Expr[] => [
  ...taken.flat().flatMap(({ value, flat }) => [value, flat]),
  ...storeExprs(cached),
]

/** The states of these columns, as locals. */
function loadStates(scope: Scope, { reduction, rule, states }: Partial): Running {
  const state = states.map((load) => {
    const vector = scope.vectorAxis !== null
    const parts = vector ? scope.vectors(load) : [scope.scalar(load)]
    return parts.map((part) => {
      const local = scope.fn.local(vector ? 'v128' : scalarType(load.lane), 'state')
      scope.push(set(local, part))
      return local
    })
  })
  return { reduction, rule, state, total: null }
}

function emitGroup(scope: Scope, partials: readonly Partial[], group: Group, stores: readonly Store[]): void {
  const running = partials.map((p) => loadStates(scope, p))
  running.forEach((r, i) => group.taken[i]?.forEach((taken) => step(scope, r, taken)))
  const values = running.flatMap((r) => r.state.map((locals) => locals.map(get)))
  bindStates(scope, values, scope.vectorAxis !== null)
  emitStores(scope, [...stores, ...group.cached])
}

/** The group, for a reduction that looks for a position: most groups have none that matters. */
function emitGuarded(
  scope: Scope,
  { builder: b }: Plan,
  partial: Partial,
  group: Group,
  stores: readonly Store[],
): void {
  const [best] = partial.states
  const order = partial.reduction.combiner === 'argmax' ? 'le' : 'ge'
  // Not true where a value, or the best, is NaN: then the rule decides.
  const none = (group.taken[0] ?? [])
    .map(({ value }) => b.alu(order, value, best as Expr))
    .reduce((all, test) => b.alu('and', all, test))
  const idle =
    scope.vectorAxis === null
      ? scope.scalar(none)
      : scope
          .vectors(none)
          .map((part) => op('i32x4.all_true', part))
          .reduce((all, part) => op('i32.and', all, part))
  const inner = scope.child()
  emitGroup(inner, [partial], group, stores)
  scope.push(when(op('i32.eqz', idle), inner.statements))
}

/** How a strip of columns is walked. */
interface Columns {
  readonly axis: number
  readonly size: number
  readonly vector: boolean
  /** Vectors side by side. */
  readonly width: number
}

/** The columns of strip number `strip`. */
function acrossStrip(
  scope: Scope,
  { axis, size, vector, width }: Columns,
  strip: Instruction,
  body: (inner: Scope) => void,
): void {
  if (size <= stripColumns) {
    if (vector) forVectors(scope, axis, size, width, body)
    else forAxis(scope, axis, size, body)
    return
  }
  const [length, limit] = vector ? [stripColumns / 4, Math.ceil(size / 4)] : [stripColumns, size]
  const first = scope.temp('i32', scale(strip, length))
  const end = scope.temp('i32', smaller(add(first, i32(length)), i32(limit)))
  if (vector) forVectorRange(scope, { axis, size, parts: width }, first, end, body)
  else forRange(scope, axis, first, end, body)
}

/** Steps of one axis, in code. */
interface Run {
  readonly axis: number
  readonly size: number
  readonly from: Instruction
  readonly to: Instruction
}

/** Rows of a run, `group` at a time, then what is left one by one. */
function forRows(
  scope: Scope,
  { axis, size, from, to }: Run,
  group: number,
  body: (inner: Scope, whole: boolean) => void,
): void {
  const index = scope.fn.local('i32', 'row')
  const loopTo = (start: Instruction, limit: number, by: number, whole: boolean): void => {
    const end = scope.temp('i32', smaller(to, i32(limit)))
    const inner = scope.child().bindAxis(axis, get(index))
    body(inner, whole)
    scope.push(...countedLoop(index, start, end, by, inner.statements, false))
  }
  loopTo(from, size - (size % group), group, true)
  if (size % group > 0) loopTo(get(index), size, 1, false)
}

/** All rows of a part: those of the axis that is cut, or of the innermost one for each step of that. */
function forPart(
  scope: Scope,
  { kernel: { shape }, reduced }: Plan,
  { axis, length }: Split,
  part: Instruction,
  group: number,
  body: (inner: Scope, whole: boolean) => void,
): void {
  const size = (a: number): number => shape[a] ?? 1
  const innermost = reduced.at(-1) ?? 0
  const others = reduced.filter((a) => a !== axis && a !== innermost)
  const from = scope.temp('i32', scale(part, length))
  const cut: Run = { axis, size: size(axis), from, to: scope.temp('i32', add(from, i32(length))) }
  if (axis === innermost) return forAxes(scope, others, size, (outer) => forRows(outer, cut, group, body))
  const whole: Run = { axis: innermost, size: size(innermost), from: i32(0), to: i32(size(innermost)) }
  forRows(scope, cut, 1, (step) => forAxes(step, others, size, (outer) => forRows(outer, whole, group, body)))
}

/** The stores that put the states of a part at their start. */
const startStores = ({ builder }: Plan, partials: readonly Partial[]): Store[] =>
  partials.flatMap(({ rule, states }) =>
    states.map(({ buffer, position, lane }, e) => ({
      buffer,
      position,
      value: builder.constant(rule.start[e] ?? 0, lane),
    })),
  )

/** The step that computes the states of all parts. */
export function emitColumnParts(
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
  const rows = rowsAtATime([...values, ...cached.map((s) => s.value)])
  const rowAxis = reduced.at(-1) ?? 0
  const several = groupOf(plan, rowAxis, partials, cached, rows)
  const single = groupOf(plan, rowAxis, partials, cached, 1)
  const stores = stateStores(plan, partials)
  const { fn, begin, end } = stepFunction(module, name)
  const states = partials.flatMap((p) => p.states)
  const roots = [...groupRoots(several), ...groupRoots(single), ...states, ...states]
  const scope = Scope.top(module, fn, [...roots, ...storeExprs(stores)])
  const [first, ...others] = partials
  const alone = others.length + cached.length === 0
  const guarded = first !== undefined && alone && isExtremePosition(first.reduction) ? first : null
  const last = kept.at(-1) ?? 0
  const width = rows === 1 ? Math.min(2, partsFor(values)) : 1
  const columns: Columns = { axis: last, size: size(last), vector: along === 'kept', width }
  const stripAxis = partAxis(plan) + 1
  const units = [
    ...kept.slice(0, -1).map((axis) => ({ axis, size: size(axis) })),
    { axis: partAxis(plan), size: split.count },
    { axis: stripAxis, size: Math.ceil(size(last) / stripColumns) },
  ]
  forUnits(scope, units, begin, end, (unit) => {
    const strip = unit.axisIndex(stripAxis)
    acrossStrip(unit, columns, strip, (inner) => emitStores(inner, startStores(plan, partials)))
    forPart(unit, plan, split, unit.axisIndex(partAxis(plan)), rows, (at, whole) =>
      acrossStrip(at, columns, strip, (inner) =>
        guarded === null
          ? emitGroup(inner, partials, whole ? several : single, stores)
          : emitGuarded(inner, plan, guarded, whole ? several : single, stores),
      ),
    )
  })
  const work = workOf(sizeOf(kernel.shape), [...values, ...storeExprs(cached)])
  return { name, target: fn, units: sizeOf(units.map((u) => u.size)), grain: 1, work }
}
