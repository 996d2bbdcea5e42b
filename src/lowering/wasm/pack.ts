/**
 * Operands of matrix products as tiles read them: a load that is read where it lies, or steps that copy any operand
 * into panels, whose elements follow one another in the order in which tiles need them.
 */

import { ExprBuilder, rewrite, type Expr, type Position } from '../expr.js'
import type { ContractionKernel } from '../kernel.js'
import {
  addPositions,
  axisPosition,
  constantPosition,
  offsetPosition,
  ravel,
  scalePosition,
} from '../position.js'
import type { ModuleContext, Step } from './context.js'
import { emitLoop } from './loop.js'
import type { OperandLayout } from './tile.js'

/** A tile of the result: so many accumulators, two vectors to a row, fit the registers that V8 has. */
export const tileRows = 4
export const tileColumns = 8

/** The layout of an operand that tiles can read where it is: an affine load whose strides are not negative. */
function layoutOf(operand: Expr, axis: 1 | 2): OperandLayout | null {
  if (operand.kind !== 'load' || operand.checked || operand.position.constant < 0) return null
  const strides = [0, 0, 0, 0]
  for (const { atom, factor } of operand.position.terms) {
    if (atom.kind !== 'axis' || factor < 0) return null
    strides[atom.axis] = factor
  }
  return {
    buffer: operand.buffer,
    origin: operand.position.constant,
    batchStride: strides[0] ?? 0,
    stride: strides[axis] ?? 0,
    depthStride: strides[3] ?? 0,
  }
}

/**
 * Copies an operand into panels of `width` rows or columns, [batch, panel, k, width]; the last panel holds what
 * is left, in `lastWidth`. `axis` is 1 for the left operand, 2 for the right one.
 */
function packSteps(
  module: ModuleContext,
  operand: Expr,
  axis: 1 | 2,
  sizes: { readonly batch: number; readonly count: number; readonly k: number },
  width: number,
  lastWidth: number,
  name: string,
): { readonly layout: OperandLayout; readonly steps: readonly Step[] } {
  const { batch, count, k } = sizes
  const panels = Math.floor(count / width)
  const rest = count - panels * width
  const perBatch = k * (panels * width + (rest > 0 ? lastWidth : 0))
  const buffer = module.scratch(batch * perBatch)
  const builder = new ExprBuilder()
  const packed = (
    shape: readonly number[],
    index: (axes: readonly Position[]) => Position,
    lineWidth: number,
    start: number,
  ): Step[] => {
    const [b, ...others] = shape.map((n, i): Position => axisPosition(i, n)) as [Position, ...Position[]]
    const line = others.slice(-2)
    const panel = others.length === 3 ? (others[0] as Position) : constantPosition<Expr>(0)
    const place = ravel([panel, ...line], [1, k, lineWidth])
    const position = offsetPosition(addPositions(scalePosition(b, perBatch), place), start)
    const axes: Position[] = [b, constantPosition(0), constantPosition(0), line[0] as Position]
    axes[axis] = index([panel, line[1] as Position])
    const value = rewrite(builder, axes, () => null)(operand)
    return [
      ...emitLoop(
        module,
        { kind: 'loop', shape, stores: [{ buffer, position, value }] },
        `${name}${start === 0 ? '' : 'Rest'}`,
      ),
    ]
  }
  const steps = [
    ...(panels > 0
      ? packed(
          [batch, panels, k, width],
          ([panel, l]) => addPositions(scalePosition(panel as Position, width), l as Position),
          width,
          0,
        )
      : []),
    ...(rest > 0
      ? packed(
          [batch, k, rest],
          ([, l]) => offsetPosition(l as Position, panels * width),
          lastWidth,
          panels * k * width,
        )
      : []),
  ]
  return { layout: { buffer, origin: 0, batchStride: perBatch, stride: 0, depthStride: width }, steps }
}

export interface Operands {
  readonly lhs: OperandLayout
  readonly rhs: OperandLayout
  /** Bytes from one tile (of rows, of columns) to the next. */
  readonly lhsStep: number
  readonly rhsStep: number
  readonly lastDepthStride: number
  readonly steps: readonly Step[]
}

/** Columns that are worth packing the left operand for, and rows that are worth packing the right one for. */
const columnsToPack = 48
const rowsToPack = 8

export function prepareOperands(module: ModuleContext, kernel: ContractionKernel, name: string): Operands {
  const { batch, m, n, k } = kernel
  const direct = layoutOf(kernel.lhs, 1)
  // Packed rows are read one after another; with many columns that repays the packing.
  const left =
    direct === null || n >= columnsToPack || (direct.depthStride > 1 && k > 128)
      ? packSteps(module, kernel.lhs, 1, { batch, count: m, k }, tileRows, tileRows, `${name}PackLhs`)
      : null
  const lhs = left === null ? (direct as OperandLayout) : { ...left.layout, stride: 1, depthStride: tileRows }
  const there = layoutOf(kernel.rhs, 2)
  const inPlace = there !== null && there.stride === 1 && m <= rowsToPack
  const lastWidth = n % tileColumns > 4 ? 8 : 4
  const right = inPlace
    ? null
    : packSteps(module, kernel.rhs, 2, { batch, count: n, k }, tileColumns, lastWidth, `${name}PackRhs`)
  const rhs = right === null ? (there as OperandLayout) : right.layout
  return {
    lhs,
    rhs,
    lhsStep: left === null ? 4 * lhs.stride * tileRows : 4 * k * tileRows,
    rhsStep: right === null ? 4 * tileColumns : 4 * k * tileColumns,
    lastDepthStride: right === null ? rhs.depthStride : lastWidth,
    steps: [...(left?.steps ?? []), ...(right?.steps ?? [])],
  }
}
