/**
 * Windows as coordinates, and convolutions as contractions: the lhs is read through its windows, padding and
 * dilation by index arithmetic, so no matrix of windows is ever stored (implicit GEMM).
 */

import type { Atom, Equation } from '../../core/jaxpr.js'
import type { ConvParams, WindowParams } from '../../core/primitives/window.js'
import { sizeOf } from '../../core/shape.js'
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
import { at, exactQuotient } from './coordinates.js'
import { narrow } from './elementwise.js'

const zero = (): Position => constantPosition<Expr>(0)

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

function guarded(context: EmitContext, value: Expr, tests: readonly (Expr | null)[]): Expr {
  const guard = conjunction(context.b, tests)
  return guard === null
    ? value
    : context.b.alu('select', guard, unchecked(context.b, value), context.b.constant(0, value.lane))
}

/** How many elements of windows an element of the array may be, along one axis; see `overlapElement`. */
export const overlapCount = (size: number, stride: number, dilation: number): number =>
  dilation === 1 ? Math.ceil(size / stride) : size

/** Which window has element x as its element w, for the contribution number `t` along one axis. */
function overlapAt(
  context: EmitContext,
  x: Position,
  t: Position,
  axis: { readonly size: number; readonly stride: number; readonly dilation: number; readonly count: number },
): { readonly o: Position; readonly w: Position; readonly test: Expr | null } {
  const { b } = context
  const { size, stride, dilation, count } = axis
  if (dilation !== 1) {
    const [o, test] = exactQuotient(context, addPositions(x, scalePosition(t, -dilation)), stride, count)
    return { o, w: t, test }
  }
  // Elements w = x mod stride, + stride, … belong to windows ⌊x / stride⌋, - 1, …
  const o = addPositions(quotient(x, stride), scalePosition(t, -1))
  const w = addPositions(remainder(x, stride), scalePosition(t, stride))
  const inside = within(b, w, 0, size - 1, boundsOf(w))
  return { o, w, test: conjunction(b, [within(b, o, 0, count - 1, boundsOf(o)), inside]) }
}

/** What element x of the array gets as its contribution number t: ct[o, w] with o · stride + w · dilation = x. */
export function overlapElement(
  context: EmitContext,
  ct: Atom,
  params: WindowParams,
  x: readonly Position[],
  t: readonly Position[],
): Expr {
  if (ct.aval.size === 0) return context.b.constant(0, laneOf(ct.aval.dtype))
  const parts = x.map((position, i) =>
    overlapAt(context, position, at(t, i), {
      size: params.sizes[i] ?? 1,
      stride: params.strides[i] ?? 1,
      dilation: params.dilations[i] ?? 1,
      count: ct.aval.shape[i] ?? 0,
    }),
  )
  const value = context.pull(ct, [...parts.map(({ o }) => o), ...parts.map(({ w }) => w)])
  return guarded(
    context,
    value,
    parts.map(({ test }) => test),
  )
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

/** An axis of a convolution by its role, with its size. */
interface RoleAxis {
  readonly role:
    | 'group'
    | 'batch'
    | 'feature'
    | 'input'
    | { readonly space: number }
    | { readonly window: number }
  readonly size: number
}

/** The axes of a convolution folded into those of a contraction, each list outermost first. */
interface Folding {
  readonly b: readonly RoleAxis[]
  readonly m: readonly RoleAxis[]
  readonly n: readonly RoleAxis[]
  readonly k: readonly RoleAxis[]
  /** Whether the windows are the left operand. */
  readonly windowsLeft: boolean
}

/**
 * The axes of the result are folded in the order in which it stores them, so that results are stored as they are made:
 * features last: m = all other axes, n = features; else the kernel is the left operand: m = features, n = the axes
 * after them, and those before them are a batch. k has the order in which the windows lie in memory.
 */
function foldingOf(p: ConvParams, sizes: Sizes): Folding {
  const axes: RoleAxis[] = []
  axes[p.outSpec[0] ?? 0] = { role: 'batch', size: sizes.batch }
  axes[p.outSpec[1] ?? 1] = { role: 'feature', size: sizes.features }
  sizes.space.forEach((size, i) => (axes[p.outSpec[i + 2] ?? 0] = { role: { space: i }, size }))
  const k: RoleAxis[] = []
  k[p.lhsSpec[1] ?? 1] = { role: 'input', size: sizes.inputs }
  sizes.kernel.forEach((size, i) => (k[p.lhsSpec[i + 2] ?? 0] = { role: { window: i }, size }))
  const feature = p.outSpec[1] ?? 1
  const [before, after] = [axes.slice(0, feature), axes.slice(feature + 1)]
  const group: RoleAxis = { role: 'group', size: sizes.groups }
  const features = axes.slice(feature, feature + 1)
  const depth = k.filter((axis) => axis !== undefined)
  return after.length === 0
    ? { b: [group], m: before, n: features, k: depth, windowsLeft: true }
    : { b: [...before, group], m: features, n: after, k: depth, windowsLeft: false }
}

const folded = (axes: readonly RoleAxis[]): number => sizeOf(axes.map(({ size }) => size))

/** Where each role is, for positions along the folded axes. */
function rolesOf(folding: Folding, [b, m, n, k]: readonly Position[]): Roles {
  const space: Position[] = []
  const window: Position[] = []
  const single = { group: zero(), batch: zero(), feature: zero(), input: zero() }
  const place = (axes: readonly RoleAxis[], position: Position): void => {
    const parts = unravel(
      position,
      axes.map(({ size }) => size),
    )
    axes.forEach(({ role }, i) => {
      const part = parts[i] ?? zero()
      if (typeof role === 'string') single[role] = part
      else if ('space' in role) space[role.space] = part
      else window[role.window] = part
    })
  }
  place(folding.b, b ?? zero())
  place(folding.m, m ?? zero())
  place(folding.n, n ?? zero())
  place(folding.k, k ?? zero())
  return { ...single, space, kernel: window }
}

/** A convolution as one contraction, whose left or right operand reads the windows. */
export function emitConv(context: KernelContext, eqn: Equation<'conv'>, [buffer]: readonly number[]): void {
  const { b } = context
  const [lhs, rhs] = eqn.inputs as readonly [Atom, Atom]
  const out = eqn.outputs[0]?.aval
  if (out === undefined || out.size === 0) return
  const p = eqn.params
  const sizes = sizesOf(lhs, rhs, out.shape, p)
  const folding = foldingOf(p, sizes)
  const [batch, m, n, k] = [folded(folding.b), folded(folding.m), folded(folding.n), folded(folding.k)]
  const roles = rolesOf(folding, axesOf<Expr>([batch, m, n, k]))
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
    depth: folding.k.map(({ size }) => size),
    lhs: folding.windowsLeft ? x : y,
    rhs: folding.windowsLeft ? y : x,
    lane,
    stores: [{ buffer: buffer ?? 0, position, value: narrow(b, b.result(0, lane), out.dtype) }],
  })
}
