/**
 * Merging adjacent axes: a kernel's shape and expressions → the same kernel with fewer, longer axes.
 * Axes a, a + 1 become one where every position moves along a as many steps of a + 1 as a + 1 is long; then a
 * loop over a whole array has one axis, whatever the array's shape.
 */

import type { Shape } from '../../core/shape.js'
import { ExprBuilder, rewrite, topological, type Expr, type Position } from '../expr.js'
import { axisPosition, constantPosition } from '../position.js'
import type { Store } from '../kernel.js'

/** Positions of loads, position expressions and stores, and those inside their quotients and remainders. */
function positionsBelow(roots: readonly Expr[], extra: readonly Position[]): Position[] {
  const found: Position[] = []
  const visit = (p: Position): void => {
    found.push(p)
    for (const { atom } of p.terms) if (atom.kind === 'quotient' || atom.kind === 'remainder') visit(atom.of)
  }
  extra.forEach(visit)
  for (const e of topological(roots)) if (e.kind === 'load' || e.kind === 'position') visit(e.position)
  return found
}

const factorOf = (p: Position, axis: number): number =>
  p.terms.find(({ atom }) => atom.kind === 'axis' && atom.axis === axis)?.factor ?? 0

/** Groups of adjacent axes that can be merged; axes of size 1 join any group. `separate` keeps two neighbours apart. */
function groupsOf(
  shape: Shape,
  positions: readonly Position[],
  separate: (a: number, b: number) => boolean,
): number[][] {
  const groups: number[][] = []
  shape.forEach((size, axis) => {
    const group = groups.at(-1)
    const last = group?.at(-1)
    const mergeable =
      group !== undefined &&
      last !== undefined &&
      !separate(last, axis) &&
      positions.every((p) => factorOf(p, last) === factorOf(p, axis) * size)
    if (mergeable) group.push(axis)
    else groups.push([axis])
  })
  return groups
}

export interface Collapsed {
  readonly shape: Shape
  /** The new axis of each old one. */
  readonly axisOf: readonly number[]
  /** Makes further expressions beside the rewritten ones. */
  readonly builder: ExprBuilder
  expr(e: Expr): Expr
  position(p: Position): Position
  stores(list: readonly Store[]): readonly Store[]
}

/** `roots` are all expressions of the kernel, `positions` those of its stores. */
export function collapse(
  shape: Shape,
  roots: readonly Expr[],
  positions: readonly Position[],
  separate: (a: number, b: number) => boolean = () => false,
): Collapsed {
  // An axis of size 1 occurs in no position; it goes first.
  const long = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]))
  const numbered = positionsBelow(roots, positions)
  const groups = groupsOf(
    long.map((axis) => shape[axis] ?? 1),
    numbered.map((p) => renumbered(p, long)),
    (a, b) => separate(long[a] ?? 0, long[b] ?? 0),
  ).map((group) => group.map((i) => long[i] ?? 0))
  const merged = groups.map((group) => group.reduce((size, axis) => size * (shape[axis] ?? 1), 1))
  const axisOf = shape.map((_, axis) => groups.findIndex((group) => group.includes(axis)))
  // Old axis → position in the new axes: the last one of a group is the whole, the others are counted in it.
  const substitutes = shape.map((_, axis): Position => {
    const group = axisOf[axis] ?? -1
    return groups[group]?.at(-1) === axis ? axisPosition(group, merged[group] ?? 1) : constantPosition(0)
  })
  const builder = new ExprBuilder()
  const visit = rewrite(builder, substitutes, () => null)
  const position = (p: Position): Position => {
    const moved = visit(new ExprBuilder().position(p))
    return moved.kind === 'position'
      ? moved.position
      : constantPosition(moved.kind === 'const' ? moved.value : 0)
  }
  return {
    shape: merged,
    axisOf,
    builder,
    expr: visit,
    position,
    stores: (list) =>
      list.map((s) => ({ buffer: s.buffer, position: position(s.position), value: visit(s.value) })),
  }
}

/** The position with the axes in `kept` numbered by their place there; only its own axis terms matter. */
const renumbered = (p: Position, kept: readonly number[]): Position => ({
  ...p,
  terms: p.terms.map((t) =>
    t.atom.kind === 'axis' ? { ...t, atom: { ...t.atom, axis: kept.indexOf(t.atom.axis) } } : t,
  ),
})
