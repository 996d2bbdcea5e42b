/**
 * Windows as coordinates, and convolutions as contractions: the lhs is read through its windows, padding and
 * dilation by index arithmetic, so no matrix of windows is ever stored (implicit GEMM).
 */

import type { Atom, Equation } from '../../core/jaxpr.js'
import type { ConvParams, WindowParams } from '../../core/primitives/window.js'
import { sizeOf, type Shape } from '../../core/shape.js'
import { laneOf, type Expr, type Position } from '../expr.js'
import {
  addPositions,
  axesOf,
  boundsOf,
  constantPosition,
  offsetPosition,
  quotient,
  ravel,
  remainder,
  scalePosition,
  unravel,
} from '../position.js'
import {
  conjunction,
  unchecked,
  within,
  type EmitContext,
  type EmitRule,
  type KernelContext,
} from './context.js'
import { domainOf } from '../domain.js'
import { narrow } from './elementwise.js'

const zero = (): Position => constantPosition<Expr>(0)
const at = (list: readonly Position[], i: number): Position => list[i] ?? zero()

/** o·stride + w·dilation along each axis. */
export const windows: EmitRule<'windows'> = (context, { inputs, params }, coordinates) => {
  const [x] = inputs as readonly [Atom]
  const rank = x.aval.shape.length
  const own = params.strides.map((stride, i) =>
    addPositions(
      scalePosition(at(coordinates, i), stride),
      scalePosition(at(coordinates, rank + i), params.dilations[i] ?? 1),
    ),
  )
  return context.pull(x, own)
}

/** position / step where that is a whole number in [0, size), and the test that it is. */
function exactQuotient(
  context: EmitContext,
  position: Position,
  step: number,
  size: number,
): readonly [Position, Expr | null] {
  const { b } = context
  const whole = quotient(position, step)
  const rest = remainder(position, step)
  const exact =
    rest.terms.length === 0 && rest.constant === 0
      ? null
      : b.alu('eq', b.position(rest), b.constant(0, 'i32'))
  return [whole, conjunction(b, [within(b, whole, 0, size - 1, boundsOf(whole)), exact])]
}

function guarded(context: EmitContext, value: Expr, tests: readonly (Expr | null)[]): Expr {
  const guard = conjunction(context.b, tests)
  return guard === null
    ? value
    : context.b.alu('select', guard, unchecked(context.b, value), context.b.constant(0, value.lane))
}

/** What one element of the array gets from element `w` of its windows: ct[(x - w·dilation) / stride, w]. */
export function overlapElement(
  context: EmitContext,
  ct: Atom,
  params: WindowParams,
  x: readonly Position[],
  w: readonly Position[],
): Expr {
  if (ct.aval.size === 0) return context.b.constant(0, laneOf(ct.aval.dtype))
  const parts = x.map((position, i) => {
    const moved = addPositions(position, scalePosition(at(w, i), -(params.dilations[i] ?? 1)))
    return exactQuotient(context, moved, params.strides[i] ?? 1, ct.aval.shape[i] ?? 0)
  })
  const value = context.pull(ct, [...parts.map(([position]) => position), ...w])
  return guarded(
    context,
    value,
    parts.map(([, test]) => test),
  )
}

/** Where windows lie side by side and fill an array: what they hold, at the place of each element of each window. */
export function tiledPosition(
  { sizes, strides, dilations, shape }: WindowParams & { readonly shape: Shape },
  counts: Shape,
): Position | null {
  const tiles = sizes.every(
    (size, i) =>
      strides[i] === size &&
      (size === 1 || dilations[i] === 1) &&
      (counts[i] ?? 0) * size === (shape[i] ?? 0),
  )
  if (!tiles) return null
  const { coordinates } = domainOf([...counts, ...sizes])
  const own = sizes.map((size, i) =>
    addPositions(scalePosition(at(coordinates, i), size), at(coordinates, sizes.length + i)),
  )
  return ravel(own, shape)
}

/** The roles of the folded axes in one convolution. */
interface Roles {
  readonly group: Position
  /** Batch within its group. */
  readonly batch: Position
  /** Output feature within its group. */
  readonly feature: Position
  readonly space: readonly Position[]
  readonly input: Position
  readonly kernel: readonly Position[]
}

interface Sizes {
  readonly groups: number
  readonly batch: number
  readonly features: number
  readonly space: readonly number[]
  readonly inputs: number
  readonly kernel: readonly number[]
}

function sizesOf(lhs: Atom, rhs: Atom, out: readonly number[], p: ConvParams): Sizes {
  const size = (shape: readonly number[], spec: readonly number[], i: number): number =>
    shape[spec[i] ?? 0] ?? 0
  const groups = p.featureGroups * p.batchGroups
  return {
    groups,
    batch: size(lhs.aval.shape, p.lhsSpec, 0) / p.batchGroups,
    features: size(rhs.aval.shape, p.rhsSpec, 0) / groups,
    space: p.outSpec.slice(2).map((axis) => out[axis] ?? 0),
    inputs: size(rhs.aval.shape, p.rhsSpec, 1),
    kernel: p.rhsSpec.slice(2).map((axis) => rhs.aval.shape[axis] ?? 0),
  }
}

function lhsElement(context: EmitContext, lhs: Atom, p: ConvParams, sizes: Sizes, r: Roles): Expr {
  const coordinates = lhs.aval.shape.map(zero)
  const inGroup = (group: Position, size: number, item: Position): Position =>
    addPositions(scalePosition(group, size), item)
  coordinates[p.lhsSpec[0] ?? 0] = p.batchGroups > 1 ? inGroup(r.group, sizes.batch, r.batch) : r.batch
  coordinates[p.lhsSpec[1] ?? 1] = p.featureGroups > 1 ? inGroup(r.group, sizes.inputs, r.input) : r.input
  const tests = p.strides.map((stride, i) => {
    const axis = p.lhsSpec[i + 2] ?? 0
    const moved = addPositions(
      scalePosition(at(r.space, i), stride),
      scalePosition(at(r.kernel, i), p.rhsDilation[i] ?? 1),
    )
    const [position, test] = exactQuotient(
      context,
      offsetPosition(moved, -(p.padding[i]?.[0] ?? 0)),
      p.lhsDilation[i] ?? 1,
      lhs.aval.shape[axis] ?? 0,
    )
    coordinates[axis] = position
    return test
  })
  return guarded(context, context.pull(lhs, coordinates), tests)
}

function rhsElement(context: EmitContext, rhs: Atom, p: ConvParams, sizes: Sizes, r: Roles): Expr {
  const coordinates = rhs.aval.shape.map(zero)
  coordinates[p.rhsSpec[0] ?? 0] = addPositions(scalePosition(r.group, sizes.features), r.feature)
  coordinates[p.rhsSpec[1] ?? 1] = r.input
  r.kernel.forEach((position, i) => {
    coordinates[p.rhsSpec[i + 2] ?? 0] = position
  })
  return context.pull(rhs, coordinates)
}

function outCoordinates(p: ConvParams, sizes: Sizes, r: Roles): Position[] {
  const coordinates = p.outSpec.map(zero)
  coordinates[p.outSpec[0] ?? 0] = r.batch
  coordinates[p.outSpec[1] ?? 1] = addPositions(scalePosition(r.group, sizes.features), r.feature)
  r.space.forEach((position, i) => {
    coordinates[p.outSpec[i + 2] ?? 0] = position
  })
  return coordinates
}

/** The folded axes [batch, m, n, k] of a contraction taken apart, for both orders of the operands. */
function rolesOf(
  sizes: Sizes,
  featuresLast: boolean,
  axes: readonly [Position, Position, Position, Position],
): Roles {
  const [b, m, n, k] = axes
  // Neighbouring elements of the innermost lhs axis should be neighbours in k.
  const [input, ...kernel] = featuresLast
    ? rotate(unravel(k, [...sizes.kernel, sizes.inputs]))
    : unravel(k, [sizes.inputs, ...sizes.kernel])
  if (featuresLast) {
    const [batch, ...space] = unravel(m, [sizes.batch, ...sizes.space])
    return { group: b, batch: batch ?? zero(), feature: n, space, input: input ?? zero(), kernel }
  }
  const [batch, group] = unravel(b, [sizes.batch, sizes.groups])
  return {
    group: group ?? zero(),
    batch: batch ?? zero(),
    feature: m,
    space: unravel(n, sizes.space),
    input: input ?? zero(),
    kernel,
  }
}

const rotate = (list: readonly Position[]): Position[] => [list.at(-1) ?? zero(), ...list.slice(0, -1)]

/**
 * Features last in the output: m = batch and space, n = features. Otherwise the kernel is the left operand:
 * m = features, n = space, and the batch is a batch; results are stored as they are made in both.
 */
export function emitConv(context: KernelContext, eqn: Equation<'conv'>, [buffer]: readonly number[]): void {
  const { b } = context
  const [lhs, rhs] = eqn.inputs as readonly [Atom, Atom]
  const out = eqn.outputs[0]?.aval
  if (out === undefined || out.size === 0) return
  const p = eqn.params
  const sizes = sizesOf(lhs, rhs, out.shape, p)
  const featuresLast = p.outSpec[1] === p.outSpec.length - 1
  const k = sizes.inputs * sizeOf(sizes.kernel)
  const [batch, m, n] = featuresLast
    ? [sizes.groups, sizes.batch * sizeOf(sizes.space), sizes.features]
    : [sizes.batch * sizes.groups, sizes.features, sizeOf(sizes.space)]
  const roles = rolesOf(
    sizes,
    featuresLast,
    axesOf<Expr>([batch, m, n, k]) as [Position, Position, Position, Position],
  )
  const position = ravel(outCoordinates(p, sizes, roles), out.shape)
  const lane = laneOf(out.dtype)
  if (k === 0) {
    const [only] = eqn.outputs
    if (only !== undefined) context.copyTo(buffer ?? 0, only, () => b.constant(0, lane))
    return
  }
  const [x, y] = [lhsElement(context, lhs, p, sizes, roles), rhsElement(context, rhs, p, sizes, roles)]
  context.drafts.push({
    kind: 'contraction',
    batch,
    m,
    n,
    k,
    lhs: featuresLast ? x : y,
    rhs: featuresLast ? y : x,
    lane,
    stores: [{ buffer: buffer ?? 0, position, value: narrow(b, b.result(0, lane), out.dtype) }],
  })
}
