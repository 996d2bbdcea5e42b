/** Reduce kernels: every combiner and lane, over axes in every place, with stages, row and element stores. */

import { describe, expect, it } from 'vitest'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { ReduceKernel } from '../../../src/lowering/kernel.js'
import { axesOf, identityPosition, scalePosition } from '../../../src/lowering/position.js'
import {
  checkProgram,
  expectClose,
  programOf,
  randomArray,
  runProgram,
} from '../../support/kernelPrograms.js'
import {
  checkReduction as check,
  combiners,
  lanes,
  reduceKernel,
  rowPosition,
  softmaxKernel,
} from '../../support/reduceKernels.js'

const cases: [Shape, number[]][] = [
  [[1], [0]],
  [[3], [0]],
  [[4], [0]],
  [[50], [0]],
  [[1000], [0]],
  [[5, 1], [1]],
  [[5, 7], [1]],
  [[5, 7], [0]],
  [[33, 40], [0]],
  [[33, 40], [1]],
  [[33, 2], [0]],
  [[33, 2], [1]],
  [
    [3, 5, 7],
    [0, 2],
  ],
  [[3, 5, 7], [1]],
  [
    [3, 5, 7],
    [0, 1],
  ],
  [
    [3, 5, 7],
    [1, 2],
  ],
  [
    [2, 3, 4, 20],
    [0, 2],
  ],
  [
    [2, 3, 4, 20],
    [1, 3],
  ],
  [
    [4, 6],
    [0, 1],
  ],
  [[0, 3], [0]],
  [[3, 0], [1]],
  [[0, 3], [1]],
]
describe('reductions', () => {
  it.each(lanes.flatMap((lane) => combiners[lane].map((combiner) => [lane, combiner] as const)))(
    '%s %s',
    (lane, combiner) => {
      for (const [shape, reduced] of cases) {
        if (combiner.startsWith('arg') && reduced.some((axis) => shape[axis] === 0)) continue
        check(shape, reduced, combiner, lane)
      }
    },
  )

  it.each(['max', 'min', 'argmax', 'argmin'] as const)('%s notices NaN and ties', (combiner) => {
    for (const lane of ['f32', 'f64'] as const) {
      for (const at of [0, 3, 17, 39]) {
        check([3, 40], [1], combiner, lane, (data) => data.fill(NaN, 40 + at, 40 + at + 1))
        check([40, 3], [0], combiner, lane, (data) => data.fill(NaN, 3 * at, 3 * at + 1))
      }
      check([3, 40], [1], combiner, lane, (data) => data.forEach((x, i) => (data[i] = Math.round(x))))
      check([3, 40], [1], combiner, lane, (data) => data.fill(-Infinity, 0, 40).fill(Infinity, 40, 80))
    }
  })

  // In blocks of 128 steps the error of n equal terms is at most about (128 + n / 128) / 2 roundings, 1e-5 here;
  // one running sum would be off by 1e-3.
  it('sums many numbers accurately', () => {
    for (const [shape, reduced] of [
      [[200_001], [0]],
      [[70_000, 3], [0]],
      [[3, 70_000], [1]],
      [
        [50, 3, 2001],
        [0, 2],
      ],
    ] as [Shape, number[]][]) {
      const size = sizeOf(shape)
      const data = new Float32Array(size).fill(0.1)
      const rows = sizeOf(shape.filter((_, i) => !reduced.includes(i)))
      const [sums] = runProgram(
        programOf(
          [
            { role: 'input', dtype: 'float32', size },
            { role: 'output', dtype: 'float32', size: rows },
          ],
          [reduceKernel(shape, reduced, 'sum', 'f32')],
        ),
        [data],
      )
      expect(sums).toBeDefined()
      expectClose(sums as Float32Array, new Float32Array(rows).fill((size / rows) * Math.fround(0.1)), {
        rtol: 1e-5,
      })
    }
  })
})

describe('rows in stages', () => {
  it.each([
    [[4, 10], 1],
    [[4, 10], 0],
    [[3, 5, 9], 1],
    [[128, 10], 1],
    [[1, 3], 1],
    [[7, 64], 1],
    [[64, 7], 0],
    [[6, 1], 1],
  ] as [Shape, number][])('softmax of %j along %d', (shape, axis) => {
    const size = sizeOf(shape)
    const rows = size / (shape[axis] ?? 1)
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size },
          { role: 'output', dtype: 'float32', size: rows },
          { role: 'output', dtype: 'float32', size },
        ],
        [softmaxKernel(shape, axis)],
      ),
      [randomArray('f32', size)],
      { rtol: 5e-6, atol: 1e-6 },
    )
  })

  it.each([0, 1])('stores elements that need no result, some over the operand: axis %d', (axis) => {
    const b = new ExprBuilder()
    const shape = [21, 18]
    const at = identityPosition<Expr>(shape)
    const x = b.load(0, 'f32', at)
    const y = b.alu('mul', x, x)
    const kernel: ReduceKernel = {
      kind: 'reduce',
      shape,
      reduced: [axis],
      stages: [[{ index: 0, combiner: 'sum', value: y, lane: 'f32' }]],
      rowStores: [{ buffer: 1, position: rowPosition(shape, [axis]), value: b.result(0, 'f32') }],
      elementStores: [
        { buffer: 2, position: at, value: y },
        { buffer: 3, position: at, value: b.alu('sub', x, b.result(0, 'f32')) },
      ],
    }
    const size = 21 * 18
    const rows = size / (shape[axis] ?? 1)
    const program = programOf(
      [
        { role: 'temporary', dtype: 'float32', size },
        { role: 'output', dtype: 'float32', size: rows },
        { role: 'temporary', dtype: 'float32', size },
        { role: 'output', dtype: 'float32', size },
        { role: 'input', dtype: 'float32', size },
        { role: 'output', dtype: 'float32', size },
      ],
      [
        { kind: 'loop', shape, stores: [{ buffer: 0, position: at, value: b.load(4, 'f32', at) }] },
        kernel,
        { kind: 'loop', shape, stores: [{ buffer: 5, position: at, value: b.load(2, 'f32', at) }] },
      ],
    )
    // Output 2 may lie where operand 0 is only if nothing reads the operand after it: here output 3 does.
    for (const inPlace of [false, true]) {
      const places = program.plan.places.map((place, id) =>
        id === 2 && inPlace ? (program.plan.places[0] ?? place) : place,
      )
      const changed = { ...program, plan: { ...program.plan, places } }
      checkProgram(changed, [randomArray('f32', size)], { rtol: 1e-5, atol: 1e-5 })
    }
  })

  it('several reductions of one stage share the pass', () => {
    const b = new ExprBuilder()
    const shape = [6, 37]
    const x = b.load(0, 'f32', identityPosition(shape))
    const y = b.load(0, 'f32', scalePosition(axesOf<Expr>(shape)[0] as Position, 37))
    const kernel: ReduceKernel = {
      kind: 'reduce',
      shape,
      reduced: [1],
      stages: [
        [
          { index: 0, combiner: 'sum', value: x, lane: 'f32' },
          { index: 1, combiner: 'sum', value: b.alu('mul', x, x), lane: 'f32' },
          { index: 2, combiner: 'argmax', value: x, lane: 'i32' },
          { index: 3, combiner: 'sum', value: y, lane: 'f32' },
        ],
      ],
      rowStores: [0, 1, 2, 3].map((i) => ({
        buffer: i + 1,
        position: rowPosition(shape, [1]),
        value: b.result(i, i === 2 ? 'i32' : 'f32'),
      })),
      elementStores: [],
    }
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: 222 },
          ...[0, 1, 2, 3].map(
            (i) => ({ role: 'output', dtype: i === 2 ? 'int32' : 'float32', size: 6 }) as const,
          ),
        ],
        [kernel],
      ),
      [randomArray('f32', 222)],
      { rtol: 1e-5, atol: 1e-5 },
    )
  })
})
