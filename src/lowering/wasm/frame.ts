/**
 * What expressions depend on, and the view of a scope that code for positions and loads needs.
 */

import { operandsOf, type Expr, type Position } from '../expr.js'
import type { PositionAtom } from '../position.js'
import type { Instruction, ValueType } from './assembler/instruction.js'
import type { ModuleContext } from './context.js'

/** An expression as code: one scalar, or one vector for each part of the vector axis. */
export interface Value {
  readonly vector: boolean
  readonly parts: readonly Instruction[]
}

/** The axis along which vectors lie, four elements to a part; only the first `count` elements are to be stored. */
export interface VectorAxis {
  readonly axis: number
  readonly parts: number
  readonly count: number
}

/**
 * Four steps of another axis are being emitted side by side, this one being number `step` of them. Loads whose
 * elements are adjacent along that axis are made for all four at once in `home`, as a 4 × 4 block that is transposed.
 */
export interface Block {
  readonly axis: number
  readonly step: number
  readonly home: Frame
}

export interface Dependencies {
  readonly axes: readonly number[]
  readonly results: readonly number[]
}

const known = new WeakMap<Expr, Dependencies>()
const none: Dependencies = { axes: [], results: [] }
/** What depends on one axis alone, by its number. */
const ofAxis: Dependencies[] = []

/** What either depends on; where one has it all, that one. */
function union(a: Dependencies, b: Dependencies): Dependencies {
  const axes = joined(a.axes, b.axes)
  const results = joined(a.results, b.results)
  if (axes === a.axes && results === a.results) return a
  return axes === b.axes && results === b.results ? b : { axes, results }
}

function joined(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a === b || b.length === 0) return a
  if (a.length === 0) return b
  const more = b.filter((x) => !a.includes(x))
  return more.length === 0 ? a : [...a, ...more]
}

/** The axes and results that a position or an expression varies with. */
export function positionDependencies(p: Position): Dependencies {
  let all = none
  for (const { atom } of p.terms) all = union(all, atomDependencies(atom))
  return all
}

export function atomDependencies(atom: PositionAtom<Expr>): Dependencies {
  if (atom.kind === 'axis') return (ofAxis[atom.axis] ??= { axes: [atom.axis], results: none.results })
  return atom.kind === 'value' ? dependencies(atom.expr) : positionDependencies(atom.of)
}

export function dependencies(expr: Expr): Dependencies {
  const found = known.get(expr)
  if (found !== undefined) return found
  let made = none
  if (expr.kind === 'result') made = { axes: none.axes, results: [expr.index] }
  else if (expr.kind === 'load' || expr.kind === 'position') made = positionDependencies(expr.position)
  else for (const operand of operandsOf(expr)) made = union(made, dependencies(operand))
  known.set(expr, made)
  return made
}

/** How often each expression is an operand below `roots`: one that is used twice is kept in a local. */
export function countUses(roots: readonly Expr[]): Map<Expr, number> {
  const uses = new Map<Expr, number>()
  const use = (e: Expr): void => {
    const before = uses.get(e)
    uses.set(e, (before ?? 0) + 1)
    if (before === undefined) operandsOf(e).forEach(use)
  }
  roots.forEach(use)
  return uses
}

/** A scope, as far as positions and loads are concerned; see scope.ts. */
export interface Frame {
  readonly module: ModuleContext
  readonly root: Frame
  readonly depth: number
  readonly vectorAxis: VectorAxis | null
  readonly block: Block | null
  homeOf(on: Dependencies): Frame
  isVector(on: Dependencies): boolean
  axisIndex(axis: number): Instruction
  value(expr: Expr): Value
  base(buffer: number): Instruction
  temp(type: ValueType, value: Instruction): Instruction
  hold(key: string, type: ValueType, make: () => Instruction): Instruction
}
