/**
 * Loops over the axes of a reduction: in blocks, after each of which running sums are added to their totals; in
 * vectors whose last one is masked; whole, or for one axis the range of a part.
 */

import { get, i32, op, type Instruction } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { fixed, type Body } from './nest.js'
import type { Scope } from './scope.js'

type ReductionBody = (inner: Scope, masked: boolean) => void

/** How the axes are walked. */
export interface Walk {
  /** Above 0, the last axis is walked in vectors, so many side by side, the incomplete one masked. */
  readonly parts: number
  /** Above 0, `flush` runs after about so many steps. */
  readonly block: number
  readonly flush: () => Instruction[]
  /** Elements of one axis that are walked, known when the code runs; not the last axis if that has vectors. */
  readonly range?: { readonly axis: number; readonly from: Instruction; readonly to: Instruction }
}

/** All elements of the axes of a reduction, outermost first. */
export function forReduction(
  scope: Scope,
  axes: readonly number[],
  sizes: readonly number[],
  walk: Walk,
  body: ReductionBody,
): void {
  const [axis, ...rest] = axes
  const [size = 1, ...restSizes] = sizes
  if (axis === undefined) return body(scope, false)
  const { parts, block, range } = walk
  if (rest.length === 0 && parts > 0) return reductionVectors(scope, axis, 0, size, walk, body)
  const within = restSizes.reduce((n, d) => n * d, 1) / (parts > 0 && rest.length > 0 ? 4 * parts : 1)
  const blocked = block > 0 && within < block
  const length = blocked ? Math.max(1, Math.floor(block / within)) : 0
  const inside: Walk = { ...walk, block: blocked ? 0 : block }
  const inner = (s: Scope): void => forReduction(s, rest, restSizes, inside, body)
  if (range?.axis === axis) rangeLoop(scope, axis, range.from, range.to, 1, length, null, walk.flush, inner)
  else blockedLoop(scope, axis, 0, size, 1, length, null, walk.flush, inner)
}

/** The elements `from` (a multiple of four) to `size` of the last axis, in vectors. */
export function reductionVectors(
  scope: Scope,
  axis: number,
  from: number,
  size: number,
  { parts, block, flush }: Walk,
  body: ReductionBody,
): void {
  const wide = from + Math.floor((size - from) / (4 * parts)) * 4 * parts
  const whole = size - (size % 4)
  const plain = (inner: Scope): void => body(inner, false)
  const vector = { parts, count: 4 * parts }
  blockedLoop(scope, axis, from, wide, 4 * parts, block * 4 * parts, vector, flush, plain)
  blockedLoop(scope, axis, wide, whole, 4, 0, { parts: 1, count: 4 }, flush, plain)
  if (whole < size) fixed(scope, axis, whole, { parts: 1, count: size - whole }, (inner) => body(inner, true))
}

/** A loop from `from` to `to` by `step`; if `block` > 0, in blocks of that many elements with `flush` after each. */
function blockedLoop(
  scope: Scope,
  axis: number,
  from: number,
  to: number,
  step: number,
  block: number,
  vector: { readonly parts: number; readonly count: number } | null,
  flush: () => Instruction[],
  body: Body,
): void {
  if (to <= from) return
  if (to - from === step) return fixed(scope, axis, from, vector, body)
  const blocks = block >= to - from ? 0 : block
  rangeLoop(scope, axis, i32(from), i32(to), step, blocks, vector, flush, body)
}

/** The same between bounds that the code knows when it runs; there is at least one step. */
export function rangeLoop(
  scope: Scope,
  axis: number,
  from: Instruction,
  to: Instruction,
  step: number,
  block: number,
  vector: { readonly parts: number; readonly count: number } | null,
  flush: () => Instruction[],
  body: Body,
): void {
  const index = scope.fn.local('i32', `i${axis}`)
  const inner = scope.child().bindAxis(axis, get(index), vector === null ? null : { axis, ...vector })
  body(inner)
  if (block === 0) return scope.push(...countedLoop(index, from, to, step, inner.statements, true))
  const start = scope.fn.local('i32', 'block')
  const stop = op('i32.add', get(start), i32(block))
  const end = scope.fn.local('i32', 'stop')
  const limit = op('select', stop, to, op('i32.lt_s', stop, to))
  const turn = [
    { kind: 'set', local: end, args: [limit] } as const,
    ...countedLoop(index, get(start), get(end), step, inner.statements, true),
    ...flush(),
  ]
  scope.push(...countedLoop(start, from, to, block, turn, true))
}
