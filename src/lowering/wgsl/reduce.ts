/**
 * Reduce kernels. Where rows are plenty, one dispatch: each row's threads accumulate, combine in workgroup
 * memory and go on to the next stage. Where they are few and long, each stage is two dispatches (parts of rows,
 * then the parts' results), and the element stores a third.
 */

import { sizeOf } from '../../core/shape.js'
import { topological, type Expr, type Position } from '../expr.js'
import { rootsOf, type ReduceKernel, type Reduction, type Store } from '../kernel.js'
import { axisPosition, ravel } from '../position.js'
import {
  accumulate,
  combineThreads,
  declareAccumulators,
  resultText,
  type Accumulator,
  type Receivers,
} from './accumulate.js'
import { Body, type Given, type Supplier } from './body.js'
import { isArg, workLane } from './combine.js'
import type { Dispatch } from './dispatch.js'
import { elementBody, elementDispatch } from './loop.js'
import {
  groupSizeOf,
  prefersRows,
  rowIndices,
  scheduleRows,
  unravelAxes,
  type RowIndices,
  type RowSchedule,
} from './rows.js'
import { Shader, type KernelContext, type Memory } from './shader.js'

interface Rows {
  readonly kernel: ReduceKernel
  readonly kept: readonly number[]
  readonly schedule: RowSchedule
}

export function emitReduce(context: KernelContext, kernel: ReduceKernel): Dispatch[] {
  const reduced = new Set(kernel.reduced)
  const kept = kernel.shape.map((_, axis) => axis).filter((axis) => !reduced.has(axis))
  const sizes = (axes: readonly number[]): number => sizeOf(axes.map((axis) => kernel.shape[axis] ?? 1))
  const rows = sizes(kept)
  if (rows === 0) return []
  const long = (axes: readonly number[]): number | undefined =>
    axes.findLast((axis) => (kernel.shape[axis] ?? 1) > 1)
  const rowsFast = prefersRows(loadPositions(kernel), long(kept), long(kernel.reduced))
  const schedule = scheduleRows(rows, sizes(kernel.reduced), rowsFast, context.limits.maxGroupSize)
  return schedule.chunks === 1
    ? wholeRows(context, { kernel, kept, schedule })
    : splitRows(context, { kernel, kept, schedule })
}

const loadPositions = (kernel: ReduceKernel): Position[] =>
  topological(rootsOf(kernel) as Expr[]).flatMap((expr) => (expr.kind === 'load' ? [expr.position] : []))

/** Elements that a turn of an unrolled loop takes: their loads do not wait for each other. */
const unrolled = 4

/** `for` over the elements of the thread's row (or of its part); `e` is an element's flat index among the reduced axes. */
function elementLoop(
  body: Body,
  { kernel, schedule }: Rows,
  at: RowIndices,
  fill: (body: Body, e: string) => void,
): void {
  const { length, threadsPerRow, chunks } = schedule
  const given = (e: string): Given => ({ axes: unravelAxes(kernel.shape, kernel.reduced, e) })
  const single = (from: string, to: string): void =>
    body.block(`for (var e = ${from}; e < ${to}; e += ${threadsPerRow})`, given('e'), (inner) =>
      fill(inner, 'e'),
    )
  const several = (from: string, to: string): void =>
    body.block(`for (var e = ${from}; e < ${to}; e += ${threadsPerRow * unrolled})`, {}, (loop) => {
      for (let turn = 0; turn < unrolled; turn++) {
        const e = turn === 0 ? 'e' : `e${turn}`
        if (turn > 0) loop.line(`let ${e} = e + ${turn * threadsPerRow};`)
        loop.block('', given(e), (inner) => fill(inner, e))
      }
    })
  const turn = threadsPerRow * unrolled
  if (chunks === 1) return (length % turn === 0 ? several : single)(at.thread, String(length))
  const part = Math.ceil(length / chunks)
  const first = body.name('first', `${at.chunk} * ${part}`)
  const end = body.name('end', `min(${first} + ${part}, ${length})`)
  // Whole turns of all threads, then what is left.
  const whole = body.name('whole', `max(${end} - ${first}, 0) / ${turn} * ${turn} + ${first}`)
  several(`${first} + ${at.thread}`, whole)
  single(`${whole} + ${at.thread}`, end)
}

/** One stage: accumulates over the elements and combines the threads; `receivers` of the row get the result. */
function stage(
  body: Body,
  rows: Rows,
  at: RowIndices,
  reductions: readonly Reduction[],
  receivers: Receivers,
): Accumulator[] {
  const accumulators = declareAccumulators(body, reductions)
  body.prepare(reductions.map((r) => r.value))
  elementLoop(body, rows, at, (inner, e) => {
    reductions.forEach((r, i) => {
      const value = inner.value(r.value)
      const accumulator = accumulators[i]
      if (accumulator !== undefined)
        accumulate(inner, accumulator, r.value.lane === 'bool' ? `u32(${value})` : value, e)
    })
  })
  combineThreads(body, accumulators, rows.schedule, at, receivers)
  return accumulators
}

/** Makes the accumulators known as results of their reductions. */
function publish(
  body: Body,
  results: Map<number, Supplier>,
  reductions: readonly Reduction[],
  accumulators: readonly Accumulator[],
): void {
  reductions.forEach((r, i) => {
    const accumulator = accumulators[i]
    if (accumulator === undefined) return
    const name = `r${r.index}`
    body.line(`let ${name} = ${resultText(accumulator)};`)
    results.set(r.index, () => name)
  })
}

/** Statements for one thread of each row. */
function onceForRow(body: Body, at: RowIndices, fill: (body: Body) => void): void {
  const conditions = [
    ...(at.thread === '0' ? [] : [`${at.thread} == 0`]),
    ...(at.active === null ? [] : [at.active]),
  ]
  if (conditions.length === 0) fill(body)
  else body.block(`if (${conditions.join(' && ')})`, { closed: true }, fill)
}

function rowStores(body: Body, at: RowIndices, stores: readonly Store[]): void {
  if (stores.length === 0) return
  body.prepareStores(stores)
  onceForRow(body, at, (inner) => inner.stores(stores))
}

function elementStores(body: Body, rows: Rows, at: RowIndices): void {
  const stores = rows.kernel.elementStores
  if (stores.length === 0) return
  body.prepareStores(stores)
  const loop = (inner: Body): void => elementLoop(inner, rows, at, (element) => element.stores(stores))
  if (at.active === null) loop(body)
  else body.block(`if (${at.active})`, {}, loop)
}

function wholeRows(context: KernelContext, rows: Rows): Dispatch[] {
  const { kernel, kept, schedule } = rows
  const shader = new Shader(context)
  const results = new Map<number, Supplier>()
  const axes = new Map<number, Supplier>()
  const body = new Body(shader, { axes, results })
  const at = rowIndices(body, schedule)
  for (const [axis, supplier] of unravelAxes(kernel.shape, kept, at.row)) axes.set(axis, supplier)
  kernel.stages.forEach((reductions, i) => {
    const last = i === kernel.stages.length - 1 && kernel.elementStores.length === 0
    publish(body, results, reductions, stage(body, rows, at, reductions, last ? 'first' : 'all'))
  })
  rowStores(body, at, kernel.rowStores)
  elementStores(body, rows, at)
  return [shader.finish(body.lines, groupSizeOf(schedule), Math.ceil(schedule.rows / schedule.rowsPerGroup))]
}

/** Where a reduction lies between the dispatches of a split kernel: offsets in elements. */
interface Part {
  readonly values: number
  readonly positions: number
  readonly result: number
}

/** All reductions share two scratch buffers, so that splitting costs two bindings at most. */
interface Parts {
  /** Results that each part of a row leaves: one, or one for each of its threads. */
  readonly perPart: number
  readonly partial: Memory
  readonly results: Memory
  readonly of: ReadonlyMap<number, Part>
}

/** So many results of threads are combined by one workgroup as they are: a tree before that costs more than it saves. */
const fewResults = 8192

function partsOf(context: KernelContext, { kernel, schedule }: Rows): Parts {
  const reductions = kernel.stages.flat()
  const { rows, chunks, threadsPerRow } = schedule
  const direct = chunks * threadsPerRow <= fewResults && !reductions.some((r) => isArg(r.combiner))
  const perPart = direct ? threadsPerRow : 1
  const all = rows * chunks * perPart
  let elements = 0
  const take = (count: number): number => (elements += count) - count
  const of = new Map(
    reductions.map(
      (r, i) =>
        [
          r.index,
          { values: take(all), positions: isArg(r.combiner) ? take(all) : 0, result: i * schedule.rows },
        ] as const,
    ),
  )
  return {
    perPart,
    partial: context.scratch(4 * elements),
    results: context.scratch(4 * schedule.rows * reductions.length),
    of,
  }
}

const offset = (index: string, by: number): string => (by === 0 ? index : `${index} + ${by}`)

function splitRows(context: KernelContext, rows: Rows): Dispatch[] {
  const { kernel } = rows
  const parts = partsOf(context, rows)
  const dispatches = kernel.stages.flatMap((reductions, i) => {
    const last = i === kernel.stages.length - 1
    return [
      reduceParts(context, rows, parts, reductions),
      combineParts(context, rows, parts, reductions, last),
    ]
  })
  return [...dispatches, ...splitElements(context, rows, parts)]
}

/** Results of earlier stages, loaded for `row`. */
function loadedResults(
  body: () => Body,
  kernel: ReduceKernel,
  parts: Parts,
  row: () => string,
): Map<number, Supplier> {
  const names = new Map<number, string>()
  return new Map(
    kernel.stages.flat().map((r) => [
      r.index,
      () => {
        const known = names.get(r.index)
        if (known !== undefined) return known
        const made = body().name(
          'loaded',
          body().shader.load(parts.results, r.lane, offset(row(), parts.of.get(r.index)?.result ?? 0)),
        )
        names.set(r.index, made)
        return made
      },
    ]),
  )
}

function startRows(
  context: KernelContext,
  rows: Rows,
  schedule: RowSchedule,
  parts: Parts,
): { body: Body; at: RowIndices; results: Map<number, Supplier> } {
  const shader = new Shader(context)
  const axes = new Map<number, Supplier>()
  const results = loadedResults(
    () => body,
    rows.kernel,
    parts,
    () => at.row,
  )
  const body: Body = new Body(shader, { axes, results })
  const at: RowIndices = rowIndices(body, schedule)
  for (const [axis, supplier] of unravelAxes(rows.kernel.shape, rows.kept, at.row)) axes.set(axis, supplier)
  return { body, at, results }
}

function reduceParts(
  context: KernelContext,
  rows: Rows,
  parts: Parts,
  reductions: readonly Reduction[],
): Dispatch {
  const { schedule } = rows
  const named = { ...context, label: `${context.label} parts` }
  const { body, at } = startRows(named, rows, schedule, parts)
  const direct = parts.perPart > 1
  const accumulators = stage(body, rows, at, reductions, direct ? 'none' : 'first')
  onceForRow(body, direct ? { ...at, thread: '0' } : at, (inner) => {
    const part = `${at.row} * ${schedule.chunks} + ${at.chunk}`
    const index = direct ? `(${part}) * ${parts.perPart} + ${at.thread}` : part
    reductions.forEach((r, i) => {
      const [part, accumulator] = [parts.of.get(r.index), accumulators[i]]
      if (part === undefined || accumulator === undefined) return
      inner.line(
        inner.shader.store(
          parts.partial,
          workLane(r.value.lane),
          offset(index, part.values),
          accumulator.value,
        ),
      )
      if (isArg(r.combiner))
        inner.line(
          inner.shader.store(parts.partial, 'i32', offset(index, part.positions), accumulator.position),
        )
    })
  })
  return body.shader.finish(
    body.lines,
    groupSizeOf(schedule),
    Math.ceil(schedule.rows / schedule.rowsPerGroup) * schedule.chunks,
  )
}

/** Combines the parts of each row; the last stage also makes the row stores. */
function combineParts(
  context: KernelContext,
  rows: Rows,
  parts: Parts,
  reductions: readonly Reduction[],
  last: boolean,
): Dispatch {
  const { kernel, schedule } = rows
  const results = schedule.chunks * parts.perPart
  const whole = {
    ...scheduleRows(schedule.rows, results, false, context.limits.maxGroupSize),
    chunks: 1,
  }
  const {
    body,
    at,
    results: known,
  } = startRows({ ...context, label: `${context.label} combine` }, rows, whole, parts)
  const accumulators = declareAccumulators(body, reductions)
  body.block(
    `for (var e = ${at.thread}; e < ${results}; e += ${whole.threadsPerRow})`,
    { closed: true },
    (inner) => {
      const index = `${at.row} * ${results} + e`
      reductions.forEach((r, i) => {
        const [part, accumulator] = [parts.of.get(r.index), accumulators[i]]
        if (part === undefined || accumulator === undefined) return
        const value = inner.shader.load(parts.partial, workLane(r.value.lane), offset(index, part.values))
        const position = isArg(r.combiner)
          ? inner.name('j', inner.shader.load(parts.partial, 'i32', offset(index, part.positions)))
          : ''
        accumulate(inner, accumulator, value, position)
      })
    },
  )
  combineThreads(body, accumulators, whole, at, 'first')
  publish(body, known, reductions, accumulators)
  onceForRow(body, at, (inner) => {
    for (const r of last && kernel.elementStores.length === 0 ? [] : reductions) {
      const index = offset(at.row, parts.of.get(r.index)?.result ?? 0)
      inner.line(inner.shader.store(parts.results, r.lane, index, known.get(r.index)?.() ?? ''))
    }
  })
  if (last) rowStores(body, at, kernel.rowStores)
  return body.shader.finish(body.lines, groupSizeOf(whole), Math.ceil(whole.rows / whole.rowsPerGroup))
}

function splitElements(context: KernelContext, { kernel, kept }: Rows, parts: Parts): Dispatch[] {
  if (kernel.elementStores.length === 0) return []
  const shader = new Shader({ ...context, label: `${context.label} elements` })
  const sizes = kept.map((axis) => kernel.shape[axis] ?? 1)
  const row = ravel<Expr>(
    kept.map((axis, i) => axisPosition(axis, sizes[i] ?? 1)),
    sizes,
  )
  const body: Body = elementBody(
    shader,
    kernel.shape,
    loadedResults(
      () => body,
      kernel,
      parts,
      () => body.position(row),
    ),
  )
  body.prepareStores(kernel.elementStores)
  body.stores(kernel.elementStores)
  return elementDispatch(shader, kernel.shape, body)
}
