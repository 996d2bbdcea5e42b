/**
 * Loops over the axes of a kernel: scalar loops, and vector loops with their remainders. Sizes are static, so
 * a remainder is code of its own that knows how many lanes it has.
 */

import { get, i32, op, scale, when, type Instruction } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import type { Scope } from './scope.js'

export type Body = (inner: Scope) => void

/** axis = begin, …, end - 1, which the code learns only when it runs. */
export function forRange(scope: Scope, axis: number, begin: Instruction, end: Instruction, body: Body): void {
  const index = scope.fn.local('i32', `i${axis}`)
  const inner = scope.child().bindAxis(axis, get(index))
  body(inner)
  scope.push(...countedLoop(index, begin, end, 1, inner.statements, false))
}

/** An axis and its number of elements. */
export interface Sized {
  readonly axis: number
  readonly size: number
}

/** A number taken apart into digits of so many values each, the least one first. */
export function digits<Counts extends readonly number[]>(
  scope: Scope,
  unit: Instruction,
  counts: readonly [...Counts],
): { readonly [I in keyof Counts]: Instruction } {
  let rest = unit
  const most = counts.findLastIndex((count) => count > 1)
  return counts.map((count, i) => {
    if (count === 1) return i32(0)
    const digit = i === most ? rest : scope.temp('i32', op('i32.rem_u', rest, i32(count)))
    if (i < most) rest = scope.temp('i32', op('i32.div_u', rest, i32(count)))
    return digit
  }) as { readonly [I in keyof Counts]: Instruction }
}

/** Binds axes to the coordinates of `unit` in a row-major domain of their sizes. */
function bindUnit(scope: Scope, unit: Instruction, axes: readonly Sized[]): void {
  let rest = unit
  const wide = axes.findIndex(({ size }) => size > 1)
  for (let i = axes.length - 1; i >= 0; i--) {
    const { axis, size } = axes[i] as Sized
    if (size === 1) scope.bindAxis(axis, i32(0))
    else if (i === wide) scope.bindAxis(axis, rest)
    else {
      scope.bindAxis(axis, scope.temp('i32', op('i32.rem_u', rest, i32(size))))
      rest = scope.temp('i32', op('i32.div_u', rest, i32(size)))
    }
  }
}

/** The points `begin` ≤ u < `end` of the row-major domain of some axes. */
export function forUnits(
  scope: Scope,
  axes: readonly Sized[],
  begin: Instruction,
  end: Instruction,
  body: Body,
): void {
  const [only, ...more] = axes
  if (only !== undefined && more.length === 0) return forRange(scope, only.axis, begin, end, body)
  const unit = scope.fn.local('i32', 'unit')
  const inner = scope.child()
  bindUnit(inner, get(unit), axes)
  body(inner)
  scope.push(...countedLoop(unit, begin, end, 1, inner.statements, false))
}

/** axis = 0, …, size - 1. */
export function forAxis(scope: Scope, axis: number, size: number, body: Body): void {
  if (size === 1) return fixed(scope, axis, 0, null, body)
  const index = scope.fn.local('i32', `i${axis}`)
  const inner = scope.child().bindAxis(axis, get(index))
  body(inner)
  scope.push(...countedLoop(index, i32(0), i32(size), 1, inner.statements, true))
}

/** [0, count) in strips of `width`: `body` gets the first number of a strip and the one after its last. */
export function forStrips(
  scope: Scope,
  count: number,
  width: number,
  body: (inner: Scope, first: Instruction, end: Instruction) => void,
): void {
  const first = scope.fn.local('i32', 'strip')
  const inner = scope.child()
  const next = op('i32.add', get(first), i32(width))
  const end = inner.temp('i32', op('select', next, i32(count), op('i32.lt_s', next, i32(count))))
  body(inner, get(first), end)
  scope.push(...countedLoop(first, i32(0), i32(count), width, inner.statements, true))
}

/**
 * The axis from `begin` to `end` (known when the code runs) in blocks of four that `body` gets side by side, the
 * last size mod 4 elements one by one. `begin` and `end` count blocks.
 */
export function forBlocks(
  scope: Scope,
  axis: number,
  size: number,
  begin: Instruction,
  end: Instruction,
  body: (inner: Scope, single: boolean) => void,
): void {
  const whole = size - (size % 4)
  if (whole > 0) {
    const index = scope.fn.local('i32', `i${axis}`)
    const inner = scope.child().bindAxis(axis, get(index))
    body(inner, false)
    const limit = scope.temp('i32', op('i32.shl', end, i32(2)))
    const stop = scope.temp('i32', op('select', limit, i32(whole), op('i32.lt_s', limit, i32(whole))))
    scope.push(...countedLoop(index, op('i32.shl', begin, i32(2)), stop, 4, inner.statements, false))
  }
  if (whole === size) return
  const rest = scope.child()
  for (let at = whole; at < size; at++) fixed(rest, axis, at, null, (inner) => body(inner, true))
  scope.push(when(op('i32.eq', end, i32(Math.ceil(size / 4))), rest.statements))
}

/** All of `axes` at once, outermost first. */
export function forAxes(
  scope: Scope,
  axes: readonly number[],
  sizeOf: (axis: number) => number,
  body: Body,
): void {
  const [axis, ...rest] = axes
  if (axis === undefined) return body(scope)
  forAxis(scope, axis, sizeOf(axis), (inner) => forAxes(inner, rest, sizeOf, body))
}

/** The body once, at a fixed element of the axis. */
export function fixed(
  scope: Scope,
  axis: number,
  at: number,
  vector: { readonly parts: number; readonly count: number } | null,
  body: Body,
): void {
  const inner = scope.child().bindAxis(axis, i32(at), vector === null ? null : { axis, ...vector })
  body(inner)
  scope.push(...inner.statements)
}

/** Vectors of `parts` · 4 elements from `from` to `to`, both multiples of four; returns where the next loop starts. */
function staticVectors(
  scope: Scope,
  axis: number,
  from: number,
  to: number,
  parts: number,
  body: Body,
): number {
  const step = 4 * parts
  const end = from + Math.floor((to - from) / step) * step
  const vector = { parts, count: step }
  if (end - from === step) fixed(scope, axis, from, vector, body)
  else if (end > from) {
    const index = scope.fn.local('i32', `i${axis}`)
    const inner = scope.child().bindAxis(axis, get(index), { axis, ...vector })
    body(inner)
    scope.push(...countedLoop(index, i32(from), i32(end), step, inner.statements, true))
  }
  return end
}

/** axis = 0, …, size - 1 in vectors: wide ones, single ones, then the last `size` mod 4 elements. */
export function forVectors(scope: Scope, axis: number, size: number, parts: number, body: Body): void {
  const whole = size - (size % 4)
  const wide = staticVectors(scope, axis, 0, whole, parts, body)
  const end = parts > 1 ? staticVectors(scope, axis, wide, whole, 1, body) : wide
  if (end < size) fixed(scope, axis, end, { parts: 1, count: size - end }, body)
}

export interface VectorRange extends Sized {
  /** Vectors side by side. */
  readonly parts: number
  readonly unit?: number
  readonly padded?: boolean
}

/** An axis is walked in units of so many elements: several vectors side by side, where they leave none over. */
export const unitOf = (size: number, parts: number): number =>
  size % (4 * parts) === 0 && size >= fewWideUnits * 4 * parts ? 4 * parts : 4
/** So few units could not be shared by threads. */
const fewWideUnits = 8

/**
 * The units `begin` ≤ u < `end` (known when the code runs) of an axis of `size` elements, `unit` of them each: 4, or 4 ·
 * `parts` where that divides the size. With `padded`, the last vector may write all its lanes.
 */
export function forVectorRange(
  scope: Scope,
  { axis, size, parts, unit = 4, padded = false }: VectorRange,
  begin: Instruction,
  end: Instruction,
  body: Body,
): void {
  if (unit > 4) {
    const index = scope.fn.local('i32', `i${axis}`)
    const wide = scope.child().bindAxis(axis, get(index), { axis, parts, count: 4 * parts })
    body(wide)
    const stop = scope.temp('i32', scale(end, unit))
    return scope.push(...countedLoop(index, scale(begin, unit), stop, unit, wide.statements, false))
  }
  const index = scope.fn.local('i32', `i${axis}`)
  const stop = scope.fn.local('i32', 'stop')
  const rest = padded ? 0 : size % 4
  const limit = op('i32.shl', end, i32(2))
  const elements =
    rest === 0 ? limit : op('select', i32(size - rest), limit, op('i32.gt_s', limit, i32(size - rest)))
  scope.push({ kind: 'set', local: stop, args: [elements] })
  let start: Instruction = op('i32.shl', begin, i32(2))
  if (parts > 1 && size >= 4 * parts) {
    const wide = scope.child().bindAxis(axis, get(index), { axis, parts, count: 4 * parts })
    body(wide)
    const wideStop = scope.temp('i32', op('i32.sub', get(stop), i32(4 * (parts - 1))))
    scope.push(...countedLoop(index, start, wideStop, 4 * parts, wide.statements, false))
    start = get(index)
  }
  if (padded || size >= 4) {
    const single = scope.child().bindAxis(axis, get(index), { axis, parts: 1, count: 4 })
    body(single)
    scope.push(...countedLoop(index, start, get(stop), 4, single.statements, false))
  }
  if (rest === 0) return
  const tail = scope.child().bindAxis(axis, i32(size - rest), { axis, parts: 1, count: rest })
  body(tail)
  scope.push(when(op('i32.gt_s', limit, i32(size - rest)), tail.statements))
}
