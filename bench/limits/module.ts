/**
 * Two WebAssembly programs that do nothing but what limits everything: multiply and add from the first-level cache, and
 * read from memory.
 */

import {
  get,
  i32,
  load,
  op,
  set,
  store,
  vectorConstant,
  type Instruction,
  type Local,
} from '../../src/lowering/wasm/assembler/instruction.js'
import { encodeModule } from '../../src/lowering/wasm/assembler/encode.js'
import { countedLoop, FunctionBuilder, ModuleBuilder } from '../../src/lowering/wasm/assembler/module.js'

/** Depth of the products: 6 rows and 8 columns of this depth take 7 kB. */
export const depth = 128
/** Parts of a range that are read at once, and the bytes that all of them add up in one turn. */
const readStreams = 4
export const readBytes = 32 * readStreams

export interface Tile {
  readonly name: string
  readonly rows: number
  /** Vectors of four columns. */
  readonly vectors: number
  readonly fma: boolean
}

export const tiles: readonly Tile[] = [
  { name: 'mul4x8', rows: 4, vectors: 2, fma: false },
  { name: 'fma4x8', rows: 4, vectors: 2, fma: true },
  { name: 'fma6x8', rows: 6, vectors: 2, fma: true },
]
/** Operations of one turn of a tile over all of its depth. */
export const tileFlops = ({ rows, vectors }: Tile): number => 2 * rows * vectors * 4 * depth

const zero = vectorConstant([0, 0, 0, 0])
const at = (base: Local, offset: number): Instruction => op('i32.add', get(base), i32(offset))

/** A matrix product of packed panels, `turns` times over the same numbers, which stay in registers and in the cache. */
function tileFunction({ name, rows, vectors, fma }: Tile): FunctionBuilder {
  const fn = new FunctionBuilder(name, [
    ['address', 'i32'],
    ['turns', 'i32'],
  ])
  const [address, turns] = fn.parameters as readonly [Local, Local]
  const [turn, end, a, b] = ['turn', 'end', 'a', 'b'].map((label) => fn.local('i32', label)) as [
    Local,
    Local,
    Local,
    Local,
  ]
  const vector = (label: string): Local => fn.local('v128', label)
  const sums = Array.from({ length: rows * vectors }, (_, i) => vector(`sum${i}`))
  const columns = Array.from({ length: vectors }, (_, i) => vector(`column${i}`))
  const row = vector('row')
  const accumulate = (sum: Local, column: Local): Instruction =>
    fma
      ? set(sum, op('f32x4.relaxed_madd', get(row), get(column), get(sum)))
      : set(sum, op('f32x4.add', op('f32x4.mul', get(row), get(column)), get(sum)))
  const step = [
    ...columns.map((c, j) => set(c, load('v128.load', get(b), 16 * j))),
    ...Array.from({ length: rows }, (_, i) => [
      set(row, load('v128.load32_splat', get(a), 4 * i)),
      ...columns.map((c, j) => accumulate(sums[i * vectors + j] as Local, c)),
    ]).flat(),
    set(b, at(b, 16 * vectors)),
  ]
  const body = [
    set(b, at(address, 4 * rows * depth)),
    set(end, at(address, 4 * rows * depth)),
    ...countedLoop(a, get(address), get(end), 4 * rows, step, true),
  ]
  fn.body.push(
    ...countedLoop(turn, i32(0), get(turns), 1, body, true),
    // The sums are stored, or they would not be computed.
    ...sums.map((sum, i) =>
      store('v128.store', get(address), get(sum), 4 * (rows + 4 * vectors) * depth + 16 * i),
    ),
  )
  return fn
}

/** Adds up all words of a range, as several streams side by side: one alone does not keep the memory busy. */
function readFunction(): FunctionBuilder {
  const fn = new FunctionBuilder(
    'read',
    [
      ['start', 'i32'],
      ['end', 'i32'],
    ],
    ['i32'],
  )
  const [start, end] = fn.parameters as readonly [Local, Local]
  const [position, length, stop] = ['position', 'length', 'stop'].map((label) => fn.local('i32', label)) as [
    Local,
    Local,
    Local,
  ]
  const streams = Array.from({ length: readStreams }, (_, i) => fn.local('i32', `stream${i}`))
  const sums = Array.from({ length: 2 * readStreams }, (_, i) => fn.local('v128', `sum${i}`))
  const body = streams.flatMap((stream, i) => [
    ...sums
      .slice(2 * i, 2 * i + 2)
      .map((sum, j) => set(sum, op('i32x4.add', get(sum), load('v128.load', get(stream), 16 * j)))),
    set(stream, at(stream, 32)),
  ])
  const total = sums.map(get).reduce((x, y) => op('i32x4.add', x, y))
  fn.body.push(
    ...sums.map((sum) => set(sum, zero)),
    set(length, op('i32.div_u', op('i32.sub', get(end), get(start)), i32(readStreams))),
    ...streams.map((stream, i) => set(stream, op('i32.add', get(start), op('i32.mul', get(length), i32(i))))),
    set(stop, op('i32.add', get(start), get(length))),
    ...countedLoop(position, get(start), get(stop), 32, body, true),
    { kind: 'lane', name: 'i32x4.extract_lane', lane: 0, args: [total] },
  )
  return fn
}

/** The module with the tiles wanted, over a memory that threads share. */
export function limitsModule(wanted: readonly Tile[]): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder(true)
  const made = [...wanted.map(tileFunction), readFunction()]
  builder.functions.push(...made)
  builder.exports.push(...made)
  return encodeModule(builder)
}
