/**
 * Matrix products in float32: operands → steps that pack them into panels, and a step that computes blocks of
 * rows. A tile of the result, some rows by 8 columns, is accumulated in registers over all of k.
 */

import { ExprBuilder, rewrite, type Expr, type Position } from '../expr.js'
import type { ContractionKernel } from '../kernel.js'
import { addPositions, axisPosition, constantPosition, offsetPosition, ravel, scalePosition } from '../position.js'
import { add, call, get, i32, op, scale, set, when, type Instruction, type Local } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import type { ModuleContext, Step } from './context.js'
import { emitLoop, stepFunction } from './loop.js'
import { Scope } from './scope.js'
import { emitTile, type OperandLayout, type TileFunction } from './tile.js'

/** Columns of a tile: two vectors. */
const tileColumns = 8
/**
 * Bytes of the right operand that a group of columns may take: it stays in the second-level cache while the rows of
 * a block pass by, and the results of a row of tiles are long runs of memory.
 */
const groupBytes = 196608
/** Rows of a block, the unit of work. */
const blockRows = 64

/** The layout of an operand that tiles can read where it is: an affine load whose strides are not negative. */
function layoutOf(operand: Expr, axis: 1 | 2): OperandLayout | null {
  if (operand.kind !== 'load' || operand.checked || operand.position.constant < 0) return null
  const strides = [0, 0, 0, 0]
  for (const { atom, factor } of operand.position.terms) {
    if (atom.kind !== 'axis' || factor < 0) return null
    strides[atom.axis] = factor
  }
  return { buffer: operand.buffer, origin: operand.position.constant, batchStride: strides[0] ?? 0, stride: strides[axis] ?? 0, depthStride: strides[3] ?? 0 }
}

/**
 * Copies an operand into panels of `width` rows or columns, [batch, panel, k, width]; the last panel holds what
 * is left, in `lastWidth`. `axis` is 1 for the left operand, 2 for the right one.
 */
function packSteps(module: ModuleContext, operand: Expr, axis: 1 | 2, sizes: { readonly batch: number; readonly count: number; readonly k: number }, width: number, lastWidth: number, name: string): { readonly layout: OperandLayout; readonly steps: readonly Step[] } {
  const { batch, count, k } = sizes
  const panels = Math.floor(count / width)
  const rest = count - panels * width
  const perBatch = k * (panels * width + (rest > 0 ? lastWidth : 0))
  const buffer = module.scratch(batch * perBatch)
  const builder = new ExprBuilder()
  const packed = (shape: readonly number[], index: (axes: readonly Position[]) => Position, lineWidth: number, start: number): Step[] => {
    const [b, ...others] = shape.map((n, i): Position => axisPosition(i, n)) as [Position, ...Position[]]
    const line = others.slice(-2)
    const panel = others.length === 3 ? (others[0] as Position) : constantPosition<Expr>(0)
    const place = ravel([panel, ...line], [1, k, lineWidth])
    const position = offsetPosition(addPositions(scalePosition(b, perBatch), place), start)
    const axes: Position[] = [b, constantPosition(0), constantPosition(0), line[0] as Position]
    axes[axis] = index([panel, line[1] as Position])
    const value = rewrite(builder, axes, () => null)(operand)
    return [...emitLoop(module, { kind: 'loop', shape, stores: [{ buffer, position, value }] }, `${name}${start === 0 ? '' : 'Rest'}`)]
  }
  const steps = [
    ...(panels > 0 ? packed([batch, panels, k, width], ([panel, l]) => addPositions(scalePosition(panel as Position, width), l as Position), width, 0) : []),
    ...(rest > 0 ? packed([batch, k, rest], ([, l]) => offsetPosition(l as Position, panels * width), lastWidth, panels * k * width) : []),
  ]
  return { layout: { buffer, origin: 0, batchStride: perBatch, stride: 0, depthStride: width }, steps }
}

interface Operands {
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

function prepareOperands(module: ModuleContext, kernel: ContractionKernel, rows: number, name: string): Operands {
  const { batch, m, n, k } = kernel
  const direct = layoutOf(kernel.lhs, 1)
  // Packed rows are read one after another; with many columns that repays the packing.
  const left = direct === null || n >= columnsToPack || (direct.depthStride > 1 && k > 128) ? packSteps(module, kernel.lhs, 1, { batch, count: m, k }, rows, rows, `${name}PackLhs`) : null
  const lhs = left === null ? (direct as OperandLayout) : { ...left.layout, stride: 1, depthStride: rows }
  const there = layoutOf(kernel.rhs, 2)
  const inPlace = there !== null && there.stride === 1 && m <= rowsToPack
  const lastWidth = n % tileColumns > 4 ? 8 : 4
  const right = inPlace ? null : packSteps(module, kernel.rhs, 2, { batch, count: n, k }, tileColumns, lastWidth, `${name}PackRhs`)
  const rhs = right === null ? (there as OperandLayout) : right.layout
  return {
    lhs,
    rhs,
    lhsStep: left === null ? 4 * lhs.stride * rows : 4 * k * rows,
    rhsStep: right === null ? 4 * tileColumns : 4 * k * tileColumns,
    lastDepthStride: right === null ? rhs.depthStride : lastWidth,
    steps: [...(left?.steps ?? []), ...(right?.steps ?? [])],
  }
}

export function emitMatmul(module: ModuleContext, kernel: ContractionKernel, name: string): readonly Step[] {
  const { batch, m, n, k } = kernel
  const rows = 4
  const operands = prepareOperands(module, kernel, rows, name)
  const groupColumns = Math.max(1, Math.floor(groupBytes / (4 * k * tileColumns))) * tileColumns
    const columns = n % tileColumns
  const wholeRows = m - (m % rows)
  const wholeColumns = n - columns
  // The rows that do not fill a tile belong to the last block.
  const blocks = Math.max(1, Math.ceil(wholeRows / blockRows))
  const tile = (height: number, width: number): TileFunction | null =>
    height === 0 || width === 0
      ? null
      : emitTile(module, kernel, { rows: height, columns: width, lhs: operands.lhs, rhsDepthStride: width < tileColumns ? operands.lastDepthStride : operands.rhs.depthStride }, `${name}Tile${height}x${width}`)
  const tiles = {
    full: wholeRows > 0 && wholeColumns > 0 ? tile(rows, tileColumns) : null,
    right: wholeRows > 0 ? tile(rows, columns) : null,
    bottom: wholeColumns > 0 ? tile(m % rows, tileColumns) : null,
    corner: tile(m % rows, columns),
  }

  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const local = (label: string): Local => fn.local('i32', label)
  const [unit, b, start, stop] = [local('unit'), local('b'), local('start'), local('stop')]
  const [row, column, lhsAt, rhsAt] = [local('row'), local('column'), local('lhs'), local('rhs')]
  const [group, groupEnd, groupAt] = [local('group'), local('groupEnd'), local('groupAt')]
  const lhsBase = add(scope.base(operands.lhs.buffer), i32(4 * operands.lhs.origin))
  const rhsBase = add(scope.base(operands.rhs.buffer), i32(4 * operands.rhs.origin))
  const table = get(fn.parameters[0] as Local)

  const use = (t: TileFunction | null): Instruction[] => (t === null ? [] : [call(t, table, get(b), get(row), get(column), get(lhsAt), get(rhsAt))])
  const advance = (address: Local, bytes: number): Instruction => set(address, add(get(address), i32(bytes)))
  /** One row of tiles, over the columns of the group; the last group has the columns that do not fill a tile. */
  const line = (whole: TileFunction | null, edge: TileFunction | null): Instruction[] => [
    set(rhsAt, get(groupAt)),
    ...(whole === null ? [set(column, get(group))] : countedLoop(column, get(group), get(groupEnd), tileColumns, [...use(whole), advance(rhsAt, operands.rhsStep)], false)),
    ...(edge === null ? [] : [when(op('i32.eq', get(groupEnd), i32(wholeColumns)), use(edge))]),
  ]
  const smaller = (x: Instruction, y: Instruction): Instruction => op('select', x, y, op('i32.lt_s', x, y))
  const bottom = [...line(tiles.bottom, tiles.corner)]
  const groupBody = [
    set(groupEnd, smaller(add(get(group), i32(groupColumns)), i32(wholeColumns))),
    set(lhsAt, add(add(lhsBase, scale(get(b), 4 * operands.lhs.batchStride)), scale(op('i32.div_u', get(start), i32(rows)), operands.lhsStep))),
    ...countedLoop(row, get(start), get(stop), rows, [...line(tiles.full, tiles.right), advance(lhsAt, operands.lhsStep)], false),
    ...(m % rows === 0 ? [] : [when(op('i32.eq', get(row), i32(wholeRows)), bottom)]),
    advance(groupAt, operands.rhsStep * (groupColumns / tileColumns)),
  ]
  const body = [
    set(b, op('i32.div_u', get(unit), i32(blocks))),
    set(start, scale(op('i32.rem_u', get(unit), i32(blocks)), blockRows)),
    set(stop, smaller(add(get(start), i32(blockRows)), i32(wholeRows))),
    set(groupAt, add(rhsBase, scale(get(b), 4 * operands.rhs.batchStride))),
    // At least one group, also where there are only the columns that do not fill a tile.
    ...countedLoop(group, i32(0), i32(Math.max(1, wholeColumns)), groupColumns, groupBody, true),
  ]
  scope.push(...countedLoop(unit, begin, end, 1, body, false))
  return [...operands.steps, { name, target: fn, units: batch * blocks, grain: 1 }]
}
