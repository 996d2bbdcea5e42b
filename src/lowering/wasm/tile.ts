/**
 * The innermost product: a function that accumulates one tile of a matrix product over k and stores it through
 * the epilogue. (table, b, row, column, address of the left rows, address of the right panel).
 */

import type { ContractionKernel } from '../kernel.js'
import {
  branch,
  get,
  i32,
  load,
  loop,
  makeLabel,
  op,
  set,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { FunctionBuilder } from './assembler/module.js'
import type { ModuleContext } from './context.js'
import { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'
import { zeroVector } from './vectorAlu.js'

/** Where a tile finds an operand: the element (b, i, k) is at origin + strideB·b + stride·i + strideK·k. */
export interface OperandLayout {
  readonly buffer: number
  readonly origin: number
  readonly batchStride: number
  /** From row to row (lhs), or from panel to panel (rhs). */
  readonly stride: number
  readonly depthStride: number
}

export type TileFunction = FunctionReference

export interface TileShape {
  readonly rows: number
  /** At most 8; fewer at the right edge. */
  readonly columns: number
  readonly lhs: OperandLayout
  /** Elements from one k to the next in the panel of the right operand. */
  readonly rhsDepthStride: number
}

export function emitTile(
  module: ModuleContext,
  kernel: ContractionKernel,
  shape: TileShape,
  name: string,
): TileFunction {
  const fn = new FunctionBuilder(name, [
    ['table', 'i32'],
    ['b', 'i32'],
    ['row', 'i32'],
    ['column', 'i32'],
    ['lhs', 'i32'],
    ['rhs', 'i32'],
  ])
  const [, b, row, column, lhs, rhs] = fn.parameters as readonly [Local, Local, Local, Local, Local, Local]
  const vectors = shape.columns > 4 ? 2 : 1
  const acc = Array.from({ length: shape.rows }, (_, r) =>
    Array.from({ length: vectors }, (_, j) => fn.local('v128', `acc${r}${j}`)),
  )
  for (const local of acc.flat()) fn.body.push(set(local, zeroVector))
  const right = Array.from({ length: vectors }, (_, j) => fn.local('v128', `right${j}`))
  const left = fn.local('v128', 'left')
  const [lhsStep, rhsStep] = [4 * shape.lhs.depthStride, 4 * shape.rhsDepthStride]

  const accumulate = (sum: Instruction, x: Instruction, y: Instruction): Instruction =>
    module.fma ? op('f32x4.relaxed_madd', x, y, sum) : op('f32x4.add', sum, op('f32x4.mul', x, y))
  /** acc(r, j) += left(r, k) · right(k, j) */
  const step = [
    ...right.map((local, j) => set(local, load('v128.load', get(rhs), 16 * j))),
    ...acc.flatMap((line, r) => [
      set(left, load('v128.load32_splat', get(lhs), 4 * r * shape.lhs.stride)),
      ...line.map((local, j) => set(local, accumulate(get(local), get(left), get(right[j] as Local)))),
    ]),
  ]
  // One step of k in a turn: V8 places all loads of a block before its arithmetic, and more would not fit its registers.
  const top = makeLabel('depth')
  const stop = fn.local('i32', 'stop')
  fn.body.push(
    set(stop, op('i32.add', get(rhs), i32(kernel.k * rhsStep))),
    loop(top, [
      ...step,
      set(lhs, op('i32.add', get(lhs), i32(lhsStep))),
      set(rhs, op('i32.add', get(rhs), i32(rhsStep))),
      branch(top, op('i32.ne', get(rhs), get(stop))),
    ]),
  )

  // The epilogue: what varies with the columns alone stands before the rows.
  const scope = Scope.top(module, fn, storeExprs(kernel.stores))
  const columns = scope
    .child()
    .bindAxis(0, get(b))
    .bindAxis(2, get(column), { axis: 2, parts: vectors, count: shape.columns })
  acc.forEach((line, r) => {
    const inner = columns
      .child()
      .bindAxis(1, op('i32.add', get(row), i32(r)))
      .bindResult(0, { vector: true, parts: line.map(get) })
    emitStores(inner, kernel.stores)
    columns.push(...inner.statements)
  })
  scope.push(...columns.statements)
  module.builder.functions.push(fn)
  return fn
}
