/**
 * Domains in units that threads can share: the points of the first axes, and where these are few, strips of the
 * last one.
 */

import { sizeOf } from '../../core/shape.js'
import { add, i32, op, scale, type Instruction } from './assembler/instruction.js'
import {
  forAxes,
  forAxis,
  forRange,
  forUnits,
  forVectorRange,
  forVectors,
  type Body,
  type Sized,
} from './nest.js'
import type { Scope } from './scope.js'

/** A step should have as many units, so that threads share them evenly. */
export const enoughUnits = 16

/** So many of the first axes that there are enough units, if all together have them. */
export function leadingAxes(axes: readonly Sized[]): readonly Sized[] {
  let units = 1
  const count = axes.findIndex(({ size }) => (units *= size) >= enoughUnits)
  return axes.slice(0, count < 0 ? axes.length : count + 1)
}

/** Domains with fewer elements are not worth sharing. */
const fewElements = 16384

export interface Lines {
  readonly outer: readonly Sized[]
  readonly last: Sized
  /** The last axis is walked in vectors, so many side by side; in numbers if 0. */
  readonly parts: number
  /** What one point of the domain stands for, in elements. */
  readonly weight: number
  /** A number that no axis has. */
  readonly spare: number
}

/** All points of a domain of two and more axes; returns the number of units, of which `begin` to `end` are walked. */
export function forLines(
  scope: Scope,
  { outer, last, parts, weight, spare }: Lines,
  begin: Instruction,
  end: Instruction,
  body: Body,
): number {
  const { axis, size } = last
  const sizes = new Map(outer.map((a) => [a.axis, a.size]))
  const first = leadingAxes(outer)
  const units = sizeOf(first.map((a) => a.size))
  const inside = outer.slice(first.length).map((a) => a.axis)
  if (units >= enoughUnits || sizeOf(outer.map((a) => a.size)) * size * weight < fewElements) {
    forUnits(scope, first, begin, end, (unit) =>
      forAxes(
        unit,
        inside,
        (a) => sizes.get(a) ?? 1,
        (inner) =>
          parts > 0 ? forVectors(inner, axis, size, parts, body) : forAxis(inner, axis, size, body),
      ),
    )
    return units
  }
  const strip = Math.ceil((size * units) / (2 * enoughUnits) / 64) * 64
  const count = Math.ceil(size / strip)
  forUnits(scope, [...outer, { axis: spare, size: count }], begin, end, (unit) => {
    const lanes = parts > 0 ? 4 : 1
    const from = unit.temp('i32', scale(unit.axisIndex(spare), strip / lanes))
    const next = add(from, i32(strip / lanes))
    const limit = i32(Math.ceil(size / lanes))
    const to = unit.temp('i32', op('select', next, limit, op('i32.lt_s', next, limit)))
    if (parts > 0) forVectorRange(unit, { axis, size, parts }, from, to, body)
    else forRange(unit, axis, from, to, body)
  })
  return units * count
}
