/** Positions: rewriting keeps the value at every point of the domain, and coordinates come together again. */

import {
  assert,
  constantFrom,
  integer,
  letrec,
  nat,
  oneof,
  property,
  tuple,
  type Arbitrary,
} from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expr } from '../../../src/lowering/expr.js'
import {
  addPositions,
  axisPosition,
  boundsOf,
  identityPosition,
  offsetPosition,
  quotient,
  ravel,
  remainder,
  scalePosition,
  unravel,
  type PositionAtom,
  type PositionOf,
} from '../../../src/lowering/position.js'

type Position = PositionOf<Expr>

const sizes = [7, 12, 5]

function atomAt(atom: PositionAtom<Expr>, point: readonly number[]): number {
  if (atom.kind === 'axis') return point[atom.axis] ?? 0
  if (atom.kind === 'value') throw new Error('no computed values here')
  const inside = valueAt(atom.of, point)
  const whole = Math.floor(inside / atom.by)
  return atom.kind === 'quotient' ? whole : inside - whole * atom.by
}
const valueAt = (p: Position, point: readonly number[]): number =>
  p.terms.reduce((sum, { atom, factor }) => sum + factor * atomAt(atom, point), p.constant)

/** A position beside the function that it should be. */
interface Case {
  readonly position: Position
  readonly value: (point: readonly number[]) => number
}

const cases: Arbitrary<Case> = letrec<{ all: Case }>((tie) => ({
  all: oneof(
    { depthSize: 'small', withCrossShrink: true },
    nat(2).map((axis): Case => ({
      position: axisPosition(axis, sizes[axis] ?? 1),
      value: (point) => point[axis] ?? 0,
    })),
    tuple(tie('all'), tie('all')).map(([a, b]): Case => ({
      position: addPositions(a.position, b.position),
      value: (point) => a.value(point) + b.value(point),
    })),
    tuple(tie('all'), integer({ min: -6, max: 12 })).map(([a, by]): Case => ({
      position: scalePosition(a.position, by),
      value: (point) => a.value(point) * by,
    })),
    tuple(tie('all'), integer({ min: -9, max: 9 })).map(([a, by]): Case => ({
      position: offsetPosition(a.position, by),
      value: (point) => a.value(point) + by,
    })),
    tuple(tie('all'), constantFrom(1, 2, 3, 4, 6, 12, 24)).map(([a, by]): Case => ({
      position: quotient(a.position, by),
      value: (point) => Math.floor(a.value(point) / by),
    })),
    tuple(tie('all'), constantFrom(1, 2, 3, 4, 6, 12, 24)).map(([a, by]): Case => ({
      position: remainder(a.position, by),
      value: (point) => a.value(point) - by * Math.floor(a.value(point) / by),
    })),
  ),
})).all

describe('positions', () => {
  it('keep their value, and their bounds hold', () => {
    assert(
      property(cases, tuple(...sizes.map((n) => nat(n - 1))), ({ position, value }, point) => {
        const expected = value(point) + 0
        expect(valueAt(position, point) + 0).toBe(expected)
        const { min, max } = boundsOf(position)
        expect(min <= expected && expected <= max).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
  it('coordinates that were taken apart come together again', () => {
    const flat = axisPosition<Expr>(0, 2 * 56 * 56)
    const [b, y, x] = unravel(flat, [2, 56, 56]) as [Position, Position, Position]
    const c = axisPosition<Expr>(1, 64)
    expect(ravel([b, y, x, c], [2, 56, 56, 64]).key).toBe(identityPosition<Expr>([2 * 56 * 56, 64]).key)
  })
  it('a step that divides both is taken out of quotients and remainders', () => {
    const four = scalePosition(axisPosition<Expr>(0, 100), 4)
    const lane = axisPosition<Expr>(1, 4)
    expect(quotient(addPositions(four, lane), 56).key).toBe(quotient(axisPosition<Expr>(0, 100), 14).key)
    const rest = scalePosition(remainder(axisPosition<Expr>(0, 100), 14), 4)
    expect(remainder(addPositions(four, lane), 56).key).toBe(addPositions(rest, lane).key)
  })
})
