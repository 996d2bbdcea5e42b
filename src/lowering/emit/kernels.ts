/**
 * The primitives that are kernels of their own kind: reductions, contractions, scatters, cumulative sums, sorts.
 */

import { isFloat, type DType } from '../../core/dtype.js'
import { invariant } from '../../core/errors.js'
import type { Atom, Equation, Jaxpr, PrimitiveName } from '../../core/jaxpr.js'
import type { CallSigs } from '../../core/primitives/call.js'
import { sizeOf } from '../../core/shape.js'
import { contractionSizes, isProduct } from '../contractionSizes.js'
import { domainOf } from '../domain.js'
import { loopCluster } from '../draft.js'
import { laneOf, type Expr, type Lane, type Position } from '../expr.js'
import type { Combiner, ScatterCombiner } from '../kernel.js'
import { axesOf, axisPosition, constantPosition, identityPosition, ravel, unravel } from '../position.js'
import type { KernelContext, RegionContext } from './context.js'
import { emitScan, emitWhile } from './control.js'
import { narrow } from './elementwise.js'
import { scatterCoordinates } from './indexing.js'
import type { FusibleName } from './index.js'
import { emitConv, overlapElement, tiledPosition } from './window.js'

/** Everything that is neither an expression nor inlined by a pass: a new primitive must be one of the three. */
type KernelName = Exclude<PrimitiveName, FusibleName | 'switch' | keyof CallSigs<Jaxpr>>
type KernelRule<P extends PrimitiveName> = (
  context: RegionContext,
  eqn: Equation<P>,
  outputs: readonly number[],
) => void

/** What an empty reduction gives. */
export function identityOf(combiner: Combiner | ScatterCombiner, dtype: DType): number {
  const extreme = isFloat(dtype)
    ? Infinity
    : dtype === 'uint32'
      ? 0xffffffff
      : dtype === 'uint8'
        ? 255
        : dtype === 'int8'
          ? 127
          : 0x7fffffff
  const lowest = isFloat(dtype)
    ? -Infinity
    : dtype === 'uint32' || dtype === 'uint8' || dtype === 'bool'
      ? 0
      : -extreme - 1
  switch (combiner) {
    case 'prod':
    case 'mul':
      return 1
    case 'max':
      return lowest
    case 'min':
      return dtype === 'bool' ? 1 : extreme
    case 'and':
      return dtype === 'bool' ? 1 : dtype === 'uint32' ? 0xffffffff : dtype === 'uint8' ? 255 : -1
    default:
      return 0
  }
}

interface ReduceParts {
  readonly combiner: Combiner
  readonly shape: readonly number[]
  readonly axes: readonly number[]
  /** dtype of what is combined, and of the result. */
  readonly dtype: DType
  readonly output: DType
  element(coordinates: readonly Position[]): Expr
}

/** A reduce cluster over the axes that matter; a plain loop where nothing is left to reduce. */
function emitReduce(context: KernelContext, parts: ReduceParts, buffer: number): void {
  const { b } = context
  const reduced: number[] = []
  const shape: number[] = []
  const coordinates = parts.shape.map((size, axis) => {
    if (size === 1) return constantPosition<Expr>(0)
    if (parts.axes.includes(axis)) reduced.push(shape.length)
    shape.push(size)
    return axisPosition<Expr>(shape.length - 1, size)
  })
  const kept = shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis))
  const keptShape = kept.map((axis) => shape[axis] ?? 1)
  if (sizeOf(keptShape) === 0) return
  const isArg = parts.combiner === 'argmax' || parts.combiner === 'argmin'
  const lane: Lane = isArg ? 'i32' : laneOf(parts.dtype)
  const finishValue = (x: Expr): Expr => narrow(b, b.cast(x, laneOf(parts.output)), parts.output)
  if (sizeOf(shape) === 0) {
    const empty = b.constant(identityOf(parts.combiner, parts.dtype), laneOf(parts.output))
    context.drafts.push(
      loopCluster(keptShape, [{ buffer, position: identityPosition(keptShape), value: empty }]),
    )
    return
  }
  if (reduced.length === 0) {
    const value = isArg ? b.constant(0, 'i32') : parts.element(coordinates)
    context.drafts.push(
      loopCluster(shape, [{ buffer, position: identityPosition(shape), value: finishValue(value) }]),
    )
    return
  }
  const position = ravel(
    kept.map((axis) => axisPosition<Expr>(axis, shape[axis] ?? 1)),
    keptShape,
  )
  context.drafts.push({
    kind: 'cluster',
    shape,
    reduced,
    reductions: [{ index: 0, combiner: parts.combiner, value: parts.element(coordinates), lane }],
    rowStores: [{ buffer, position, value: finishValue(b.result(0, lane)) }],
    elementStores: [],
  })
}

type ReduceName = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'

const reduction =
  (combiner: Combiner): KernelRule<ReduceName> =>
  (context, eqn, [buffer]) => {
    const [x] = eqn.inputs as readonly [Atom]
    const { dtype } = x.aval
    const logical =
      dtype === 'bool' ? (combiner === 'max' ? 'or' : combiner === 'min' ? 'and' : combiner) : combiner
    emitReduce(
      context,
      {
        combiner: logical,
        shape: x.aval.shape,
        axes: eqn.params.axes,
        dtype,
        output: dtype,
        element: (c) => context.pull(x, c),
      },
      buffer ?? 0,
    )
  }

const argReduction =
  (combiner: 'argmax' | 'argmin'): KernelRule<'argmax' | 'argmin'> =>
  (context, eqn, [buffer]) => {
    const [x] = eqn.inputs as readonly [Atom]
    const { b } = context
    // Truth values are compared as numbers.
    const element = (c: readonly Position[]): Expr =>
      x.aval.dtype === 'bool' ? b.cast(context.pull(x, c), 'i32') : context.pull(x, c)
    emitReduce(
      context,
      {
        combiner,
        shape: x.aval.shape,
        axes: [eqn.params.axis],
        dtype: x.aval.dtype,
        output: eqn.params.dtype,
        element,
      },
      buffer ?? 0,
    )
  }

/** Operand coordinates from the folded batch, free and contracting positions. */
function operandCoordinates(
  rank: number,
  groups: readonly {
    readonly axes: readonly number[]
    readonly shape: readonly number[]
    readonly position: Position
  }[],
): Position[] {
  const coordinates: Position[] = Array.from({ length: rank }, () => constantPosition<Expr>(0))
  for (const { axes, shape, position } of groups) {
    const parts = unravel(position, shape)
    axes.forEach((axis, i) => {
      coordinates[axis] = parts[i] ?? constantPosition(0)
    })
  }
  return coordinates
}

function freeAxes(rank: number, used: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !used.includes(axis))
}

function dotGeneral(context: KernelContext, eqn: Equation<'dotGeneral'>, [buffer]: readonly number[]): void {
  const { b } = context
  const [lhs, rhs] = eqn.inputs as readonly [Atom, Atom]
  const p = eqn.params
  const sizes = contractionSizes(eqn)
  const [batch, m, n, k] = [sizeOf(sizes.batch), sizeOf(sizes.m), sizeOf(sizes.n), sizeOf(sizes.k)]
  const output = lhs.aval.dtype
  const lhsFree = freeAxes(lhs.aval.shape.length, [...p.lhsBatch, ...p.lhsContract])
  const rhsFree = freeAxes(rhs.aval.shape.length, [...p.rhsBatch, ...p.rhsContract])
  const operands = (at: { b: Position; m: Position; n: Position; k: Position }): readonly [Expr, Expr] => [
    context.pull(
      lhs,
      operandCoordinates(lhs.aval.shape.length, [
        { axes: p.lhsBatch, shape: sizes.batch, position: at.b },
        { axes: lhsFree, shape: sizes.m, position: at.m },
        { axes: p.lhsContract, shape: sizes.k, position: at.k },
      ]),
    ),
    context.pull(
      rhs,
      operandCoordinates(rhs.aval.shape.length, [
        { axes: p.rhsBatch, shape: sizes.batch, position: at.b },
        { axes: rhsFree, shape: sizes.n, position: at.n },
        { axes: p.rhsContract, shape: sizes.k, position: at.k },
      ]),
    ),
  ]
  if (batch * m * n === 0) return
  if (isProduct(sizes) || k === 0) {
    // Σ_k lhs · rhs as a reduction over [b, m, n, k].
    const element = ([bb, mm, nn, kk]: readonly Position[]): Expr => {
      const zero = constantPosition<Expr>(0)
      const [x, y] = operands({ b: bb ?? zero, m: mm ?? zero, n: nn ?? zero, k: kk ?? zero })
      return b.alu('mul', x, y)
    }
    emitReduce(
      context,
      { combiner: 'sum', shape: [batch, m, n, k], axes: [3], dtype: output, output, element },
      buffer ?? 0,
    )
    return
  }
  const [ab, am, an, ak] = axesOf<Expr>([batch, m, n, k]) as [Position, Position, Position, Position]
  const [x, y] = operands({ b: ab, m: am, n: an, k: ak })
  invariant(x.kind === 'load' && y.kind === 'load', 'lowering: contraction operands must be loads')
  const value = narrow(b, b.result(0, laneOf(output)), output)
  context.drafts.push({
    kind: 'contraction',
    batch,
    m,
    n,
    k,
    lhs: x,
    rhs: y,
    lane: laneOf(output),
    stores: [{ buffer: buffer ?? 0, position: identityPosition([batch, m, n]), value }],
  })
}

/** Copies the operand, then applies the updates to the copy. */
const scatter =
  (
    combinerOf: (eqn: Equation<'scatter' | 'scatterAdd'>) => ScatterCombiner,
  ): KernelRule<'scatter' | 'scatterAdd'> =>
  (context, eqn, [buffer]) => {
    const [x, , updates] = eqn.inputs as readonly [Atom, Atom, Atom]
    const target = buffer ?? 0
    context.copyTo(target, x, (coordinates) => context.pull(x, coordinates))
    if (updates.aval.size === 0 || x.aval.size === 0) return
    const shape = updates.aval.shape
    const { position, inRange } = scatterCoordinates(context, eqn)
    context.drafts.push({
      kind: 'scatter',
      shape,
      target,
      position: ravel(position, x.aval.shape),
      guard: inRange,
      value: context.pull(updates, axesOf<Expr>(shape)),
      combiner: combinerOf(eqn),
    })
  }

/** The axes before, at and after `axis`, folded. */
function folded(
  shape: readonly number[],
  axis: number,
): { readonly outer: number; readonly length: number; readonly inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: shape[axis] ?? 1,
    inner: sizeOf(shape.slice(axis + 1)),
  }
}

const cumulative =
  (combiner: 'sum' | 'prod' | 'max' | 'min'): KernelRule<'cumsum' | 'cumprod' | 'cummax' | 'cummin'> =>
  (context, eqn, [output]) => {
    const [x] = eqn.inputs as readonly [Atom]
    if (x.aval.size === 0) return
    const { axis, reverse } = eqn.params
    context.drafts.push({
      kind: 'cumulative',
      combiner,
      lane: laneOf(x.aval.dtype),
      ...folded(x.aval.shape, axis),
      reverse,
      input: context.bufferOf(x),
      output: output ?? 0,
    })
  }

function sort(context: KernelContext, eqn: Equation<'sort'>, outputs: readonly number[]): void {
  const [first] = eqn.inputs as readonly [Atom]
  if (first.aval.size === 0) return
  context.drafts.push({
    kind: 'sort',
    ...folded(first.aval.shape, eqn.params.dimension),
    keys: eqn.params.keys,
    lanes: eqn.inputs.map((atom) => laneOf(atom.aval.dtype)),
    inputs: eqn.inputs.map((atom) => context.bufferOf(atom)),
    outputs,
  })
}

/** A sum over the elements of a window, for each element of the array. */
function overlapAdd(context: KernelContext, eqn: Equation<'overlapAdd'>, [buffer]: readonly number[]): void {
  const [ct] = eqn.inputs as readonly [Atom]
  const { shape, sizes } = eqn.params
  const rank = shape.length
  const tiled = tiledPosition(eqn.params, ct.aval.shape.slice(0, rank))
  if (tiled !== null && ct.aval.size > 0) {
    const domain = domainOf(ct.aval.shape)
    const value = context.pull(ct, domain.coordinates)
    context.drafts.push(loopCluster(domain.shape, [{ buffer: buffer ?? 0, position: tiled, value }]))
    return
  }
  const element = (c: readonly Position[]): Expr =>
    overlapElement(context, ct, eqn.params, c.slice(0, rank), c.slice(rank))
  const { dtype } = ct.aval
  emitReduce(
    context,
    {
      combiner: 'sum',
      shape: [...shape, ...sizes],
      axes: sizes.map((_, i) => rank + i),
      dtype,
      output: dtype,
      element,
    },
    buffer ?? 0,
  )
}

const kernelTable: { readonly [P in KernelName]: KernelRule<P> } = {
  reduceSum: reduction('sum'),
  reduceProd: reduction('prod'),
  reduceMax: reduction('max'),
  reduceMin: reduction('min'),
  reduceAnd: reduction('and'),
  reduceOr: reduction('or'),
  argmax: argReduction('argmax'),
  argmin: argReduction('argmin'),
  cumsum: cumulative('sum'),
  cumprod: cumulative('prod'),
  cummax: cumulative('max'),
  cummin: cumulative('min'),
  sort,
  scatter: scatter((eqn) => (eqn.primitive === 'scatter' ? eqn.params.combine : 'add')),
  scatterAdd: scatter(() => 'add'),
  dotGeneral,
  conv: emitConv,
  overlapAdd,
  scan: emitScan,
  while: emitWhile,
}

/** Adds the kernels of an equation that is not an expression; `outputs` are the buffers of its results. */
export function emitKernel(context: RegionContext, eqn: Equation, outputs: readonly number[]): void {
  const rule = kernelTable[eqn.primitive as KernelName] as KernelRule<PrimitiveName> | undefined
  invariant(
    rule !== undefined,
    () => `lowering: no kernel for ${eqn.primitive}; calls should have been inlined`,
  )
  rule(context, eqn, outputs)
}
