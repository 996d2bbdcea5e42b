/** Contractions: transpositions, batches, odd sizes, vectors, generic operands, epilogues, other lanes. */

import { describe, it } from 'vitest'
import type { DType } from '../../../src/core/dtype.js'
import { ExprBuilder, laneOf, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { ContractionKernel, Store } from '../../../src/lowering/kernel.js'
import {
  axesOf,
  axisPosition,
  quotient,
  ravel,
  remainder,
  scalePosition,
} from '../../../src/lowering/position.js'
import { checkProgram, programOf, randomArray } from '../../support/kernelPrograms.js'

interface Options {
  readonly batch?: number
  readonly lhsTransposed?: boolean
  readonly rhsTransposed?: boolean
  readonly dtype?: DType
  readonly epilogue?: boolean
  readonly transposeOut?: boolean
}

function check(
  m: number,
  n: number,
  k: number,
  {
    batch = 1,
    lhsTransposed = false,
    rhsTransposed = false,
    dtype = 'float32',
    epilogue = false,
    transposeOut = false,
  }: Options = {},
): void {
  const lane = laneOf(dtype)
  const b = new ExprBuilder()
  const [ab, am, an, ak] = axesOf<Expr>([batch, m, n, k]) as [Position, Position, Position, Position]
  const lhs = b.load(
    0,
    lane,
    lhsTransposed ? ravel([ab, ak, am], [batch, k, m]) : ravel([ab, am, ak], [batch, m, k]),
  )
  const rhs = b.load(
    1,
    lane,
    rhsTransposed ? ravel([ab, an, ak], [batch, n, k]) : ravel([ab, ak, an], [batch, k, n]),
  )
  const position = transposeOut ? ravel([ab, an, am], [batch, n, m]) : ravel([ab, am, an], [batch, m, n])
  const acc = b.result(0, lane)
  const plain: Store = { buffer: 3, position, value: acc }
  const relu: Store = {
    buffer: 3,
    position,
    value: b.alu('max', b.alu('add', acc, b.load(2, lane, an)), b.constant(0, lane)),
  }
  const stores = epilogue ? [relu, { buffer: 4, position, value: b.alu('tanh', acc) }] : [plain]
  const kernel: ContractionKernel = { kind: 'contraction', batch, m, n, k, lhs, rhs, lane, stores }
  const size = batch * m * n
  const program = programOf(
    [
      { role: 'input', dtype, size: batch * m * k },
      { role: 'input', dtype, size: batch * k * n },
      { role: 'input', dtype, size: n },
      { role: 'output', dtype, size },
      ...(epilogue ? [{ role: 'output', dtype, size } as const] : []),
    ],
    [kernel],
  )
  checkProgram(
    program,
    [randomArray(lane, batch * m * k, 1), randomArray(lane, batch * k * n, 2), randomArray(lane, n, 3)],
    // Half a unit in the last place of 1 for each of k terms around 1.
    { rtol: 1e-5, atol: Math.max(2e-5, 6e-8 * k) },
  )
}

const sizes: [number, number, number][] = [
  [1, 1, 1],
  [1, 5, 3],
  [5, 1, 3],
  [2, 2, 2],
  [3, 3, 3],
  [4, 8, 4],
  [5, 9, 7],
  [8, 16, 33],
  [13, 12, 5],
  [33, 10, 40],
  [1, 33, 40],
  [33, 1, 40],
  [4, 4, 1],
  [6, 7, 0],
  [0, 4, 3],
  [40, 20, 64],
  [129, 17, 12],
]

describe('contractions', () => {
  it.each(sizes)('[%d, %d] over %d, all transpositions', (m, n, k) => {
    for (const lhsTransposed of [false, true])
      for (const rhsTransposed of [false, true]) check(m, n, k, { lhsTransposed, rhsTransposed })
  })
  it.each(sizes)('[%d, %d] over %d, in batches, with an epilogue', (m, n, k) => {
    check(m, n, k, { batch: 3 })
    check(m, n, k, { batch: 3, lhsTransposed: true, rhsTransposed: true })
    check(m, n, k, { epilogue: true })
    check(m, n, k, { transposeOut: true })
  })
  it.each([
    // Two blocks of depth, with edges; two parts of depth; both.
    [5, 9, 700],
    [21, 10, 650],
    [3, 4, 4200],
    [5, 9, 6000],
  ])('[%d, %d] over %d, deep', (m, n, k) => {
    check(m, n, k)
    check(m, n, k, { lhsTransposed: true, epilogue: true })
    check(m, n, k, { batch: 2, rhsTransposed: true, transposeOut: true })
  })
  it.each(['float64', 'int32', 'uint32', 'float16'] as const)('%s', (dtype) => {
    for (const [m, n, k] of [
      [3, 5, 7],
      [1, 4, 9],
      [6, 1, 9],
      [12, 8, 4],
    ] as const) {
      check(m, n, k, { dtype })
      check(m, n, k, { dtype, lhsTransposed: true, rhsTransposed: true, batch: 2 })
    }
  })

  it.each([
    // Rows and columns that fill no tile, on either side of what is packed, read in place, and unrolled when stored.
    [5, 14, 130],
    [9, 52, 7],
    [50, 51, 6],
    [203, 171, 21],
  ])('[%d, %d] over %d, panels and edges', (m, n, k) => {
    for (const lhsTransposed of [false, true])
      for (const rhsTransposed of [false, true])
        for (const epilogue of [false, true]) check(m, n, k, { lhsTransposed, rhsTransposed, epilogue })
  })

  it.each([
    [4, 32],
    [60, 64],
  ])('[%d, %d] of operands that repeat along the depth', (m, n) => {
    const k = 16
    for (const repeated of ['lhs', 'rhs'] as const) {
      const b = new ExprBuilder()
      const [, am, an, ak] = axesOf<Expr>([1, m, n, k]) as [Position, Position, Position, Position]
      const kernel: ContractionKernel = {
        kind: 'contraction',
        batch: 1,
        m,
        n,
        k,
        lhs: b.load(0, 'f32', repeated === 'lhs' ? am : ravel([am, ak], [m, k])),
        rhs: b.load(1, 'f32', repeated === 'rhs' ? an : ravel([ak, an], [k, n])),
        lane: 'f32',
        stores: [{ buffer: 2, position: ravel([am, an], [m, n]), value: b.result(0, 'f32') }],
      }
      const [left, right] = [repeated === 'lhs' ? m : m * k, repeated === 'rhs' ? n : k * n]
      const program = programOf(
        [
          { role: 'input', dtype: 'float32', size: left },
          { role: 'input', dtype: 'float32', size: right },
          { role: 'output', dtype: 'float32', size: m * n },
        ],
        [kernel],
      )
      checkProgram(program, [randomArray('f32', left, 1), randomArray('f32', right, 2)], {
        rtol: 1e-5,
        atol: 2e-5,
      })
    }
  })

  it('operands at any position', () => {
    // lhs is read through quotient and remainder of m, rhs is gathered and padded.
    const b = new ExprBuilder()
    const [m, n, k] = [6, 11, 5]
    const [, am, an, ak] = axesOf<Expr>([1, m, n, k]) as [Position, Position, Position, Position]
    const lhs = b.load(0, 'f32', ravel([remainder(am, 3), quotient(am, 3), ak], [3, 2, k]))
    const rhs = b.load(1, 'f32', scalePosition(ravel([an, ak], [n, k]), 2))
    const stores = [
      {
        buffer: 2,
        position: ravel([axisPosition<Expr>(1, m), axisPosition<Expr>(2, n)], [m, n]),
        value: b.result(0, 'f32'),
      },
    ]
    const kernel: ContractionKernel = {
      kind: 'contraction',
      batch: 1,
      m,
      n,
      k,
      lhs,
      rhs,
      lane: 'f32',
      stores,
    }
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: m * k },
          { role: 'input', dtype: 'float32', size: 2 * n * k },
          { role: 'output', dtype: 'float32', size: m * n },
        ],
        [kernel],
      ),
      [randomArray('f32', m * k), randomArray('f32', 2 * n * k)],
      { rtol: 1e-5, atol: 1e-5 },
    )
  })
})
