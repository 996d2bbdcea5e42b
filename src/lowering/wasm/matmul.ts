/**
 * Matrix products in float32: operands → steps that pack them, and a step that computes blocks of rows. A tile of
 * the result is accumulated in registers over all of k.
 */

import type { ContractionKernel } from '../kernel.js'
import {
  add,
  call,
  get,
  i32,
  op,
  scale,
  set,
  when,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, type FunctionBuilder } from './assembler/module.js'
import type { ModuleContext, Step } from './context.js'
import { stepFunction } from './loop.js'
import { prepareOperands, tileColumns, tileRows, type Operands } from './pack.js'
import { Scope } from './scope.js'
import { emitTile, type TileFunction } from './tile.js'

/**
 * Bytes of the right operand that a group of columns may take: it stays in the second-level cache while the rows of
 * a block pass by, and the results of a row of tiles are long runs of memory.
 */
const groupBytes = 196608
/** Rows of a block, the unit of work. */
const blockRows = 64

/** The tiles of a product: whole ones, and those at the right and lower edges. */
interface Tiles {
  readonly full: TileFunction | null
  readonly right: TileFunction | null
  readonly bottom: TileFunction | null
  readonly corner: TileFunction | null
}

function emitTiles(
  module: ModuleContext,
  kernel: ContractionKernel,
  operands: Operands,
  name: string,
): Tiles {
  const tile = (rows: number, columns: number, wanted: boolean): TileFunction | null => {
    if (rows === 0 || columns === 0 || !wanted) return null
    const rhsDepthStride = columns < tileColumns ? operands.lastDepthStride : operands.rhs.depthStride
    return emitTile(
      module,
      kernel,
      { rows, columns, lhs: operands.lhs, rhsDepthStride },
      `${name}Tile${rows}x${columns}`,
    )
  }
  const { m, n } = kernel
  const [tall, wide] = [m >= tileRows, n >= tileColumns]
  return {
    full: tile(tileRows, tileColumns, tall && wide),
    right: tile(tileRows, n % tileColumns, tall),
    bottom: tile(m % tileRows, tileColumns, wide),
    corner: tile(m % tileRows, n % tileColumns, true),
  }
}

const smaller = (x: Instruction, y: Instruction): Instruction => op('select', x, y, op('i32.lt_s', x, y))
const advance = (address: Local, bytes: number): Instruction => set(address, add(get(address), i32(bytes)))

/** Where the sweep over tiles is. */
interface Sweep {
  readonly fn: FunctionBuilder
  readonly row: Local
  readonly column: Local
  readonly lhs: Local
  readonly rhs: Local
  /** The first column of the group, the first one after it, and the address of its first panel. */
  readonly group: Local
  readonly groupEnd: Local
  readonly groupAt: Local
  readonly b: Local
}

/** One row of tiles, over the columns of the group; the last group has the columns that do not fill a tile. */
function lineOfTiles(
  at: Sweep,
  operands: Operands,
  wholeColumns: number,
  whole: TileFunction | null,
  edge: TileFunction | null,
): Instruction[] {
  const use = (tile: TileFunction): Instruction =>
    call(
      tile,
      get(at.fn.parameters[0] as Local),
      get(at.b),
      get(at.row),
      get(at.column),
      get(at.lhs),
      get(at.rhs),
    )
  const inner = (tile: TileFunction): Instruction[] => [use(tile), advance(at.rhs, operands.rhsStep)]
  return [
    set(at.rhs, get(at.groupAt)),
    ...(whole === null
      ? [set(at.column, get(at.group))]
      : countedLoop(at.column, get(at.group), get(at.groupEnd), tileColumns, inner(whole), false)),
    ...(edge === null ? [] : [when(op('i32.eq', get(at.groupEnd), i32(wholeColumns)), [use(edge)])]),
  ]
}

export function emitMatmul(module: ModuleContext, kernel: ContractionKernel, name: string): readonly Step[] {
  const { batch, m, n, k } = kernel
  const operands = prepareOperands(module, kernel, name)
  const tiles = emitTiles(module, kernel, operands, name)
  const groupColumns = Math.max(1, Math.floor(groupBytes / (4 * k * tileColumns))) * tileColumns
  const wholeRows = m - (m % tileRows)
  const wholeColumns = n - (n % tileColumns)
  // The rows that do not fill a tile belong to the last block.
  const blocks = Math.max(1, Math.ceil(wholeRows / blockRows))

  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const local = (label: string): Local => fn.local('i32', label)
  const [unit, start, stop] = [local('unit'), local('start'), local('stop')]
  const at: Sweep = {
    fn,
    row: local('row'),
    column: local('column'),
    lhs: local('lhs'),
    rhs: local('rhs'),
    group: local('group'),
    groupEnd: local('groupEnd'),
    groupAt: local('groupAt'),
    b: local('b'),
  }
  const line = (whole: TileFunction | null, edge: TileFunction | null): Instruction[] =>
    lineOfTiles(at, operands, wholeColumns, whole, edge)
  const lhsBase = add(scope.base(operands.lhs.buffer), i32(4 * operands.lhs.origin))
  const rhsBase = add(scope.base(operands.rhs.buffer), i32(4 * operands.rhs.origin))
  const firstRow = scale(op('i32.div_u', get(start), i32(tileRows)), operands.lhsStep)
  const groupBody = [
    set(at.groupEnd, smaller(add(get(at.group), i32(groupColumns)), i32(wholeColumns))),
    set(at.lhs, add(add(lhsBase, scale(get(at.b), 4 * operands.lhs.batchStride)), firstRow)),
    ...countedLoop(
      at.row,
      get(start),
      get(stop),
      tileRows,
      [...line(tiles.full, tiles.right), advance(at.lhs, operands.lhsStep)],
      false,
    ),
    ...(m === wholeRows
      ? []
      : [when(op('i32.eq', get(at.row), i32(wholeRows)), line(tiles.bottom, tiles.corner))]),
    advance(at.groupAt, operands.rhsStep * (groupColumns / tileColumns)),
  ]
  const body = [
    set(at.b, op('i32.div_u', get(unit), i32(blocks))),
    set(start, scale(op('i32.rem_u', get(unit), i32(blocks)), blockRows)),
    set(stop, smaller(add(get(start), i32(blockRows)), i32(wholeRows))),
    set(at.groupAt, add(rhsBase, scale(get(at.b), 4 * operands.rhs.batchStride))),
    // At least one group, also where there are only the columns that do not fill a tile.
    ...countedLoop(at.group, i32(0), i32(Math.max(1, wholeColumns)), groupColumns, groupBody, true),
  ]
  scope.push(...countedLoop(unit, begin, end, 1, body, false))
  return [
    ...operands.steps,
    { name, target: fn, units: batch * blocks, grain: 1, work: (batch * m * n * k) / 16 },
  ]
}
