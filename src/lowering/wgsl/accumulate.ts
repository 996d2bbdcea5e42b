/**
 * Accumulators of the threads of a row, and the tree in workgroup memory that combines them.
 * Reductions of one stage → statements → the text of each result.
 */

import type { Lane } from '../expr.js'
import type { Combiner, Reduction } from '../kernel.js'
import { wgslType } from './alu.js'
import type { Body } from './body.js'
import {
  betterFunction,
  combineText,
  identityText,
  isArg,
  laterFunction,
  noPosition,
  workLane,
} from './combine.js'
import type { RowIndices, RowSchedule } from './rows.js'
import { groupSizeOf } from './rows.js'

/** What is carried of a reduction: its value, and for argmax and argmin the position. */
export interface Accumulator {
  readonly combiner: Combiner
  /** Lane of the values that are compared or summed. */
  readonly lane: Lane
  readonly value: string
  readonly position: string
}

export function declareAccumulators(body: Body, reductions: readonly Reduction[]): Accumulator[] {
  return reductions.map((r) => {
    const made = {
      combiner: r.combiner,
      lane: r.value.lane,
      value: `sum${r.index}`,
      position: `at${r.index}`,
    }
    body.line(`var ${made.value} = ${identityText(r.combiner, made.lane)};`)
    if (isArg(r.combiner)) body.line(`var ${made.position} = ${noPosition};`)
    return made
  })
}

/** Takes one element in, whose position is behind all that were taken. `value` is of the work lane. */
export function accumulate(body: Body, a: Accumulator, value: string, position: string): void {
  if (!isArg(a.combiner)) {
    body.line(`${a.value} = ${combineText(a.combiner, a.lane, a.value, value)};`)
    return
  }
  const beats = laterFunction(body.shader, a.combiner, a.lane)
  const named = body.name('v', value)
  const better = body.name('better', `${beats}(${named}, ${a.value}, ${a.position})`)
  body.line(`${a.value} = select(${a.value}, ${named}, ${better});`)
  body.line(`${a.position} = select(${a.position}, ${position}, ${better});`)
}

/** Workgroup arrays that hold the accumulators of one tree. */
interface Shared {
  readonly accumulator: Accumulator
  readonly values: string
  readonly positions: string
}

function share(body: Body, accumulators: readonly Accumulator[], size: number): Shared[] {
  // Trees take turns between two sets of arrays: while one is still being read, the next may be written.
  const set = body.shader.trees++ % 2
  const counts = new Map<string, number>()
  const array = (lane: Lane): string => {
    const type = wgslType(lane)
    const count = counts.get(type) ?? 0
    counts.set(type, count + 1)
    const name = `shared_${type}_${2 * count + set}`
    body.shader.workgroupArray(name, type, size)
    return name
  }
  return accumulators.map((accumulator) => ({
    accumulator,
    values: array(workLane(accumulator.lane)),
    positions: isArg(accumulator.combiner) ? array('i32') : '',
  }))
}

/** Writes this thread's accumulators to their arrays. */
function publishLines({ accumulator: a, values, positions }: Shared): string[] {
  const value = `${values}[local] = ${a.value};`
  return positions === '' ? [value] : [value, `${positions}[local] = ${a.position};`]
}

/** Takes element `index` of the arrays into this thread's accumulators. */
function takeLine(body: Body, { accumulator: a, values, positions }: Shared, index: string): string {
  if (!isArg(a.combiner))
    return `${a.value} = ${combineText(a.combiner, a.lane, a.value, `${values}[${index}]`)};`
  const better = betterFunction(body.shader, a.combiner, a.lane)
  const test = `${better}(${values}[${index}], ${positions}[${index}], ${a.value}, ${a.position})`
  return `if (${test}) { ${a.value} = ${values}[${index}]; ${a.position} = ${positions}[${index}]; }`
}

/** The threads of a row that need its result. */
export type Receivers = 'none' | 'first' | 'all'

/** Combines the accumulators of the threads of each row; afterwards the receivers hold the result. */
export function combineThreads(
  body: Body,
  accumulators: readonly Accumulator[],
  s: RowSchedule,
  at: RowIndices,
  receivers: Receivers,
): void {
  if (s.threadsPerRow === 1 || receivers === 'none') return
  const size = groupSizeOf(s)
  const arraysThatFit = Math.max(2, Math.floor(body.shader.context.limits.maxGroupBytes / (8 * size)))
  let batch: Accumulator[] = []
  let arrays = 0
  for (const a of accumulators) {
    const need = isArg(a.combiner) ? 2 : 1
    if (arrays + need > arraysThatFit) {
      tree(body, batch, s, at, receivers)
      batch = []
      arrays = 0
    }
    batch.push(a)
    arrays += need
  }
  tree(body, batch, s, at, receivers)
}

/** Few wide levels rather than many narrow ones: barriers cost more than a handful of additions. */
const widestLevel = 16

/**
 * Two levels at most: the first leaves `last` partial results in each row, which every receiver then combines
 * for itself, so that the result needs no broadcast.
 */
function tree(
  body: Body,
  accumulators: readonly Accumulator[],
  s: RowSchedule,
  at: RowIndices,
  receivers: Receivers,
): void {
  const shared = share(body, accumulators, groupSizeOf(s))
  const threads = s.threadsPerRow
  const last = threads <= widestLevel ? threads : 2 ** Math.ceil(Math.log2(threads) / 2)
  const step = (count: number): string => String(count * at.stride)
  const publish = (indent: string): void => {
    for (const line of shared.flatMap(publishLines)) body.line(`${indent}${line}`)
  }
  publish('')
  body.line('workgroupBarrier();')
  if (last < threads) {
    body.line(`if (${at.thread} < ${last}) {`)
    body.line(
      `  for (var other = local + ${step(last)}; other < local + ${step(threads)}; other += ${step(last)}) {`,
    )
    for (const one of shared) body.line(`    ${takeLine(body, one, 'other')}`)
    body.line('  }')
    publish('  ')
    body.line('}')
    body.line('workgroupBarrier();')
  }
  const fill = (inner: Body): void => lastLevel(inner, shared, last, at)
  if (receivers === 'all') fill(body)
  else body.block(`if (${at.thread} == 0)`, { closed: true }, fill)
}

function lastLevel(body: Body, shared: readonly Shared[], count: number, at: RowIndices): void {
  for (const { accumulator: a, values, positions } of shared) {
    body.line(`${a.value} = ${values}[${at.base}];`)
    if (positions !== '') body.line(`${a.position} = ${positions}[${at.base}];`)
  }
  body.line(`for (var other = 1; other < ${count}; other++) {`)
  const index = at.base === '0' ? '' : `${at.base} + `
  for (const one of shared)
    body.line(`  ${takeLine(body, one, `${index}other${at.stride === 1 ? '' : ` * ${at.stride}`}`)}`)
  body.line('}')
}

/** The result of a combined accumulator in the lane that the kernel sees. */
export function resultText(a: Accumulator): string {
  if (isArg(a.combiner)) return a.position
  return a.lane === 'bool' ? `(${a.value} != 0u)` : a.value
}
