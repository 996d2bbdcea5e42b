/**
 * Movement primitives as arithmetic on coordinates: no element is computed, only where it comes from.
 */

import type { Atom } from '../../core/jaxpr.js'
import type { MovementSigs } from '../../core/primitives/movement.js'
import { laneOf, type Expr, type Position } from '../expr.js'
import {
  addPositions,
  boundsOf,
  constantPosition,
  offsetPosition,
  ravel,
  scalePosition,
  unravel,
} from '../position.js'
import { conjunction, unchecked, type EmitContext, type EmitTable } from './context.js'
import { at, exactQuotient } from './coordinates.js'

/** Chooses the part that a coordinate falls in, by a chain of selects. */
function concatenate(
  context: EmitContext,
  inputs: readonly Atom[],
  coordinates: readonly Position[],
  dimension: number,
): Expr {
  const { b } = context
  const position = at(coordinates, dimension)
  const { min, max } = boundsOf(position)
  const parts: { readonly value: Expr; readonly end: number }[] = []
  let start = 0
  for (const input of inputs) {
    const end = start + (input.aval.shape[dimension] ?? 0)
    if (end > start && max >= start && min < end) {
      const moved = coordinates.map((c, axis) => (axis === dimension ? offsetPosition(c, -start) : c))
      parts.push({ value: context.pull(input, moved), end })
    }
    start = end
  }
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only.value
  return parts
    .map(({ value, end }) => ({ value: unchecked(b, value), end }))
    .reduceRight((rest, part) => ({
      value: b.alu(
        'select',
        b.alu('lt', b.position(position), b.constant(part.end, 'i32')),
        part.value,
        rest.value,
      ),
      end: part.end,
    })).value
}

export const movementEmit: EmitTable<keyof MovementSigs> = {
  broadcastInDim: (context, { inputs, params }, coordinates) => {
    const [x] = inputs as readonly [Atom]
    const own = x.aval.shape.map((size, i) =>
      size === 1 ? constantPosition<Expr>(0) : at(coordinates, params.broadcastDimensions[i] ?? 0),
    )
    return context.pull(x, own)
  },
  reshape: (context, { inputs, params }, coordinates) => {
    const [x] = inputs as readonly [Atom]
    return context.pull(x, unravel(ravel(coordinates, params.shape), x.aval.shape))
  },
  transpose: (context, { inputs, params }, coordinates) => {
    const [x] = inputs as readonly [Atom]
    const own: Position[] = []
    params.permutation.forEach((axis, i) => {
      own[axis] = at(coordinates, i)
    })
    return context.pull(x, own)
  },
  slice: (context, { inputs, params }, coordinates) => {
    const [x] = inputs as readonly [Atom]
    return context.pull(
      x,
      coordinates.map((c, i) =>
        addPositions(scalePosition(c, params.strides[i] ?? 1), constantPosition(params.start[i] ?? 0)),
      ),
    )
  },
  reverse: (context, { inputs, params }, coordinates) => {
    const [x] = inputs as readonly [Atom]
    return context.pull(
      x,
      coordinates.map((c, i) =>
        params.dimensions.includes(i) ? offsetPosition(scalePosition(c, -1), (x.aval.shape[i] ?? 1) - 1) : c,
      ),
    )
  },
  pad: (context, { inputs, params }, coordinates) => {
    const [x, value] = inputs as readonly [Atom, Atom]
    if (x.aval.size === 0) return context.pull(value, [])
    const axes = params.config.map(({ low, interior }, i) => {
      const moved = offsetPosition(at(coordinates, i), -low)
      return exactQuotient(context, moved, interior + 1, x.aval.shape[i] ?? 0)
    })
    const guard = conjunction(
      context.b,
      axes.map(([, test]) => test),
    )
    const inside = context.pull(
      x,
      axes.map(([position]) => position),
    )
    if (guard === null) return inside
    return context.b.alu('select', guard, unchecked(context.b, inside), context.pull(value, []))
  },
  concatenate: (context, { inputs, params }, coordinates) =>
    concatenate(context, inputs, coordinates, params.dimension),
  iota: ({ b }, { params }, coordinates) =>
    b.cast(b.position(at(coordinates, params.dimension)), laneOf(params.dtype)),
}
