/**
 * Accumulators of the threads of a row, and the tree in workgroup memory that combines them.
 * Reductions of one stage → statements → the text of each result.
 */

import type { Lane } from '../expr.js'
import type { Combiner, Reduction } from '../kernel.js'
import { wgslType } from './alu.js'
import type { Body } from './body.js'
import { betterFunction, combineText, identityText, isArg, noPosition, workLane } from './combine.js'
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

/** Takes one element in. `value` is of the work lane. */
export function accumulate(body: Body, a: Accumulator, value: string, position: string): void {
  if (!isArg(a.combiner)) {
    body.line(`${a.value} = ${combineText(a.combiner, a.lane, a.value, value)};`)
    return
  }
  const better = betterFunction(body.shader, a.combiner, a.lane)
  const named = body.name('v', value)
  body.line(
    `if (${better}(${named}, ${position}, ${a.value}, ${a.position})) { ${a.value} = ${named}; ${a.position} = ${position}; }`,
  )
}

/** Workgroup arrays that hold the accumulators of one tree. */
interface Shared {
  readonly accumulator: Accumulator
  readonly values: string
  readonly positions: string
}

function share(body: Body, accumulators: readonly Accumulator[], size: number): Shared[] {
  const counts = new Map<string, number>()
  const array = (lane: Lane): string => {
    const type = wgslType(lane)
    const count = counts.get(type) ?? 0
    counts.set(type, count + 1)
    const name = `shared_${type}_${count}`
    body.shader.workgroupArray(name, type, size)
    return name
  }
  return accumulators.map((accumulator) => ({
    accumulator,
    values: array(workLane(accumulator.lane)),
    positions: isArg(accumulator.combiner) ? array('i32') : '',
  }))
}

function stepLine(body: Body, { accumulator: a, values, positions }: Shared): string {
  if (!isArg(a.combiner))
    return `${values}[local] = ${combineText(a.combiner, a.lane, `${values}[local]`, `${values}[other]`)};`
  const better = betterFunction(body.shader, a.combiner, a.lane)
  const test = `${better}(${values}[other], ${positions}[other], ${values}[local], ${positions}[local])`
  return `if (${test}) { ${values}[local] = ${values}[other]; ${positions}[local] = ${positions}[other]; }`
}

/** Combines the accumulators of the threads of each row; afterwards every thread of the row holds the result. */
export function combineThreads(
  body: Body,
  accumulators: readonly Accumulator[],
  s: RowSchedule,
  at: RowIndices,
): void {
  if (s.threadsPerRow === 1) return
  const size = groupSizeOf(s)
  const arraysThatFit = Math.max(2, Math.floor(body.shader.context.limits.maxGroupBytes / (4 * size)))
  let batch: Accumulator[] = []
  let arrays = 0
  for (const a of accumulators) {
    const need = isArg(a.combiner) ? 2 : 1
    if (arrays + need > arraysThatFit) {
      tree(body, batch, s, at, size)
      batch = []
      arrays = 0
    }
    batch.push(a)
    arrays += need
  }
  tree(body, batch, s, at, size)
}

function tree(
  body: Body,
  accumulators: readonly Accumulator[],
  s: RowSchedule,
  at: RowIndices,
  size: number,
): void {
  const shared = share(body, accumulators, size)
  for (const { accumulator, values, positions } of shared) {
    body.line(`${values}[local] = ${accumulator.value};`)
    if (positions !== '') body.line(`${positions}[local] = ${accumulator.position};`)
  }
  body.line('workgroupBarrier();')
  body.line(`for (var step = ${s.threadsPerRow / 2}; step > 0; step /= 2) {`)
  body.line(`  if (${at.thread} < step) {`)
  body.line(`    let other = local + ${at.stride === 1 ? 'step' : `step * ${at.stride}`};`)
  for (const one of shared) body.line(`    ${stepLine(body, one)}`)
  body.line('  }')
  body.line('  workgroupBarrier();')
  body.line('}')
  for (const { accumulator, values, positions } of shared) {
    body.line(`${accumulator.value} = ${values}[${at.base}];`)
    if (positions !== '') body.line(`${accumulator.position} = ${positions}[${at.base}];`)
  }
  // The arrays may be written again only when every thread has read its result.
  body.line('workgroupBarrier();')
}

/** The result of a combined accumulator in the lane that the kernel sees. */
export function resultText(a: Accumulator): string {
  if (isArg(a.combiner)) return a.position
  return a.lane === 'bool' ? `(${a.value} != 0u)` : a.value
}
