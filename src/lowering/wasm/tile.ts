/**
 * The innermost product: a function that accumulates one tile of a matrix product over the depth and stores it
 * through the epilogue. (table, b, row, column, left panel, right panel); where the depth is worked through in
 * blocks also (depth, accumulators, mode), the accumulators being kept in memory from one block to the next.
 */

import type { ContractionKernel } from '../kernel.js'
import {
  add,
  branch,
  get,
  i32,
  load,
  loop,
  makeLabel,
  op,
  scale,
  set,
  store,
  when,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { FunctionBuilder } from './assembler/module.js'
import { tileColumns } from './blocking.js'
import type { ModuleContext } from './context.js'
import { topological } from '../expr.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { zeroVector } from './vectorAlu.js'

export interface TileShape {
  readonly rows: number
  /** At most 8; fewer at the right edge. */
  readonly columns: number
  /** Elements from row to row of the left operand, and from one step of the depth to the next in both. */
  readonly lhsStride: number
  readonly lhsDepthStride: number
  readonly rhsDepthStride: number
  /** How accumulators are kept between blocks of depth; null where there is one block. */
  readonly kept: 'between blocks' | 'always' | null
}

/** The block is not the first one of its part: the accumulators go on from memory. */
export const resumes = 1
/** The block is the last one: the tile is complete. */
export const completes = 2

interface Tile {
  readonly fn: FunctionBuilder
  readonly shape: TileShape
  readonly acc: readonly (readonly Local[])[]
}

/** acc(r, j) += left(r, k) · right(k, j), for all steps of the depth. */
function accumulate(module: ModuleContext, { fn, shape, acc }: Tile, depth: Instruction): Instruction[] {
  const [, , , , lhs, rhs] = fn.parameters as readonly [Local, Local, Local, Local, Local, Local]
  const right = (acc[0] ?? []).map((_, j) => fn.local('v128', `right${j}`))
  const left = fn.local('v128', 'left')
  const stop = fn.local('i32', 'stop')
  const [lhsStep, rhsStep] = [4 * shape.lhsDepthStride, 4 * shape.rhsDepthStride]
  const product = (sum: Instruction, x: Instruction, y: Instruction): Instruction =>
    module.fma ? op('f32x4.relaxed_madd', x, y, sum) : op('f32x4.add', sum, op('f32x4.mul', x, y))
  const step = [
    ...right.map((local, j) => set(local, load('v128.load', get(rhs), 16 * j))),
    ...acc.flatMap((line, r) => [
      set(left, load('v128.load32_splat', get(lhs), 4 * r * shape.lhsStride)),
      ...line.map((local, j) => set(local, product(get(local), get(left), get(right[j] as Local)))),
    ]),
  ]
  // One step in a turn: V8 places all loads of a block before its arithmetic, and more would not fit its registers.
  const top = makeLabel('depth')
  return [
    set(stop, add(get(rhs), scale(depth, rhsStep))),
    loop(top, [
      ...step,
      set(lhs, add(get(lhs), i32(lhsStep))),
      set(rhs, add(get(rhs), i32(rhsStep))),
      branch(top, op('i32.ne', get(rhs), get(stop))),
    ]),
  ]
}

/** Every accumulator with the place where it is kept: rows of a whole tile, whatever the tile's width. */
const places = (acc: Tile['acc']): { readonly local: Local; readonly offset: number }[] =>
  acc.flatMap((line, r) => line.map((local, j) => ({ local, offset: 4 * tileColumns * r + 16 * j })))

/** A longer epilogue (an optimizer's update) is one loop over the rows, not a copy for each: it takes as long to run, and less to make. */
const longEpilogue = 16

/** All rows by the same code: they take turns in the accumulators of the first. */
function rowByRow({ stores }: ContractionKernel, columns: Scope, { fn, acc }: Tile): Instruction[] {
  const row = fn.parameters[2] as Local
  const end = columns.temp('i32', add(get(row), i32(acc.length)))
  const [first = []] = acc
  const inner = columns
    .child()
    .bindAxis(1, get(row))
    .bindResult(0, { vector: true, parts: first.map(get) })
  emitStores(inner, stores)
  const top = makeLabel('row')
  return [
    loop(top, [
      ...inner.statements,
      ...acc.slice(1).flatMap((line, r) => line.map((from, j) => set(acc[r]?.[j] as Local, get(from)))),
      set(row, add(get(row), i32(1))),
      branch(top, op('i32.ne', get(row), end)),
    ]),
  ]
}

/** The epilogue; what varies with the columns alone stands before the rows. */
function complete(
  module: ModuleContext,
  kernel: ContractionKernel,
  { fn, shape, acc }: Tile,
  statements: Instruction[],
): void {
  const [, b, row, column] = fn.parameters as readonly [Local, Local, Local, Local]
  const exprs = storeExprs(kernel.stores)
  const scope = Scope.top(module, fn, exprs, statements)
  const columns = scope
    .child()
    .bindAxis(0, get(b))
    .bindAxis(2, get(column), { axis: 2, parts: acc[0]?.length ?? 1, count: shape.columns })
  if (topological(exprs).length > longEpilogue && acc.length > 1)
    columns.push(...rowByRow(kernel, columns, { fn, shape, acc }))
  else
    acc.forEach((line, r) => {
      const inner = columns
        .child()
        .bindAxis(1, op('i32.add', get(row), i32(r)))
        .bindResult(0, { vector: true, parts: line.map(get) })
      emitStores(inner, kernel.stores)
      columns.push(...inner.statements)
    })
  scope.push(...columns.statements)
}

export function emitTile(
  module: ModuleContext,
  kernel: ContractionKernel,
  shape: TileShape,
  name: string,
): FunctionReference {
  const basic = ['table', 'b', 'row', 'column', 'lhs', 'rhs'] as const
  const fn = new FunctionBuilder(
    name,
    [...basic, ...(shape.kept === null ? [] : (['depth', 'kept', 'mode'] as const))].map((p) => [p, 'i32']),
  )
  const vectors = shape.columns > 4 ? 2 : 1
  const acc = Array.from({ length: shape.rows }, (_, r) =>
    Array.from({ length: vectors }, (_, j) => fn.local('v128', `acc${r}${j}`)),
  )
  const tile: Tile = { fn, shape, acc }
  const zero = acc.flat().map((local) => set(local, zeroVector))
  const [depth, kept, mode] = fn.parameters.slice(basic.length).map(get)
  if (depth === undefined || kept === undefined || mode === undefined) {
    fn.body.push(...zero, ...accumulate(module, tile, i32(kernel.k)))
    complete(module, kernel, tile, fn.body)
  } else {
    const resume = places(acc).map(({ local, offset }) => set(local, load('v128.load', kept, offset)))
    const keep = places(acc).map(({ local, offset }) => store('v128.store', kept, get(local), offset))
    const done: Instruction[] = []
    if (shape.kept === 'between blocks') complete(module, kernel, tile, done)
    fn.body.push(
      when(op('i32.and', mode, i32(resumes)), resume, zero),
      ...accumulate(module, tile, depth),
      ...(shape.kept === 'always' ? keep : [when(op('i32.and', mode, i32(completes)), done, keep)]),
    )
  }
  module.builder.functions.push(fn)
  return fn
}
