/**
 * Panels: an operand of a matrix product copied in the order in which tiles read it, [depth, width] for so many rows or
 * columns at a time. Padding, dilation and the like are part of the operand's expression, so convolutions need no
 * matrix of windows: a panel is made just before it is used, and stays in the cache.
 */

import { ExprBuilder, rewrite, topological, varies, type Expr, type Position } from '../expr.js'
import type { ContractionKernel } from '../kernel.js'
import {
  addPositions,
  axesOf,
  axisPosition,
  constantPosition,
  offsetPosition,
  ravel,
  scalePosition,
  strideAlong,
} from '../position.js'
import {
  add,
  get,
  i32,
  op,
  set,
  store,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, type FunctionBuilder, integerFunction } from './assembler/module.js'
import { collapse } from './collapse.js'
import type { ModuleContext } from './context.js'
import { advance, transposed } from './panels.js'
import { Scope } from './scope.js'

interface Axis {
  readonly axis: number
  readonly size: number
}

/** So many lines (rows or columns) side by side: `count` are there, the rest of `width` repeats the last one. */
export interface PanelShape {
  readonly width: number
  readonly count: number
  /** How many panels of this shape there are, and the line that the first one starts with. */
  readonly panels: number
  readonly from: number
}

/** An operand whose lines are taken apart into panels and lines of a panel, and its depth into axes. */
interface PanelSource {
  readonly value: Expr
  /** null where there is but one. */
  readonly batch: Axis | null
  readonly panel: Axis | null
  /** The lines of a panel; elements may be adjacent along them. */
  readonly line: number
  readonly outer: readonly Axis[]
  /** The innermost axis of the depth, along which elements may be adjacent. */
  readonly inner: Axis | null
}

/** `side` is the operand's own axis in the kernel: 1 for the left one, whose lines are rows; 2 for the right one. */
function panelSource(kernel: ContractionKernel, side: 1 | 2, panel: PanelShape): PanelSource {
  const depth = kernel.depth ?? [kernel.k]
  const shape = [kernel.batch, panel.panels, panel.count, ...depth]
  const [batch, number, line, ...along] = axesOf<Expr>(shape) as [Position, Position, Position, ...Position[]]
  const lines = offsetPosition(addPositions(scalePosition(number, panel.width), line), panel.from)
  const operand = rewrite(
    new ExprBuilder(),
    [batch, lines, lines, ravel(along, depth)],
    () => null,
  )(side === 1 ? kernel.lhs : kernel.rhs)
  const collapsed = collapse(shape, [operand], [], (a) => a < 3)
  const axisOf = (i: number): Axis | null => {
    const axis = collapsed.axisOf[i] ?? -1
    return axis < 0 ? null : { axis, size: collapsed.shape[axis] ?? 1 }
  }
  const steps = new Map<number, Axis>()
  depth.forEach((_, i) => {
    const axis = axisOf(i + 3)
    if (axis !== null) steps.set(axis.axis, axis)
  })
  const inDepth = [...steps.values()]
  return {
    value: collapsed.expr(operand),
    batch: axisOf(0),
    panel: axisOf(1),
    line: axisOf(2)?.axis ?? noAxis,
    outer: inDepth.slice(0, -1),
    inner: inDepth.at(-1) ?? null,
  }
}

/** Stands for the lines of a panel that has one. */
const noAxis = 64

const loadsOf = (e: Expr): Extract<Expr, { kind: 'load' }>[] =>
  topological([e]).filter((x) => x.kind === 'load')

/** A function under construction that fills one panel. */
interface Panel {
  readonly source: PanelSource
  readonly shape: PanelShape
  readonly fn: FunctionBuilder
  readonly begin: Instruction
  readonly end: Instruction
  readonly to: Local
}

/** Elements are adjacent along the depth: four steps of each line at a time, transposed in registers. */
function packByDepth(
  scope: Scope,
  { source, shape: { width, count }, to }: Panel,
  lines: readonly Expr[],
  i: Local,
  stop: Instruction,
): void {
  const inner = source.inner as Axis
  const four = scope.child().bindAxis(inner.axis, get(i), { axis: inner.axis, parts: 1, count: 4 })
  for (let first = 0; first < width; first += 4) {
    const rows = [0, 1, 2, 3].map(
      (r) => four.vectors(lines[Math.min(first + r, count - 1)] as Expr)[0] as Instruction,
    )
    transposed((type, value) => four.temp(type, value), rows).forEach((column, k) =>
      four.push(store('v128.store', get(to), column, 4 * (k * width + first))),
    )
  }
  four.push(advance(to, 16 * width))
  scope.push(...countedLoop(i, get(i), op('i32.sub', stop, i32(3)), 4, four.statements, false))
  const single = scope.child().bindAxis(inner.axis, get(i))
  for (let r = 0; r < width; r++)
    single.push(store('f32.store', get(to), single.scalar(lines[Math.min(r, count - 1)] as Expr), 4 * r))
  single.push(advance(to, 4 * width))
  scope.push(...countedLoop(i, get(i), stop, 1, single.statements, false))
}

/** Elements are adjacent along the lines, or nowhere: the lines of one step of the depth at a time. */
function packByLine(
  scope: Scope,
  { source, shape: { width }, to }: Panel,
  i: Local,
  stop: Instruction,
): void {
  const one = scope.child()
  if (source.inner !== null) one.bindAxis(source.inner.axis, get(i))
  const parts = one.vectors(source.value)
  for (let u = 0; 4 * u < width; u++)
    one.push(store('v128.store', get(to), (parts[u] ?? parts[0]) as Instruction, 16 * u))
  one.push(advance(to, 4 * width))
  scope.push(...countedLoop(i, get(i), stop, 1, one.statements, false))
}

/** All steps of the depth from `begin` to `end`; `pack` gets those that differ in the innermost axis only. */
function alongDepth(
  scope: Scope,
  { source, fn, begin, end }: Panel,
  pack: (inner: Scope, i: Local, stop: Instruction) => void,
): void {
  const i = fn.local('i32', 'i')
  if (source.outer.length === 0) {
    scope.push(set(i, begin))
    return pack(scope, i, end)
  }
  const size = source.inner?.size ?? 1
  const o = fn.local('i32', 'outer')
  const run = scope.child()
  let rest: Instruction = get(o)
  for (const { axis, size: n } of source.outer.toReversed()) {
    const isFirst = axis === source.outer[0]?.axis
    run.bindAxis(axis, isFirst ? rest : run.temp('i32', op('i32.rem_u', rest, i32(n))))
    if (!isFirst) rest = run.temp('i32', op('i32.div_u', rest, i32(n)))
  }
  const start = run.temp('i32', op('i32.mul', get(o), i32(size)))
  const first = op('i32.sub', begin, start)
  const last = run.temp('i32', op('i32.sub', end, start))
  run.push(set(i, op('select', first, i32(0), op('i32.gt_s', first, i32(0)))))
  const stop = run.temp('i32', op('select', last, i32(size), op('i32.lt_s', last, i32(size))))
  pack(run, i, stop)
  const ends = scope.temp('i32', op('i32.div_u', add(end, i32(size - 1)), i32(size)))
  scope.push(...countedLoop(o, op('i32.div_u', begin, i32(size)), ends, 1, run.statements, false))
}

/** Whether the elements of neighbouring lines are neighbours in memory. */
const isAdjacent = ({ value, line }: PanelSource): boolean =>
  loadsOf(value).every((e) => strideAlong(e.position, line, varies) === 1)

/** Whether vectors can lie along the depth. */
function runsAlongDepth({ value, inner }: PanelSource): boolean {
  if (inner === null || inner.size < 4) return false
  const loads = loadsOf(value)
  return loads.length > 0 && loads.every((e) => strideAlong(e.position, inner.axis, varies) === 1)
}

/** The operand at one line of the panel. */
function atLine({ value, batch, panel, line, outer, inner }: PanelSource, b: ExprBuilder, r: number): Expr {
  const axes: Position[] = []
  for (const other of [batch, panel, inner, ...outer])
    if (other !== null) axes[other.axis] = axisPosition(other.axis, other.size)
  axes[line] = constantPosition(r)
  return rewrite(b, axes, () => null)(value)
}

/**
 * Adds the function (table, b, first, begin, end, to) to the module: it copies the panel whose first line is `first`,
 * from `begin` to `end` of the depth, to address `to`.
 */
export function emitPanel(
  module: ModuleContext,
  kernel: ContractionKernel,
  side: 1 | 2,
  shape: PanelShape,
  name: string,
): FunctionReference {
  const source = panelSource(kernel, side, shape)
  const names = ['table', 'b', 'first', 'begin', 'end', 'to'] as const
  const { fn, parameters } = integerFunction(name, names)
  const [, b, first, begin, end, to] = parameters
  const panel: Panel = { source, shape, fn, begin: get(begin), end: get(end), to }
  const byDepth = !isAdjacent(source) && runsAlongDepth(source)
  const builder = new ExprBuilder()
  const lines = byDepth
    ? Array.from({ length: shape.count }, (_, r) => atLine(source, builder, r))
    : [source.value]
  const scope = Scope.top(module, fn, lines)
  if (source.batch !== null) scope.bindAxis(source.batch.axis, get(b))
  if (source.panel !== null)
    scope.bindAxis(source.panel.axis, scope.temp('i32', op('i32.div_u', get(first), i32(shape.width))))
  if (byDepth) alongDepth(scope, panel, (inner, i, stop) => packByDepth(inner, panel, lines, i, stop))
  else {
    const vector = { axis: source.line, parts: shape.width / 4, count: shape.count }
    const across = scope.inline().bindAxis(source.line, i32(0), vector)
    alongDepth(across, panel, (inner, i, stop) => packByLine(inner, panel, i, stop))
  }
  return module.builder.define(fn)
}
