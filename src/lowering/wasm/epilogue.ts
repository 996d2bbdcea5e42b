/**
 * What a matrix product makes of its sums: a function that stores a row of tiles through the kernel's stores.
 */

import { range } from '../../core/shape.js'
import { topological } from '../expr.js'
import type { ContractionKernel } from '../kernel.js'
import {
  add,
  get,
  i32,
  load,
  set,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, integerFunction } from './assembler/module.js'
import { tileBytes, tileColumns } from './blocking.js'
import type { ModuleContext } from './context.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { tileRowBytes } from './tile.js'

/** Longer stores (an optimizer's update) are one loop over the rows, not a copy for each: it takes as long to run. */
const longStores = 16
/** Of fewer results, a loop costs less time than the copies cost to make. */
const fewElements = 32768

/** Whether each row of a tile has code of its own. */
export const isUnrolled = ({ inLoop }: ModuleContext, { batch, m, n, stores }: ContractionKernel): boolean =>
  (batch * m * n >= fewElements || inLoop) && topological(storeExprs(stores)).length <= longStores

/**
 * Adds the function (table, b, row, rowEnd, column, tile, end): it stores the rows from `row` to `rowEnd` (just so many
 * where `rows` is given) of the tiles in memory from `tile` to `end`, of which the first one starts at `column`; of each,
 * `columns` are results.
 */
export function emitEpilogue(
  module: ModuleContext,
  { batch, m, n, stores }: ContractionKernel,
  { rows, columns }: { readonly rows: number | null; readonly columns: number },
  name: string,
): FunctionReference {
  const names = ['table', 'b', 'row', 'rowEnd', 'column', 'tile', 'end'] as const
  const { fn, parameters } = integerFunction(name, names)
  const [, b, first, rowEnd, column, tile, end] = parameters
  const parts = Math.ceil(columns / 4)
  const scope = Scope.top(module, fn, storeExprs(stores), batch * m * n).bindAxis(0, get(b))
  // What varies with the columns alone stands before the rows.
  const across = scope.child().bindAxis(2, get(column), { axis: 2, parts, count: columns })
  /** The row whose sums are at an address. */
  const storeRow = (row: Instruction, at: Local, offset: number): Scope => {
    const inner = across.child().bindAxis(1, row)
    const sums = range(parts).map((j) => inner.temp('v128', load('v128.load', get(at), offset + 16 * j)))
    emitStores(inner.bindResult(0, { vector: true, parts: sums }), stores)
    return inner
  }
  if (rows === null) {
    const [row, at] = [fn.local('i32', 'rowAt'), fn.local('i32', 'at')]
    const inner = storeRow(get(row), at, 0)
    inner.push(set(at, add(get(at), i32(tileRowBytes))))
    across.push(set(at, get(tile)), ...countedLoop(row, get(first), get(rowEnd), 1, inner.statements, true))
  } else {
    for (const r of range(rows))
      across.push(...storeRow(add(get(first), i32(r)), tile, tileRowBytes * r).statements)
  }
  across.push(set(column, add(get(column), i32(tileColumns))))
  scope.push(...countedLoop(tile, get(tile), get(end), tileBytes, across.statements, false))
  return module.builder.define(fn)
}
