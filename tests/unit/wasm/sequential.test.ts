/** Scatter, cumulative and sort kernels. */

import { describe, it } from 'vitest'
import { ExprBuilder, type Expr, type Lane } from '../../../src/lowering/expr.js'
import type {
  CumulativeKernel,
  LoopKernel,
  ScatterCombiner,
  ScatterKernel,
  SortKernel,
} from '../../../src/lowering/kernel.js'
import {
  addPositions,
  axesOf,
  identityPosition,
  scalePosition,
  valuePosition,
  type PositionOf,
} from '../../../src/lowering/position.js'
import { checkProgram, programOf, randomArray } from '../../support/kernelPrograms.js'

const dtypeOf = { f32: 'float32', f64: 'float64', i32: 'int32', u32: 'uint32', bool: 'bool' } as const

describe('scatter kernels', () => {
  it.each(
    (['set', 'add', 'mul', 'min', 'max'] as ScatterCombiner[]).flatMap((combiner) =>
      (['f32', 'f64', 'i32', 'u32'] as Lane[]).map((lane) => [combiner, lane] as const),
    ),
  )('%s %s', (combiner, lane) => {
    const b = new ExprBuilder()
    const [rows, width, updates] = [5, 3, 14]
    const dtype = dtypeOf[lane]
    const copy: LoopKernel = {
      kind: 'loop',
      shape: [rows * width],
      stores: [
        {
          buffer: 3,
          position: identityPosition([rows * width]),
          value: b.load(0, lane, identityPosition([rows * width])),
        },
      ],
    }
    const [i, j] = axesOf<Expr>([updates, width]) as [PositionOf<Expr>, PositionOf<Expr>]
    const index = b.load(1, 'i32', i)
    const guard = b.alu(
      'and',
      b.alu('ge', index, b.constant(0, 'i32')),
      b.alu('lt', index, b.constant(rows, 'i32')),
    )
    const row = valuePosition(
      b.alu('min', b.alu('max', index, b.constant(0, 'i32')), b.constant(rows - 1, 'i32')),
      0,
      rows - 1,
    )
    const kernel: ScatterKernel = {
      kind: 'scatter',
      shape: [updates, width],
      target: 3,
      position: addPositions(scalePosition(row, width), j),
      guard,
      value: b.load(2, lane, identityPosition([updates, width])),
      combiner,
    }
    const indices = Int32Array.from({ length: updates }, (_, u) => ((u * 7) % 8) - 1)
    const program = programOf(
      [
        { role: 'input', dtype, size: rows * width },
        { role: 'input', dtype: 'int32', size: updates },
        { role: 'input', dtype, size: updates * width },
        { role: 'output', dtype, size: rows * width },
      ],
      [copy, kernel],
    )
    checkProgram(program, [randomArray(lane, rows * width), indices, randomArray(lane, updates * width, 5)])
  })
})

describe('cumulative kernels', () => {
  it.each(
    (['sum', 'prod', 'max', 'min'] as const).flatMap((combiner) =>
      (['f32', 'f64', 'i32', 'u32'] as Lane[]).map((lane) => [combiner, lane] as const),
    ),
  )('%s %s', (combiner, lane) => {
    for (const reverse of [false, true]) {
      for (const [outer, length, inner] of [
        [1, 9, 1],
        [3, 4, 5],
        [2, 1, 3],
        [0, 3, 2],
        [2, 0, 2],
      ] as const) {
        const size = outer * length * inner
        const kernel: CumulativeKernel = {
          kind: 'cumulative',
          combiner,
          lane,
          outer,
          length,
          inner,
          reverse,
          input: 0,
          output: 1,
        }
        checkProgram(
          programOf(
            [
              { role: 'input', dtype: dtypeOf[lane], size },
              { role: 'output', dtype: dtypeOf[lane], size },
            ],
            [kernel],
          ),
          [randomArray(lane, size)],
        )
      }
    }
  })
})

describe('sort kernels', () => {
  it.each([
    [1, 20, 1],
    [3, 7, 2],
    [2, 1, 2],
    [1, 0, 4],
    [2, 300, 3],
  ])('[%d, %d, %d] by two keys', (outer, length, inner) => {
    const size = outer * length * inner
    for (const [first, second] of [
      ['i32', 'f32'],
      ['f64', 'u32'],
      ['bool', 'f64'],
      ['f32', 'i32'],
    ] as [Lane, Lane][]) {
      const lanes: Lane[] = [first, second, 'u32']
      const kernel: SortKernel = {
        kind: 'sort',
        outer,
        length,
        inner,
        keys: 2,
        lanes,
        inputs: [0, 1, 2],
        outputs: [3, 4, 5],
      }
      const keys = lanes.map((lane, i) => randomArray(lane, size, i + 1).map((x) => Math.round(x * 1.5)))
      // Ties, signs of zero and what is not finite.
      for (const data of keys)
        if (size > 20 && (data instanceof Float32Array || data instanceof Float64Array))
          data.set([NaN, -0, 0, Infinity, NaN, -Infinity, 0, -0, -1e-42, 1e30, -1e30], 3)
      keys[2] = Uint32Array.from({ length: size }, (_, i) => i)
      const declare = (role: 'input' | 'output') =>
        lanes.map((lane) => ({ role, dtype: dtypeOf[lane], size }) as const)
      checkProgram(programOf([...declare('input'), ...declare('output')], [kernel]), keys)
    }
  })
})
