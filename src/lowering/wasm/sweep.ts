/**
 * One unit of a matrix product as code: a block of rows and columns, the depth in blocks; for each of these the
 * operands are packed, then the tiles are computed row by row, in groups of columns.
 */

import {
  add,
  call,
  get,
  i32,
  op,
  scale,
  set,
  smaller,
  subtract,
  when,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { tileBytes, tileColumns, tileRows } from './blocking.js'
import { digits } from './nest.js'
import { originOf, type Blockwise } from './operands.js'
import { advance } from './panels.js'
import type { Product, RowOfTiles, TileFunctions } from './product.js'
import type { Scope } from './scope.js'

/**
 * Bytes of the right operand that a group of columns may take: it stays in the second-level cache while the rows of
 * a block pass by, and the results of a row of tiles are long runs of memory.
 */
const groupBytes = 196608
/** Tiles of a row that wait for its end: their sums stay in the first-level cache. */
export const mostTiles = 16

/** The block that a unit computes. */
interface Block {
  readonly b: Instruction
  readonly part: Instruction
  /** Rows and columns of whole tiles; the last blocks also have those that fill none. */
  readonly top: Instruction
  readonly bottom: Instruction
  readonly isLowest: Instruction
  readonly left: Instruction
  readonly right: Instruction
  readonly isLast: Instruction
  readonly partBegin: Instruction
  readonly partEnd: Instruction
}

/** Whole tiles, and what is left. */
const wholeRows = ({ kernel: { m } }: Product): number => m - (m % tileRows)
const wholeColumns = ({ kernel: { n } }: Product): number => n - (n % tileColumns)

/** The number of a unit taken apart: batch, block of rows, block of columns, part. */
function blockOf(product: Product, scope: Scope, unit: Instruction): Block {
  const { kernel, blocking } = product
  const { rows, rowBlocks, columns, columnBlocks, parts, partDepth } = blocking
  const [part, column, row, b] = digits(scope, unit, [parts, columnBlocks, rowBlocks, kernel.batch])
  const from = (value: Instruction, size: number): Instruction => scope.temp('i32', scale(value, size))
  const to = (start: Instruction, size: number, most: number): Instruction =>
    scope.temp('i32', smaller(add(start, i32(size)), i32(most)))
  const [top, left, partBegin] = [from(row, rows), from(column, columns), from(part, partDepth)]
  return {
    b,
    part,
    top,
    bottom: to(top, rows, wholeRows(product)),
    isLowest: rowBlocks === 1 ? i32(1) : op('i32.eq', row, i32(rowBlocks - 1)),
    left,
    right: to(left, columns, wholeColumns(product)),
    isLast: columnBlocks === 1 ? i32(1) : op('i32.eq', column, i32(columnBlocks - 1)),
    partBegin,
    partEnd: to(partBegin, partDepth, kernel.k),
  }
}

/** A block of depth: where it is, and where the operands and the accumulators are for it. */
interface Depth {
  readonly begin: Instruction
  readonly end: Instruction
  /** Whether accumulators go on from memory: 0 or -1; nothing where they never do. */
  readonly resumes: readonly Instruction[]
  /** Whether the tiles are complete after it; null where they always are. */
  readonly completes: Instruction | null
  readonly lhs: Instruction
  readonly rhs: Instruction
  readonly rhsEdge: Instruction
  readonly kept: Instruction
}

/** Locals that move from tile to tile. */
type Cursor = Readonly<
  Record<'row' | 'column' | 'lhs' | 'rhs' | 'tile' | 'tilesEnd' | 'group' | 'groupEnd' | 'groupAt', Local>
>

class Unit {
  readonly #product: Product
  readonly #scope: Scope
  readonly #block: Block
  readonly #thread: Instruction
  readonly #cursor: Cursor
  readonly #table: Instruction

  constructor(product: Product, scope: Scope, unit: Instruction, thread: Instruction) {
    this.#product = product
    this.#scope = scope
    this.#thread = thread
    this.#block = blockOf(product, scope, unit)
    const local = (name: string): Local => scope.fn.local('i32', name)
    this.#cursor = {
      row: local('row'),
      column: local('column'),
      lhs: local('lhs'),
      rhs: local('rhs'),
      tile: local('tile'),
      tilesEnd: local('tilesEnd'),
      group: local('group'),
      groupEnd: local('groupEnd'),
      groupAt: local('groupAt'),
    }
    this.#table = get(scope.fn.parameters[0] as Local)
  }

  /** All blocks of depth. */
  emit(): void {
    const { kernel, blocking } = this.#product
    const { partBegin, partEnd } = this.#block
    if (blocking.depth >= kernel.k) return this.#ofDepth(this.#scope, i32(0), i32(kernel.k))
    const depth = this.#scope.fn.local('i32', 'depth')
    const inner = this.#scope.child()
    const end = inner.temp('i32', smaller(add(get(depth), i32(blocking.depth)), partEnd))
    this.#ofDepth(inner, get(depth), end)
    this.#scope.push(...countedLoop(depth, partBegin, partEnd, blocking.depth, inner.statements, true))
  }

  #ofDepth(scope: Scope, begin: Instruction, end: Instruction): void {
    const { left, right } = this.#product
    const depth = this.#depth(scope, begin, end)
    if (left.kind === 'blockwise') this.#packLeft(scope, left, depth)
    if (right.kind === 'blockwise') this.#packRight(scope, right, depth)
    scope.push(...this.#groups(depth))
  }

  #depth(scope: Scope, begin: Instruction, end: Instruction): Depth {
    const { partBegin, partEnd } = this.#block
    const { right } = this.#product
    const hold = (value: Instruction): Instruction => scope.temp('i32', value)
    const { span } = this.#product.kept
    const rhs = hold(this.#rightAt(begin, this.#block.left))
    const edge =
      right.kind !== 'packed' || right.lastWidth === tileColumns
        ? this.#rightAt(begin, i32(wholeColumns(this.#product)))
        : add(this.#rightAt(i32(0), i32(wholeColumns(this.#product))), scale(begin, 4 * right.lastWidth))
    return {
      begin,
      end,
      resumes: span === 'row' ? [] : [hold(op('i32.sub', i32(0), op('i32.ne', begin, partBegin)))],
      completes: span === 'block' ? hold(op('i32.eq', end, partEnd)) : null,
      lhs: hold(this.#leftAt(begin)),
      rhs,
      rhsEdge: hold(edge),
      kept: this.#keptAt(),
    }
  }

  /** The rows of the block, at the beginning of a block of depth. */
  #leftAt(depth: Instruction): Instruction {
    const { left } = this.#product
    if (left.kind === 'blockwise') return add(this.#scope.base(left.buffer), scale(this.#thread, left.bytes))
    const { b, top } = this.#block
    return [
      scale(b, 4 * left.batchStride),
      scale(top, 4 * left.stride),
      scale(depth, 4 * left.depthStride),
    ].reduce(add, originOf(this.#scope, left.buffer, left.origin))
  }

  /** The panel that starts at `column`, at the beginning of a block of depth. */
  #rightAt(depth: Instruction, column: Instruction): Instruction {
    const { right, kernel, blocking } = this.#product
    const { b, left } = this.#block
    if (right.kind === 'blockwise') {
      const own = add(this.#scope.base(right.buffer), scale(this.#thread, right.bytes))
      return add(own, scale(subtract(column, left), 4 * blocking.depth))
    }
    if (right.kind === 'packed')
      return [
        scale(b, 4 * right.perBatch),
        scale(column, 4 * kernel.k),
        scale(depth, 4 * tileColumns),
      ].reduce(add, this.#scope.base(right.buffer))
    return [scale(b, 4 * right.batchStride), scale(column, 4), scale(depth, 4 * right.depthStride)].reduce(
      add,
      originOf(this.#scope, right.buffer, right.origin),
    )
  }

  /** Bytes from one panel of the right operand to the next. */
  get #panelStep(): number {
    const { right, kernel, blocking } = this.#product
    const lines = right.kind === 'in place' ? 1 : right.kind === 'packed' ? kernel.k : blocking.depth
    return 4 * tileColumns * lines
  }
  get #rowStep(): number {
    const { left, blocking } = this.#product
    return 4 * tileRows * (left.kind === 'in place' ? left.stride : blocking.depth)
  }
  /** Tiles in a row of kept ones. */
  get #keptInRow(): number {
    const { kept, blocking, kernel } = this.#product
    return kept.span === 'product' ? Math.ceil(kernel.n / tileColumns) : blocking.columns / tileColumns
  }

  /** The first kept tile of the block's first row. */
  #keptAt(): Instruction {
    const { kept, kernel } = this.#product
    const { b, part, top, left } = this.#block
    const base = this.#scope.base(kept.buffer)
    if (kept.span !== 'product') return add(base, scale(this.#thread, kept.bytes))
    const rows = Math.ceil(kernel.m / tileRows) * this.#keptInRow * tileBytes
    return [
      scale(part, kernel.batch * rows),
      scale(b, rows),
      scale(top, (this.#keptInRow * tileBytes) / tileRows),
      scale(left, tileBytes / tileColumns),
    ].reduce(add, base)
  }

  #packLeft(scope: Scope, { whole, rest }: Blockwise, depth: Depth): void {
    const { row, lhs } = this.#cursor
    const { b, top, bottom, isLowest } = this.#block
    const { begin, end } = depth
    const last = i32(wholeRows(this.#product))
    scope.push(set(lhs, depth.lhs))
    if (whole !== null) {
      const inner = scope.child()
      inner.push(
        ...whole(inner, { b, first: get(row), begin, end, to: get(lhs) }),
        advance(lhs, this.#rowStep),
      )
      scope.push(...countedLoop(row, top, bottom, tileRows, inner.statements, false))
    }
    if (rest !== null) scope.push(when(isLowest, rest(scope, { b, first: last, begin, end, to: get(lhs) })))
  }

  #packRight(scope: Scope, { whole, rest }: Blockwise, depth: Depth): void {
    const { column, rhs } = this.#cursor
    const { b, left, right, isLast } = this.#block
    const { begin, end } = depth
    const last = i32(wholeColumns(this.#product))
    scope.push(set(rhs, depth.rhs))
    if (whole !== null) {
      const inner = scope.child()
      inner.push(
        ...whole(inner, { b, first: get(column), begin, end, to: get(rhs) }),
        advance(rhs, this.#panelStep),
      )
      scope.push(...countedLoop(column, left, right, tileColumns, inner.statements, false))
    }
    if (rest !== null) scope.push(when(isLast, rest(scope, { b, first: last, begin, end, to: get(rhs) })))
  }

  #groups(depth: Depth): Instruction[] {
    const at = this.#cursor
    const { kernel, blocking, tall, low, kept } = this.#product
    const { top, bottom, left, right, isLowest } = this.#block
    const fitting = Math.floor(groupBytes / (4 * Math.min(blocking.depth, kernel.k) * tileColumns))
    const groupColumns = Math.min(Math.max(1, fitting), mostTiles) * tileColumns
    const firstTile =
      kept.span === 'row'
        ? depth.kept
        : add(depth.kept, scale(subtract(get(at.group), left), tileBytes / tileColumns))
    const nextRow = kept.span === 'row' ? [] : [advance(at.tile, this.#keptInRow * tileBytes)]
    const whole = i32(wholeRows(this.#product))
    const body = [
      set(at.groupEnd, smaller(add(get(at.group), i32(groupColumns)), right)),
      set(at.lhs, depth.lhs),
      set(at.tile, firstTile),
      ...countedLoop(
        at.row,
        top,
        bottom,
        tileRows,
        [...this.#line(depth, tall, tileRows), advance(at.lhs, this.#rowStep), ...nextRow],
        false,
      ),
      ...(kernel.m % tileRows === 0
        ? []
        : [when(isLowest, [set(at.row, whole), ...this.#line(depth, low, kernel.m % tileRows)])]),
      advance(at.groupAt, (this.#panelStep * groupColumns) / tileColumns),
    ]
    // At least one group, also where there are only the columns that do not fill a tile.
    return [set(at.groupAt, depth.rhs), ...countedLoop(at.group, left, right, groupColumns, body, true)]
  }

  /** One row of tiles, over the columns of the group; the last group has the columns that do not fill a tile. */
  #line(depth: Depth, { full, edge }: RowOfTiles, rows: number): Instruction[] {
    const at = this.#cursor
    const { b, isLast } = this.#block
    const { resumes, completes } = depth
    const length = subtract(depth.end, depth.begin)
    const [row, tile, end] = [get(at.row), get(at.tile), get(at.tilesEnd)]
    const last = i32(wholeColumns(this.#product))
    /** Tiles in memory between two addresses, from a column on. */
    const use = (
      { accumulate, store }: TileFunctions,
      [column, rhs, step]: readonly [Instruction, Instruction, number],
      [from, to]: readonly [Instruction, Instruction],
    ): Instruction[] => {
      const sum = call(accumulate, get(at.lhs), rhs, length, from, to, i32(step), ...resumes)
      if (store === null) return [sum]
      const done = call(store, this.#table, b, row, add(row, i32(rows)), column, from, to)
      return [sum, completes === null ? done : when(completes, [done])]
    }
    const isEdge = op('i32.and', op('i32.eq', get(at.groupEnd), last), isLast)
    const whole =
      full === null ? [] : use(full, [get(at.group), get(at.groupAt), this.#panelStep], [tile, end])
    const partial = edge === null ? [] : use(edge, [last, depth.rhsEdge, 0], [end, add(end, i32(tileBytes))])
    const columns = subtract(get(at.groupEnd), get(at.group))
    return [
      set(at.tilesEnd, add(tile, scale(columns, tileBytes / tileColumns))),
      ...whole,
      ...(edge === null ? [] : [when(isEdge, partial)]),
    ]
  }
}

/** The code of the unit number `unit`. */
export function unitOfProduct(
  product: Product,
  scope: Scope,
  unit: Instruction,
  thread: Instruction,
): readonly Instruction[] {
  const inner = scope.child()
  new Unit(product, inner, unit, thread).emit()
  return inner.statements
}
