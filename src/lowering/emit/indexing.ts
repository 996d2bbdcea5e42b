/**
 * Dynamic slices and gathers: coordinates that contain computed integers, clamped so that loads stay in range.
 */

import type { Atom, Equation } from '../../core/jaxpr.js'
import { integerRange } from '../../core/dtype.js'
import { laneOf, type Expr, type Position } from '../expr.js'
import {
  addPositions,
  axesOf,
  boundsOf,
  constantPosition,
  scalePosition,
  valuePosition,
} from '../position.js'
import { conjunction, unchecked, within, type EmitContext, type EmitTable } from './context.js'

/** An integer element as i32; uint32 indices beyond its range saturate, which clamps to the same place. */
function asIndex(context: EmitContext, atom: Atom, coordinates: readonly Position[]): Expr {
  const { b } = context
  const raw = context.pull(atom, coordinates)
  if (raw.lane !== 'u32') return raw
  const top = b.constant(integerRange('int32').max, 'u32')
  return b.bitcast(b.alu('min', raw, top), 'i32')
}

/** min(max(x, 0), high) as a position. */
function clamped(context: EmitContext, x: Expr, high: number): Position {
  const { b } = context
  if (x.kind === 'const') return constantPosition(Math.min(Math.max(x.value, 0), high))
  return valuePosition(b.alu('min', b.alu('max', x, b.constant(0, 'i32')), b.constant(high, 'i32')), 0, high)
}

/** The start of a dynamic slice along each axis. */
function starts(
  context: EmitContext,
  atoms: readonly Atom[],
  shape: readonly number[],
  sizes: readonly number[],
): Position[] {
  return atoms.map((atom, axis) =>
    clamped(context, asIndex(context, atom, []), Math.max(0, (shape[axis] ?? 0) - (sizes[axis] ?? 0))),
  )
}

function dynamicSlice(
  context: EmitContext,
  eqn: Equation<'dynamicSlice'>,
  coordinates: readonly Position[],
): Expr {
  const [x, ...rest] = eqn.inputs as readonly [Atom, ...Atom[]]
  const from = starts(context, rest, x.aval.shape, eqn.params.sliceSizes)
  return context.pull(
    x,
    coordinates.map((c, axis) => addPositions(c, from[axis] ?? constantPosition(0))),
  )
}

/** result[c] = update[c - start] where that is inside the update, else x[c]. */
function dynamicUpdateSlice(
  context: EmitContext,
  eqn: Equation<'dynamicUpdateSlice'>,
  coordinates: readonly Position[],
): Expr {
  const { b } = context
  const [x, update, ...rest] = eqn.inputs as readonly [Atom, Atom, ...Atom[]]
  if (update.aval.size === 0) return context.pull(x, coordinates)
  const from = starts(context, rest, x.aval.shape, update.aval.shape)
  const moved = coordinates.map((c, axis) =>
    addPositions(c, scalePosition(from[axis] ?? constantPosition(0), -1)),
  )
  const guard = conjunction(
    b,
    moved.map((p, axis) => within(b, p, 0, (update.aval.shape[axis] ?? 1) - 1, boundsOf(p))),
  )
  const patch = context.pull(update, moved)
  return guard === null ? patch : b.alu('select', guard, unchecked(b, patch), context.pull(x, coordinates))
}

/** The operand element that a gather reads for one result element, and whether its slice is in range. */
export function gatherCoordinates(
  context: EmitContext,
  eqn: Equation<'gather'>,
  coordinates: readonly Position[],
): { readonly position: Position[]; readonly inRange: Expr | null } {
  const { b } = context
  const [x, indices] = eqn.inputs as readonly [Atom, Atom]
  const p = eqn.params
  const batch = coordinates.filter((_, i) => !p.offsetDims.includes(i))
  const offsets = coordinates.filter((_, i) => p.offsetDims.includes(i))
  const position: Position[] = x.aval.shape.map(() => constantPosition<Expr>(0))
  const tests: (Expr | null)[] = []
  p.operandBatchingDims.forEach((axis, i) => {
    position[axis] = batch[p.indicesBatchingDims[i] ?? 0] ?? constantPosition(0)
  })
  p.startIndexMap.forEach((axis, k) => {
    const raw = asIndex(context, indices, [...batch, constantPosition(k)])
    const high = (x.aval.shape[axis] ?? 0) - (p.sliceSizes[axis] ?? 0)
    position[axis] = clamped(context, raw, high)
    if (p.mode === 'fill')
      tests.push(b.alu('ge', raw, b.constant(0, 'i32')), b.alu('le', raw, b.constant(high, 'i32')))
  })
  const windowAxes = x.aval.shape
    .map((_, axis) => axis)
    .filter((axis) => !p.collapsedSliceDims.includes(axis) && !p.operandBatchingDims.includes(axis))
  windowAxes.forEach((axis, i) => {
    position[axis] = addPositions(position[axis] ?? constantPosition(0), offsets[i] ?? constantPosition(0))
  })
  return { position, inRange: conjunction(b, tests) }
}

function gather(context: EmitContext, eqn: Equation<'gather'>, coordinates: readonly Position[]): Expr {
  const { b } = context
  const [x] = eqn.inputs as readonly [Atom, Atom]
  const fill = b.constant(eqn.params.fillValue, laneOf(x.aval.dtype))
  if (x.aval.size === 0) return fill
  const { position, inRange } = gatherCoordinates(context, eqn, coordinates)
  const value = context.pull(x, position)
  return inRange === null ? value : b.alu('select', inRange, value, fill)
}

/** Where an update goes: the target coordinates of one element of the updates, and whether its window is in range. */
export function scatterCoordinates(
  context: EmitContext,
  eqn: Equation<'scatter' | 'scatterAdd'>,
): { readonly position: Position[]; readonly inRange: Expr | null } {
  const { b } = context
  const [x, indices, updates] = eqn.inputs as readonly [Atom, Atom, Atom]
  const p = eqn.params
  const coordinates = axesOf<Expr>(updates.aval.shape)
  const batch = coordinates.filter((_, i) => !p.updateWindowDims.includes(i))
  const windowSizes = updates.aval.shape.filter((_, i) => p.updateWindowDims.includes(i))
  const window = coordinates.filter((_, i) => p.updateWindowDims.includes(i))
  const windowAxes = x.aval.shape
    .map((_, axis) => axis)
    .filter((axis) => !p.insertedWindowDims.includes(axis) && !p.operandBatchingDims.includes(axis))
  const position: Position[] = x.aval.shape.map(() => constantPosition<Expr>(0))
  const tests: (Expr | null)[] = []
  p.operandBatchingDims.forEach((axis, i) => {
    position[axis] = batch[p.indicesBatchingDims[i] ?? 0] ?? constantPosition(0)
  })
  p.scatterDimsToOperandDims.forEach((axis, k) => {
    const raw = asIndex(context, indices, [...batch, constantPosition(k)])
    const windowAt = windowAxes.indexOf(axis)
    const high = (x.aval.shape[axis] ?? 0) - (windowAt < 0 ? 1 : (windowSizes[windowAt] ?? 1))
    position[axis] = clamped(context, raw, Math.max(0, high))
    // XLA drops updates whose window leaves the operand; mode 'clip' has moved it inside instead.
    if (p.mode === 'fill')
      tests.push(b.alu('ge', raw, b.constant(0, 'i32')), b.alu('le', raw, b.constant(high, 'i32')))
  })
  windowAxes.forEach((axis, i) => {
    position[axis] = addPositions(position[axis] ?? constantPosition(0), window[i] ?? constantPosition(0))
  })
  return { position, inRange: conjunction(b, tests) }
}

export const indexingEmit: EmitTable<'dynamicSlice' | 'dynamicUpdateSlice' | 'gather'> = {
  dynamicSlice,
  dynamicUpdateSlice,
  gather,
}
