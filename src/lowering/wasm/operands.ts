/**
 * Operands of matrix products as tiles read them: where they lie, if that is good enough; copied into panels once for
 * the whole product; or a block at a time by the thread that needs it (all of it could be a matrix of windows).
 */

import { defined } from '../../core/errors.js'
import { range } from '../../core/shape.js'
import { topological, varies, type Expr, type Position } from '../expr.js'
import type { ContractionKernel } from '../kernel.js'
import { addPositions, constantPosition } from '../position.js'
import { positionScalar } from './address.js'
import {
  add,
  call,
  get,
  i32,
  op,
  scale,
  smaller,
  subtract,
  when,
  type Instruction,
} from './assembler/instruction.js'
import { countedLoop, type FunctionBuilder } from './assembler/module.js'
import { tileColumns, tileRows, type Blocking } from './blocking.js'
import type { ModuleContext, Step } from './context.js'
import { dependencies } from './frame.js'
import { stepFunction } from './loop.js'
import { digits } from './nest.js'
import { emitPanel, type PanelShape } from './pack.js'
import { packAlongDepth, packAlongLines } from './panels.js'
import { Scope } from './scope.js'

/** Read in place: element (b, i, k) is at origin + strides · (b, i, k). */
export interface InPlace {
  readonly kind: 'in place'
  readonly buffer: number
  readonly origin: Position
  readonly batchStride: number
  readonly stride: number
  readonly depthStride: number
}
/** All panels, [batch, panel, k, width], in a scratch buffer; the last one may be narrower. */
export interface Packed {
  readonly kind: 'packed'
  readonly buffer: number
  /** Elements from batch to batch; 0 where all of them share one operand. */
  readonly perBatch: number
  readonly lastWidth: number
  readonly steps: readonly Step[]
}
/** A scratch buffer for each thread, filled panel by panel. */
export interface Blockwise extends Panels {
  readonly kind: 'blockwise'
  readonly buffer: number
  /** Bytes for each thread. */
  readonly bytes: number
}

/** Which part of a panel is filled, and where; the panel's first line is number `first`. */
export interface Filling {
  readonly b: Instruction
  readonly first: Instruction
  readonly begin: Instruction
  readonly end: Instruction
  readonly to: Instruction
}
type Fill = (scope: Scope, filling: Filling) => readonly Instruction[]

/** How panels are filled: whole ones, and the last one where it is not whole. */
export interface Panels {
  readonly whole: Fill | null
  readonly rest: Fill | null
}

/** The layout of an operand that tiles can read where it is: an affine load whose strides are not negative. */
function layoutOf(operand: Expr, side: 1 | 2): InPlace | null {
  if (operand.kind !== 'load' || operand.checked || operand.position.constant < 0) return null
  const strides = [0, 0, 0, 0]
  let origin: Position = constantPosition(operand.position.constant)
  for (const term of operand.position.terms) {
    const { atom, factor } = term
    if (factor < 0) return null
    if (atom.kind === 'axis') strides[atom.axis] = factor
    // Where a loop's counter says that the operand is.
    else if (atom.kind === 'value' && dependencies(atom.expr).axes.length === 0)
      origin = addPositions(origin, { constant: 0, terms: [term], key: `${factor}*${atom.key}+0` })
    else return null
  }
  const [batchStride = 0, , , depthStride = 0] = strides
  return {
    kind: 'in place',
    buffer: operand.buffer,
    origin,
    batchStride,
    stride: strides[side] ?? 0,
    depthStride,
  }
}

/** Panels of lines: whole ones, and those that are left. */
const cut = (lines: number, width: number): { readonly whole: number; readonly rest: number } => ({
  whole: Math.floor(lines / width),
  rest: lines % width,
})

/** Fills panels of an operand that lies in memory as a matrix; null where neither lines nor columns of it are adjacent. */
function fillAffine(
  module: ModuleContext,
  { buffer, origin, batchStride, stride, depthStride }: InPlace,
  { width, count }: PanelShape,
): Fill | null {
  const alongLines = stride === 1
  if (!alongLines && depthStride !== 1) return null
  return (scope, { b, first, begin, end, to }) => {
    const from = [scale(b, 4 * batchStride), scale(first, 4 * stride), scale(begin, 4 * depthStride)].reduce(
      add,
      originOf(scope, buffer, origin),
    )
    const steps = subtract(end, begin)
    if (alongLines) return [call(packAlongLines(module, width), from, i32(4 * depthStride), steps, to)]
    const quads = range(Math.ceil(count / 4))
    return quads.map((quad) =>
      call(
        packAlongDepth(module),
        add(from, i32(16 * stride * quad)),
        i32(4 * stride),
        i32(count - 4 * quad),
        steps,
        add(to, i32(16 * quad)),
        i32(4 * width),
      ),
    )
  }
}

/** The address of an operand that lies at a position of its own, as that is known. */
export const originOf = (scope: Scope, buffer: number, origin: Position): Instruction =>
  add(scope.base(buffer), scale(positionScalar(scope, origin, null), 4))

function fillAny(
  module: ModuleContext,
  kernel: ContractionKernel,
  side: 1 | 2,
  shape: PanelShape,
  name: string,
): Fill {
  const target = emitPanel(module, kernel, side, shape, name)
  return (scope, { b, first, begin, end, to }) => [call(target, table(scope.fn), b, first, begin, end, to)]
}

function panelsOf(
  module: ModuleContext,
  kernel: ContractionKernel,
  side: 1 | 2,
  width: number,
  restWidth: number,
  name: string,
): Panels {
  const { whole, rest } = cut(side === 1 ? kernel.m : kernel.n, width)
  const direct = layoutOf(side === 1 ? kernel.lhs : kernel.rhs, side)
  const fill = (shape: PanelShape, suffix: string): Fill =>
    (direct === null ? null : fillAffine(module, direct, shape)) ??
    fillAny(module, kernel, side, shape, `${name}${suffix}`)
  return {
    whole: whole === 0 ? null : fill({ width, count: width, panels: whole, from: 0 }, ''),
    rest: rest === 0 ? null : fill({ width: restWidth, count: rest, panels: 1, from: width * whole }, 'Rest'),
  }
}

function blockwise(
  module: ModuleContext,
  kernel: ContractionKernel,
  side: 1 | 2,
  { rows, columns, depth }: Blocking,
  name: string,
): Blockwise {
  const [width, lines] = side === 1 ? [tileRows, rows + tileRows] : [tileColumns, columns]
  const size = Math.ceil((lines * depth) / 16) * 16
  return {
    kind: 'blockwise',
    buffer: module.scratch(size * module.threads),
    bytes: 4 * size,
    ...panelsOf(module, kernel, side, width, width, name),
  }
}

/**
 * Columns that are worth packing the left operand for, and rows that are worth packing the right one for: more of them
 * where its lines are short, since then a panel in place uses its cache lines whole.
 */
const columnsToPack = 48
const rowsToPack = 8
const rowsToPackShort = 40
const shortLine = 64
/** A panel is packed so much of its depth at a time: the unit of work. */
const packedDepth = 512

/** The left operand is used up block by block: its panels stay in the cache. */
export function leftOperand(
  module: ModuleContext,
  kernel: ContractionKernel,
  blocking: Blocking,
  name: string,
): InPlace | Blockwise {
  const direct = layoutOf(kernel.lhs, 1)
  const inPlace = direct !== null && kernel.n < columnsToPack && (direct.depthStride <= 1 || kernel.k <= 128)
  return inPlace ? direct : blockwise(module, kernel, 1, blocking, `${name}Left`)
}

export type RightKind = (InPlace | Packed | Blockwise)['kind']

/** How the right operand will be read: an operand that shows elements several times is not copied as a whole. */
export function rightKind(module: ModuleContext, { rhs, batch, n, k, m }: ContractionKernel): RightKind {
  const there = layoutOf(rhs, 2)
  const few = there !== null && m <= (there.depthStride <= shortLine ? rowsToPackShort : rowsToPack)
  // Tiles end where the right operand has come to its end: it has to move.
  if (few && there.stride === 1 && there.depthStride > 0) return 'in place'
  const elements = topological([rhs]).reduce(
    (sum, e) => (e.kind === 'load' ? sum + module.place(e.buffer).size : sum),
    0,
  )
  return (varies(rhs, 0) ? batch : 1) * n * k > 1.5 * elements ? 'blockwise' : 'packed'
}

export function rightOperand(
  module: ModuleContext,
  kernel: ContractionKernel,
  kind: RightKind,
  blocking: Blocking,
  name: string,
): InPlace | Packed | Blockwise {
  if (kind === 'in place') return layoutOf(kernel.rhs, 2) as InPlace
  if (kind === 'blockwise') return blockwise(module, kernel, 2, blocking, `${name}Right`)
  return packed(module, kernel, `${name}Right`)
}

/** The right operand copied whole: a step whose units are panels, a length of their depth each. */
function packed(module: ModuleContext, kernel: ContractionKernel, name: string): Packed {
  const { n, k, rhs } = kernel
  const batch = varies(rhs, 0) ? kernel.batch : 1
  const { whole, rest } = cut(n, tileColumns)
  const lastWidth = rest === 0 || rest > 4 ? tileColumns : 4
  const perBatch = k * (whole * tileColumns + (rest > 0 ? lastWidth : 0))
  const buffer = module.scratch(batch * perBatch)
  const fills = panelsOf(module, kernel, 2, tileColumns, lastWidth, `${name}Panel`)

  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const panels = whole + (rest > 0 ? 1 : 0)
  const chunks = Math.ceil(k / packedDepth)
  const unit = fn.local('i32', 'unit')
  const inner = scope.child()
  const [chunk, panel, b] = digits(inner, get(unit), [chunks, panels, batch])
  const from = inner.temp('i32', scale(chunk, packedDepth))
  const end1 = inner.temp('i32', smaller(add(from, i32(packedDepth)), i32(k)))
  const start = add(add(scope.base(buffer), scale(b, 4 * perBatch)), scale(panel, 4 * tileColumns * k))
  const use = (fill: Fill, width: number): readonly Instruction[] =>
    fill(inner, {
      b,
      first: scale(panel, tileColumns),
      begin: from,
      end: end1,
      to: add(start, scale(from, 4 * width)),
    })
  const wholes = fills.whole === null ? [] : use(fills.whole, tileColumns)
  const filling =
    fills.rest === null ? wholes : [when(op('i32.eq', panel, i32(whole)), use(fills.rest, lastWidth), wholes)]
  scope.push(...countedLoop(unit, begin, end, 1, [...inner.statements, ...filling], false))
  const units = batch * panels * chunks
  const work = (batch * panels * tileColumns * k) / 4
  const step: Step = {
    name,
    target: fn,
    units,
    grain: Math.max(1, Math.floor(16384 / Math.min(k, packedDepth) / tileColumns)),
    work,
    prepares: topological([rhs]).flatMap((e) => (e.kind === 'load' ? [e.buffer] : [])),
  }
  return { kind: 'packed', buffer, perBatch: batch === 1 ? 0 : perBatch, lastWidth, steps: [step] }
}

const table = (fn: FunctionBuilder): Instruction =>
  get(defined(fn.parameters[0], 'wasm: a function without a table'))
