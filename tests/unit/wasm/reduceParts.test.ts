/** Reductions that are computed in parts: long rows, columns of long arrays, with every combiner and lane. */

import { describe, expect, it } from 'vitest'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { ReduceKernel } from '../../../src/lowering/kernel.js'
import { axesOf, identityPosition } from '../../../src/lowering/position.js'
import { programText } from '../../../src/lowering/wasm/program.js'
import {
  checkProgram,
  expectClose,
  programOf,
  randomArray,
  runProgram,
} from '../../support/kernelPrograms.js'
import {
  checkReduction,
  combiners,
  lanes,
  reduceKernel,
  rowPosition,
  softmaxKernel,
} from '../../support/reduceKernels.js'

/** Whole parts, parts and a rest, rests of one element; strips of columns; odd sizes everywhere. */
const cases: [Shape, number[]][] = [
  [[65_536], [0]],
  [[32_769], [0]],
  [[3, 17_003], [1]],
  [
    [41, 3, 301],
    [0, 2],
  ],
  [[1000, 70], [0]],
  [[2, 161, 103], [1]],
  [[37, 2051], [0]],
  [[9001, 3], [0]],
  [
    [5, 210, 65],
    [0, 1],
  ],
  // The outermost reduced axis is cut, the innermost one walked whole.
  [
    [33, 3, 41, 17],
    [0, 2],
  ],
]

const textOf = (shape: Shape, reduced: number[]): string =>
  programText(
    programOf(
      [
        { role: 'input', dtype: 'float32', size: sizeOf(shape) },
        { role: 'output', dtype: 'float32', size: sizeOf(shape.filter((_, i) => !reduced.includes(i))) },
      ],
      [reduceKernel(shape, reduced, 'sum', 'f32')],
    ),
    { fma: false, shared: false, threads: 1 },
  )

describe('reductions in parts', () => {
  it.each(cases)('%j over %j is done in parts', (shape, reduced) => {
    expect(textOf(shape, reduced)).toContain('reduce0_merge0')
  })

  it('short rows and many rows are done at once', () => {
    for (const [shape, reduced] of [
      [[5000], [0]],
      [[100, 2000], [1]],
      [[20, 40], [0]],
      [[4, 100_000], [0]],
    ] as [Shape, number[]][])
      expect(textOf(shape, reduced)).not.toContain('merge')
  })

  it.each(lanes.flatMap((lane) => combiners[lane].map((combiner) => [lane, combiner] as const)))(
    '%s %s',
    (lane, combiner) => {
      for (const [shape, reduced] of cases) {
        // Sums of whole numbers are exact in any order. Products of many numbers leave the range of floats.
        checkReduction(shape, reduced, combiner, lane, (data) => {
          if (lane !== 'f32' && lane !== 'f64') return
          if (combiner === 'sum') data.forEach((x, i) => (data[i] = Math.round(8 * x)))
          if (combiner === 'prod')
            data.forEach((x, i) => (data[i] = i % 1000 === 7 ? 1 + x / 4 : Math.sign(x)))
        })
      }
    },
    30_000,
  )

  it.each(['max', 'min', 'argmax', 'argmin'] as const)('%s notices NaN, ties and infinities', (combiner) => {
    for (const lane of ['f32', 'f64'] as const) {
      for (const at of [0, 20_000, 33_000]) {
        checkReduction([33_001], [0], combiner, lane, (data) => data.fill(NaN, at, at + 1))
        checkReduction([33_001], [0], combiner, lane, (data) =>
          data.fill(NaN, at, at + 1).fill(NaN, 30_000, 30_001),
        )
        checkReduction([4000, 10], [0], combiner, lane, (data) => data.fill(NaN, at, at + 1))
      }
      checkReduction([33_001], [0], combiner, lane, (data) =>
        data.forEach((x, i) => (data[i] = Math.round(x))),
      )
      checkReduction([33_001], [0], combiner, lane, (data) => data.forEach((_, i) => (data[i] = i)))
      checkReduction([33_001], [0], combiner, lane, (data) => data.forEach((_, i) => (data[i] = -i)))
      for (const value of [-Infinity, Infinity, NaN, 0]) {
        checkReduction([33_001], [0], combiner, lane, (data) => data.fill(value))
        checkReduction([4000, 10], [0], combiner, lane, (data) => data.fill(value))
      }
      checkReduction([33_001], [0], combiner, lane, (data) => data.fill(-0).fill(0, 9000))
    }
  })

  it('sums accurately', () => {
    for (const [shape, reduced] of [
      [[1_000_001], [0]],
      [[100_003, 5], [0]],
    ] as [Shape, number[]][]) {
      const size = sizeOf(shape)
      const rows = sizeOf(shape.filter((_, i) => !reduced.includes(i)))
      const [sums] = runProgram(
        programOf(
          [
            { role: 'input', dtype: 'float32', size },
            { role: 'output', dtype: 'float32', size: rows },
          ],
          [reduceKernel(shape, reduced, 'sum', 'f32')],
        ),
        [new Float32Array(size).fill(0.1)],
      )
      const exact = new Float32Array(rows).fill((size / rows) * Math.fround(0.1))
      expectClose(sums as Float32Array, exact, { rtol: 5e-6 })
    }
  })
})

describe('stages in parts', () => {
  it.each([
    [[40_000], 0],
    [[2, 20_001], 1],
    [[300, 70], 0],
    [[161, 103], 0],
    [[3, 70, 90], 1],
    [[64, 1030], 0],
  ] as [Shape, number][])('softmax of %j along %d', (shape, axis) => {
    const size = sizeOf(shape)
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size },
          { role: 'output', dtype: 'float32', size: size / (shape[axis] ?? 1) },
          { role: 'output', dtype: 'float32', size },
        ],
        [softmaxKernel(shape, axis)],
      ),
      [randomArray('f32', size)],
      { rtol: 1e-5, atol: 1e-7 },
    )
  })

  it.each([
    [
      [220, 150],
      [0, 1],
    ],
    [[150, 220], [0]],
    [
      [2, 30_000],
      [0, 1],
    ],
  ] as [Shape, number[]][])('values that repeat along an axis: %j over %j', (shape, reduced) => {
    const b = new ExprBuilder()
    const [i, j] = axesOf<Expr>(shape) as [Position, Position]
    const [m = 1, n = 1] = shape
    const x = b.load(0, 'f32', identityPosition(shape))
    const value = b.alu('mul', b.alu('sub', x, b.load(1, 'f32', i)), b.load(2, 'f32', j))
    const centred = b.alu('sub', value, b.result(0, 'f32'))
    const kernel: ReduceKernel = {
      kind: 'reduce',
      shape,
      reduced,
      stages: [
        [
          { index: 0, combiner: 'max', value, lane: 'f32' },
          { index: 1, combiner: 'argmax', value, lane: 'i32' },
        ],
        [{ index: 2, combiner: 'sum', value: centred, lane: 'f32' }],
      ],
      rowStores: [
        { buffer: 3, position: rowPosition(shape, reduced), value: b.result(2, 'f32') },
        { buffer: 4, position: rowPosition(shape, reduced), value: b.result(1, 'i32') },
      ],
      elementStores: [{ buffer: 5, position: identityPosition(shape), value: centred }],
    }
    const rows = sizeOf(shape.filter((_, axis) => !reduced.includes(axis)))
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: m * n },
          { role: 'input', dtype: 'float32', size: m },
          { role: 'input', dtype: 'float32', size: n },
          { role: 'output', dtype: 'float32', size: rows },
          { role: 'output', dtype: 'int32', size: rows },
          { role: 'output', dtype: 'float32', size: m * n },
        ],
        [kernel],
      ),
      [randomArray('f32', m * n), randomArray('f32', m, 2), randomArray('f32', n, 3)],
      { rtol: 1e-5, atol: 1e-5 },
    )
  })
})
