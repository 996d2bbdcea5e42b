/**
 * Positions and loads as code. The address of a load is a sum; each partial sum is computed in the scope that
 * its terms change in. Along the vector axis a load is one vector where the elements are adjacent, else four
 * lanes gathered.
 */

import { invariant } from '../../core/errors.js'
import { laneBytes, type LoadExpr, type Position } from '../expr.js'
import { boundsOf, type PositionAtom } from '../position.js'
import type { Expr } from '../expr.js'
import {
  add,
  i32,
  laneMemory,
  load,
  op,
  scale,
  shuffleWords,
  vectorConstant,
  type Instruction,
} from './assembler/instruction.js'
import { guardBytes } from './context.js'
import { atomDependencies, type Block, type Frame } from './frame.js'
import { extract, pack } from './vectorAlu.js'

type Atom = PositionAtom<Expr>

/** An address as an i32 and a static offset that WebAssembly adds without wrapping around. */
interface Address {
  readonly index: Instruction
  readonly offset: number
}

/** How atoms depend on the vector axis here. */
const vectorAxisOf = (scope: Frame): number => scope.vectorAxis?.axis ?? -1
const atomVaries = (scope: Frame, atom: Atom): boolean => {
  if (atom.kind === 'axis') return atom.axis === vectorAxisOf(scope)
  return scope.isVector(atomDependencies(atom))
}

/** The atom's value, at lane `at` of the vector axis if it varies with it. */
function atomScalar(scope: Frame, atom: Atom, at: number | null): Instruction {
  switch (atom.kind) {
    case 'axis':
      return add(scope.axisIndex(atom.axis), i32(atom.axis === vectorAxisOf(scope) ? (at ?? 0) : 0))
    case 'value': {
      const value = scope.value(atom.expr)
      const part = value.parts[value.vector ? (at ?? 0) >> 2 : 0]
      invariant(part !== undefined, 'wasm: a lane beyond the vector')
      return value.vector ? extract('i32', (at ?? 0) & 3, part) : part
    }
    case 'quotient':
    case 'remainder': {
      // Floor division: make the dividend non-negative by a multiple of the divisor.
      const { min } = boundsOf(atom.of)
      const shift = min < 0 ? Math.ceil(-min / atom.by) : 0
      const dividend = add(positionScalar(scope, atom.of, at), i32(shift * atom.by))
      if (atom.kind === 'remainder') return op('i32.rem_u', dividend, i32(atom.by))
      return add(op('i32.div_u', dividend, i32(atom.by)), i32(-shift))
    }
  }
}

/** start + Σ unit · factor · atom, partial sums held where they change. Terms of the vector axis itself are at lane 0. */
function sum(
  scope: Frame,
  p: Position,
  unit: number,
  at: number | null,
  start: { readonly key: string; readonly value: Instruction },
): Instruction {
  const terms = p.terms.map(({ atom, factor }) => ({
    atom,
    factor: factor * unit,
    home: scope.homeOf(atomDependencies(atom)),
    lane: atom.kind !== 'axis' && atomVaries(scope, atom) ? (at ?? 0) : 0,
  }))
  if (terms.some(({ home }, i) => home.depth < (terms[i - 1]?.home.depth ?? 0)))
    terms.sort((a, b) => a.home.depth - b.home.depth)
  let { key, value } = start
  for (const { atom, factor, home, lane } of terms) {
    const own = `${factor}*${atom.key}@${lane}`
    key = `${key}+${own}`
    const before = value
    value = home.hold(key, 'i32', () =>
      add(
        before,
        home.hold(own, 'i32', () =>
          scale(
            home.hold(`${atom.key}@${lane}`, 'i32', () => atomScalar(home, atom, lane)),
            factor,
          ),
        ),
      ),
    )
  }
  return value
}

/** What the terms of the vector axis itself add at lane `at`. */
const laneOffset = (scope: Frame, p: Position, at: number): number =>
  p.terms.reduce(
    (total, { atom, factor }) =>
      total + (atom.kind === 'axis' && atom.axis === vectorAxisOf(scope) ? factor * at : 0),
    0,
  )

/** A position as an i32, at lane `at` of the vector axis. */
export function positionScalar(scope: Frame, p: Position, at: number | null): Instruction {
  const value = sum(scope, p, 1, at, { key: 'n', value: i32(0) })
  return add(value, i32(p.constant + laneOffset(scope, p, at ?? 0)))
}

/** A position as vectors of i32. */
export function positionVector(scope: Frame, p: Position): readonly Instruction[] {
  const parts = scope.vectorAxis?.parts ?? 1
  const step = laneStep(scope, p)
  return Array.from({ length: parts }, (_, u) => {
    const lanes = [0, 1, 2, 3].map((l) => 4 * u + l)
    if (step === null)
      return pack(
        'i32',
        lanes.map((l) => positionScalar(scope, p, l)),
      )
    const start = op('i32x4.splat', positionScalar(scope, p, 4 * u))
    return op('i32x4.add', start, vectorConstant([0, step, 2 * step, 3 * step]))
  })
}

const isPure = (scope: Frame, p: Position): boolean =>
  p.terms.every(({ atom }) => atom.kind === 'axis' || !atomVaries(scope, atom))

/** Whether the position is a multiple of `by` at the start of every vector (vectors start at multiples of four). */
const divisible = (scope: Frame, p: Position, by: number): boolean =>
  p.constant % by === 0 &&
  p.terms.every(
    ({ atom, factor }) =>
      (factor * (atom.kind === 'axis' && atom.axis === vectorAxisOf(scope) ? 4 : 1)) % by === 0,
  )

/** How far the position moves from lane to lane of one vector, or null where that is not constant. */
export function laneStep(scope: Frame, p: Position): number | null {
  let total = 0
  for (const { atom, factor } of p.terms) {
    if (!atomVaries(scope, atom)) continue
    if (atom.kind === 'axis') total += factor
    else if (atom.kind === 'value') return null
    else {
      const step = laneStep(scope, atom.of)
      if (step === null || step < 0) return null
      if (step === 0) continue
      // A run of four that starts at a multiple of its length stays between two multiples of the divisor.
      if (atom.by % (4 * step) !== 0 || !divisible(scope, atom.of, 4 * step)) return null
      if (atom.kind === 'remainder') total += factor * step
    }
  }
  return total
}

/** Whether a checked load could touch memory that is not there, so that its position has to be clamped. */
function needsClamp(scope: Frame, expr: LoadExpr): boolean {
  if (!expr.checked) return false
  const reach = guardBytes / 8 - 8
  const { min, max } = boundsOf(expr.position)
  return min < -reach || max > scope.module.place(expr.buffer).size + reach
}

/** The address of the element at lane `at`. A clamped address is right for every lane that is in range. */
function addressOf(scope: Frame, expr: LoadExpr, at: number): Address {
  const bytes = laneBytes(expr.lane)
  const base = scope.base(expr.buffer)
  const p = expr.position
  const { slot, offset: place, size } = scope.module.place(expr.buffer)
  if (needsClamp(scope, expr)) {
    const position = scope.temp('i32', positionScalar(scope, p, at))
    const low = scope.temp('i32', op('select', position, i32(-4), op('i32.gt_s', position, i32(-4))))
    const clamped = op('select', low, i32(size), op('i32.lt_s', low, i32(size)))
    return { index: add(base, scale(clamped, bytes)), offset: 0 }
  }
  // The constant may stand in the instruction only if all else cannot be negative.
  const grows = p.terms.every(({ atom, factor }) => factor > 0 && atom.min >= 0)
  const inside = grows ? Math.min(p.constant, 0) : p.constant
  // Buffers in one place share addresses: results that are computed in the memory of operands.
  const key = `b${slot}+${place}${expr.lane}${inside}`
  const start = inside === 0 ? base : scope.root.hold(key, 'i32', () => add(base, i32(inside * bytes)))
  const index = sum(scope, p, bytes, at, { key, value: start })
  const offset = bytes * (p.constant - inside + laneOffset(scope, p, at))
  return offset >= 0 ? { index, offset } : { index: add(index, i32(offset)), offset: 0 }
}

/** The address of a store. */
export function storeAddress(
  scope: Frame,
  buffer: number,
  lane: Expr['lane'],
  position: Position,
  at: number,
): Address {
  return addressOf(scope, { kind: 'load', id: -1, lane, buffer, position, checked: false }, at)
}

export function loadScalar(scope: Frame, expr: LoadExpr): Instruction {
  const { index, offset } = addressOf(scope, expr, 0)
  if (expr.lane === 'f32' || expr.lane === 'f64') return load(`${expr.lane}.load`, index, offset)
  return load('i32.load', index, offset)
}

/** A truth value in memory is 0 or 1, in a vector a mask. */
const fromMemory = (expr: LoadExpr, vector: Instruction): Instruction =>
  expr.lane === 'bool' ? op('i32x4.gt_s', vector, vectorConstant([0, 0, 0, 0])) : vector

function gather(scope: Frame, expr: LoadExpr, lanes: readonly number[]): Instruction {
  const [first, ...rest] = lanes.map((l) => addressOf(scope, expr, l))
  invariant(first !== undefined, 'wasm: gather of no lanes')
  return rest.reduce(
    (vector, { index, offset }, i) => laneMemory('v128.load32_lane', index, vector, i + 1, offset),
    load('v128.load32_zero', first.index, first.offset),
  )
}

/** Whether a load's elements are adjacent along `axis`, and a constant distance apart along the vector axis `along`. */
export function isTransposed(expr: LoadExpr, axis: number, along: number): boolean {
  const terms = expr.position.terms.filter(
    ({ atom }) => atom.kind !== 'axis' || atom.axis === axis || atom.axis === along,
  )
  const stride = (wanted: number): number =>
    terms.find(({ atom }) => atom.kind === 'axis' && atom.axis === wanted)?.factor ?? 0
  return (
    terms.length === 2 &&
    stride(axis) === 1 &&
    stride(along) !== 1 &&
    stride(along) !== 0 &&
    !expr.checked &&
    laneBytes(expr.lane) === 4
  )
}

/** Rows of four to columns of four: pairs of rows are interleaved, then pairs of these joined. */
export const interleave = [
  [0, 4, 1, 5],
  [2, 6, 3, 7],
] as const
export const join = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
] as const

/** The vectors of a transposed load for one step of the block: part `u` holds lanes 4u … 4u + 3. */
function loadTransposed(scope: Frame, expr: LoadExpr, { step, home }: Block): readonly Instruction[] {
  const { parts, count } = scope.vectorAxis ?? { parts: 1, count: 4 }
  return Array.from({ length: parts }, (_, u) => {
    const name = `${expr.id}:${u}`
    const row = (l: number): Instruction =>
      home.hold(`row${name}:${l}`, 'v128', () => {
        const { index, offset } = addressOf(home, expr, Math.min(4 * u + l, count - 1))
        return load('v128.load', index, offset)
      })
    // Steps 0 and 1 come from the lower halves of the rows, 2 and 3 from the upper ones.
    const half = step >> 1
    const pair = (l: number): Instruction =>
      home.hold(`pair${name}:${l}:${half}`, 'v128', () =>
        shuffleWords(row(l), row(l + 1), interleave[half as 0 | 1]),
      )
    return fromMemory(expr, shuffleWords(pair(0), pair(2), join[(step & 1) as 0 | 1]))
  })
}

/** A load that varies with the vector axis, one vector for each part. */
export function loadVector(scope: Frame, expr: LoadExpr): readonly Instruction[] {
  const { parts, count } = scope.vectorAxis ?? { parts: 1, count: 4 }
  const { block } = scope
  if (block !== null && isTransposed(expr, block.axis, vectorAxisOf(scope)))
    return loadTransposed(scope, expr, block)
  const step = laneStep(scope, expr.position)
  const oneAddress = isPure(scope, expr.position) && !needsClamp(scope, expr)
  return Array.from({ length: parts }, (_, u) => {
    const at = 4 * u
    if (step === 1) {
      const { index, offset } = addressOf(scope, expr, at)
      return fromMemory(expr, load('v128.load', index, offset))
    }
    if (step === -1 && oneAddress && at + 4 <= count) {
      const { index, offset } = addressOf(scope, expr, at + 3)
      const backwards = scope.temp('v128', load('v128.load', index, offset))
      return fromMemory(expr, shuffleWords(backwards, backwards, [3, 2, 1, 0]))
    }
    if (step === 0) {
      const { index, offset } = addressOf(scope, expr, at)
      return fromMemory(expr, load('v128.load32_splat', index, offset))
    }
    // Lanes beyond the axis read its last element again: their addresses may not exist.
    const lanes = [0, 1, 2, 3].map((l) => Math.min(at + l, count - 1))
    return fromMemory(expr, gather(scope, expr, lanes))
  })
}
