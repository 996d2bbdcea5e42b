/**
 * The innermost product: functions that accumulate a row of tiles in registers, over a length of the depth, and leave
 * them in memory; products whose operands lie alike share them. What a kernel makes of the sums is a function of its own
 * (epilogue.ts).
 */

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
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, type FunctionBuilder, integerFunction } from './assembler/module.js'
import { tileBytes, tileColumns } from './blocking.js'
import type { ModuleContext } from './context.js'

export interface TileShape {
  readonly rows: number
  /** At most two; one where the right edge of the result has but four columns. */
  readonly vectors: number
  /** Elements from row to row of the left operand, and from one step of the depth to the next in both. */
  readonly lhsStride: number
  readonly lhsDepthStride: number
  readonly rhsDepthStride: number
  /** Sums may go on from memory. */
  readonly resumes: boolean
}

/** Bytes from row to row of a tile in memory, whatever its width. */
export const tileRowBytes = 4 * tileColumns

interface Accumulators {
  readonly fn: FunctionBuilder
  readonly shape: TileShape
  readonly acc: readonly (readonly Local[])[]
}

/** acc(r, j) += left(r, k) · right(k, j), for all steps of the depth; `lhs` and `rhs` move along. */
function overDepth(
  module: ModuleContext,
  { fn, shape, acc }: Accumulators,
  lhs: Local,
  rhs: Local,
  depth: Instruction,
): Instruction[] {
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

function emitAccumulate(module: ModuleContext, shape: TileShape, name: string): FunctionReference {
  const basic = ['lhs', 'rhs', 'depth', 'tile', 'end', 'step'] as const
  const { fn, parameters } = integerFunction(name, [...basic, ...(shape.resumes ? ['resumes'] : [])])
  const [lhs, rhs, depth, tile, end, step, resumes] = parameters
  const [left, right] = [fn.local('i32', 'lhsAt'), fn.local('i32', 'rhsAt')]
  const acc = Array.from({ length: shape.rows }, (_, r) =>
    Array.from({ length: shape.vectors }, (_, j) => fn.local('v128', `acc${r}${j}`)),
  )
  const places = acc.flatMap((line, r) =>
    line.map((local, j) => ({ local, offset: tileRowBytes * r + 16 * j })),
  )
  // Nobody sets it where sums start at 0; else it is a mask.
  const kept = fn.local('v128', 'kept')
  const start = places.map(({ local, offset }) =>
    set(
      local,
      resumes === undefined ? get(kept) : op('v128.and', load('v128.load', get(tile), offset), get(kept)),
    ),
  )
  if (resumes !== undefined) fn.body.push(set(kept, op('i32x4.splat', get(resumes))))
  fn.body.push(
    ...countedLoop(
      tile,
      get(tile),
      get(end),
      tileBytes,
      [
        set(left, get(lhs)),
        set(right, get(rhs)),
        ...start,
        ...overDepth(module, { fn, shape, acc }, left, right, get(depth)),
        ...places.map(({ local, offset }) => store('v128.store', get(tile), get(local), offset)),
        set(rhs, add(get(rhs), get(step))),
      ],
      false,
    ),
  )
  return module.builder.define(fn)
}

/**
 * The module's function (lhs, rhs, depth, tile, end, step[, resumes]) for tiles of this shape: the sums of the tiles in memory
 * from `tile` to `end`, side by side, over so many steps of the depth. From one to the next the right operand moves by
 * `step` bytes. Sums start at 0 where `resumes` is 0, and go on from memory where it is -1.
 */
export function accumulateFunction(module: ModuleContext, shape: TileShape): FunctionReference {
  const { rows, vectors, lhsStride, lhsDepthStride, rhsDepthStride, resumes } = shape
  const strides = `${lhsStride}_${lhsDepthStride}_${rhsDepthStride}`
  const name = `tiles${rows}x${4 * vectors}of${strides}${resumes ? 'on' : ''}`
  return module.shared(name, () => emitAccumulate(module, shape, name))
}
