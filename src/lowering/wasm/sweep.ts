/**
 * One unit of a matrix product as code: a block of rows and columns, the depth in blocks; for each of these the
 * operands are packed, then the tiles are computed row by row, in groups of columns.
 */

import type { Position } from '../expr.js'
import { positionScalar } from './address.js'
import {
  add,
  call,
  get,
  i32,
  op,
  scale,
  set,
  smaller,
  when,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { tileBytes, tileColumns, tileRows } from './blocking.js'
import type { Product } from './product.js'
import type { Blockwise } from './operands.js'
import type { Scope } from './scope.js'
import { completes, resumes } from './tile.js'

/**
 * Bytes of the right operand that a group of columns may take: it stays in the second-level cache while the rows of
 * a block pass by, and the results of a row of tiles are long runs of memory.
 */
const groupBytes = 196608

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
  let rest = unit
  const digit = (count: number): Instruction => {
    if (count === 1) return i32(0)
    const value = scope.temp('i32', op('i32.rem_u', rest, i32(count)))
    rest = scope.temp('i32', op('i32.div_u', rest, i32(count)))
    return value
  }
  const [part, column, row, b] = [digit(parts), digit(columnBlocks), digit(rowBlocks), digit(kernel.batch)]
  const from = (value: Instruction, size: number): Instruction => scope.temp('i32', scale(value, size))
  const to = (start: Instruction, size: number, most: number): Instruction =>
    scope.temp('i32', smaller(add(start, i32(size)), i32(most)))
  const [top, left, partBegin] = [from(row, rows), from(column, columns), from(part, partDepth)]
  return {
    b,
    part,
    top,
    bottom: to(top, rows, wholeRows(product)),
    isLowest: op('i32.eq', row, i32(rowBlocks - 1)),
    left,
    right: to(left, columns, wholeColumns(product)),
    isLast: op('i32.eq', column, i32(columnBlocks - 1)),
    partBegin,
    partEnd: to(partBegin, partDepth, kernel.k),
  }
}

/** A block of depth: where it is, and where the operands and the accumulators are for it. */
interface Depth {
  readonly begin: Instruction
  readonly end: Instruction
  readonly mode: Instruction
  readonly lhs: Instruction
  readonly rhs: Instruction
  readonly rhsEdge: Instruction
  readonly kept: Instruction
}

/** Locals that move from tile to tile. */
type Cursor = Readonly<
  Record<'row' | 'column' | 'lhs' | 'rhs' | 'acc' | 'accRow' | 'group' | 'groupEnd' | 'groupAt', Local>
>

const advance = (address: Local, bytes: number): Instruction => set(address, add(get(address), i32(bytes)))

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
      acc: local('acc'),
      accRow: local('accRow'),
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
    if (blocking.depth >= kernel.k) {
      this.#scope.push(...this.#ofDepth(this.#scope, i32(0), i32(kernel.k)))
      return
    }
    const depth = this.#scope.fn.local('i32', 'depth')
    const inner = this.#scope.child()
    const end = inner.temp('i32', smaller(add(get(depth), i32(blocking.depth)), partEnd))
    const statements = this.#ofDepth(inner, get(depth), end)
    inner.push(...statements)
    this.#scope.push(...countedLoop(depth, partBegin, partEnd, blocking.depth, inner.statements, true))
  }

  #ofDepth(scope: Scope, begin: Instruction, end: Instruction): Instruction[] {
    const { left, right } = this.#product
    const depth = this.#depth(scope, begin, end)
    return [
      ...(left.kind === 'blockwise' ? this.#packLeft(left, depth) : []),
      ...(right.kind === 'blockwise' ? this.#packRight(right, depth) : []),
      ...this.#groups(depth),
    ]
  }

  #depth(scope: Scope, begin: Instruction, end: Instruction): Depth {
    const { partBegin, partEnd } = this.#block
    const { right } = this.#product
    const hold = (value: Instruction): Instruction => scope.temp('i32', value)
    const bit = (test: Instruction, value: number): Instruction => op('i32.mul', test, i32(value))
    const starts = op('i32.ne', begin, partBegin)
    const ends = op('i32.eq', end, partEnd)
    const rhs = hold(this.#rightAt(begin, this.#block.left))
    const edge =
      right.kind !== 'packed' || right.lastWidth === tileColumns
        ? this.#rightAt(begin, i32(wholeColumns(this.#product)))
        : add(this.#rightAt(i32(0), i32(wholeColumns(this.#product))), scale(begin, 4 * right.lastWidth))
    return {
      begin,
      end,
      mode:
        this.#product.kept === null ? i32(0) : hold(op('i32.or', bit(starts, resumes), bit(ends, completes))),
      lhs: hold(this.#leftAt(begin)),
      rhs,
      rhsEdge: hold(edge),
      kept: this.#keptAt(),
    }
  }

  /** The address of an operand that lies at a position of its own, as that is known. */
  #origin(buffer: number, origin: Position): Instruction {
    return add(this.#scope.base(buffer), scale(positionScalar(this.#scope, origin, null), 4))
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
    ].reduce(add, this.#origin(left.buffer, left.origin))
  }

  /** The panel that starts at `column`, at the beginning of a block of depth. */
  #rightAt(depth: Instruction, column: Instruction): Instruction {
    const { right, kernel, blocking } = this.#product
    const { b, left } = this.#block
    if (right.kind === 'blockwise') {
      const own = add(this.#scope.base(right.buffer), scale(this.#thread, right.bytes))
      return add(own, scale(op('i32.sub', column, left), 4 * blocking.depth))
    }
    if (right.kind === 'packed')
      return [
        scale(b, 4 * right.perBatch),
        scale(column, 4 * kernel.k),
        scale(depth, 4 * tileColumns),
      ].reduce(add, this.#scope.base(right.buffer))
    return [scale(b, 4 * right.batchStride), scale(column, 4), scale(depth, 4 * right.depthStride)].reduce(
      add,
      this.#origin(right.buffer, right.origin),
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
    return kept?.shared === true ? Math.ceil(kernel.n / tileColumns) : blocking.columns / tileColumns
  }

  /** The first kept tile of the block's first row. */
  #keptAt(): Instruction {
    const { kept, kernel } = this.#product
    if (kept === null) return i32(0)
    const { b, part, top, left } = this.#block
    const base = this.#scope.base(kept.buffer)
    if (!kept.shared) return add(base, scale(this.#thread, kept.bytes))
    const rows = Math.ceil(kernel.m / tileRows) * this.#keptInRow * tileBytes
    return [
      scale(part, kernel.batch * rows),
      scale(b, rows),
      scale(top, (this.#keptInRow * tileBytes) / tileRows),
      scale(left, tileBytes / tileColumns),
    ].reduce(add, base)
  }

  #fill(target: FunctionReference, first: Instruction, { begin, end }: Depth, to: Instruction): Instruction {
    return call(target, this.#table, this.#block.b, first, begin, end, to)
  }

  #packLeft({ whole, rest }: Blockwise, depth: Depth): Instruction[] {
    const { row, lhs } = this.#cursor
    const { top, bottom, isLowest } = this.#block
    const last = i32(wholeRows(this.#product))
    return [
      set(lhs, depth.lhs),
      ...(whole === null
        ? []
        : countedLoop(
            row,
            top,
            bottom,
            tileRows,
            [this.#fill(whole, get(row), depth, get(lhs)), advance(lhs, this.#rowStep)],
            false,
          )),
      ...(rest === null ? [] : [when(isLowest, [this.#fill(rest, last, depth, get(lhs))])]),
    ]
  }

  #packRight({ whole, rest }: Blockwise, depth: Depth): Instruction[] {
    const { column, rhs } = this.#cursor
    const { left, right, isLast } = this.#block
    const last = i32(wholeColumns(this.#product))
    return [
      set(rhs, depth.rhs),
      ...(whole === null
        ? []
        : countedLoop(
            column,
            left,
            right,
            tileColumns,
            [this.#fill(whole, get(column), depth, get(rhs)), advance(rhs, this.#panelStep)],
            false,
          )),
      ...(rest === null ? [] : [when(isLast, [this.#fill(rest, last, depth, get(rhs))])]),
    ]
  }

  #groups(depth: Depth): Instruction[] {
    const at = this.#cursor
    const { kernel, blocking, tiles } = this.#product
    const { top, bottom, left, right, isLowest } = this.#block
    const fitting = Math.floor(groupBytes / (4 * Math.min(blocking.depth, kernel.k) * tileColumns))
    const groupColumns = Math.max(1, fitting) * tileColumns
    const line = (whole: FunctionReference | null, edge: FunctionReference | null): Instruction[] =>
      this.#line(depth, whole, edge)
    const body = [
      set(at.groupEnd, smaller(add(get(at.group), i32(groupColumns)), right)),
      set(at.lhs, depth.lhs),
      ...(this.#product.kept === null
        ? []
        : [
            set(
              at.accRow,
              add(depth.kept, scale(op('i32.sub', get(at.group), left), tileBytes / tileColumns)),
            ),
          ]),
      ...countedLoop(
        at.row,
        top,
        bottom,
        tileRows,
        [...line(tiles.full, tiles.right), ...this.#nextRow()],
        false,
      ),
      ...(kernel.m % tileRows === 0
        ? []
        : [
            when(isLowest, [set(at.row, i32(wholeRows(this.#product))), ...line(tiles.bottom, tiles.corner)]),
          ]),
      advance(at.groupAt, (this.#panelStep * groupColumns) / tileColumns),
    ]
    // At least one group, also where there are only the columns that do not fill a tile.
    return [set(at.groupAt, depth.rhs), ...countedLoop(at.group, left, right, groupColumns, body, true)]
  }

  #nextRow(): Instruction[] {
    const { lhs, accRow } = this.#cursor
    return [
      advance(lhs, this.#rowStep),
      ...(this.#product.kept === null ? [] : [advance(accRow, this.#keptInRow * tileBytes)]),
    ]
  }

  /** One row of tiles, over the columns of the group; the last group has the columns that do not fill a tile. */
  #line(depth: Depth, whole: FunctionReference | null, edge: FunctionReference | null): Instruction[] {
    const at = this.#cursor
    const { isLast } = this.#block
    const { kept } = this.#product
    const use = (tile: FunctionReference, column: Instruction, rhs: Instruction): Instruction =>
      call(
        tile,
        this.#table,
        this.#block.b,
        get(at.row),
        column,
        get(at.lhs),
        rhs,
        ...(kept === null ? [] : [op('i32.sub', depth.end, depth.begin), get(at.acc), depth.mode]),
      )
    const inner = (tile: FunctionReference): Instruction[] => [
      use(tile, get(at.column), get(at.rhs)),
      advance(at.rhs, this.#panelStep),
      ...(kept === null ? [] : [advance(at.acc, tileBytes)]),
    ]
    const isEdge = op('i32.and', op('i32.eq', get(at.groupEnd), i32(wholeColumns(this.#product))), isLast)
    return [
      set(at.rhs, get(at.groupAt)),
      ...(kept === null ? [] : [set(at.acc, get(at.accRow))]),
      ...(whole === null
        ? []
        : countedLoop(at.column, get(at.group), get(at.groupEnd), tileColumns, inner(whole), false)),
      ...(edge === null ? [] : [when(isEdge, [use(edge, i32(wholeColumns(this.#product)), depth.rhsEdge)])]),
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
