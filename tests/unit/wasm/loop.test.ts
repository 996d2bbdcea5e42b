/** Loop kernels: the generated module against the interpreter, over shapes, views, lanes and operations. */

import { describe, expect, it } from 'vitest'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type Expr, type Position } from '../../../src/lowering/expr.js'
import type { LoopKernel } from '../../../src/lowering/kernel.js'
import {
  addPositions,
  axesOf,
  axisPosition,
  identityPosition,
  offsetPosition,
  quotient,
  ravel,
  remainder,
  scalePosition,
  unravel,
  valuePosition,
} from '../../../src/lowering/position.js'
import { checkProgram, programOf, randomArray, runProgram } from '../../support/kernelPrograms.js'

const shapes: Shape[] = [
  [],
  [0],
  [1],
  [3],
  [4],
  [5],
  [17],
  [64],
  [1, 7],
  [3, 5],
  [4, 8],
  [2, 3, 5],
  [5, 1, 6],
  [2, 0, 3],
  [70000],
]

/** outputs[0] = value over `shape`, identity positions. */
function mapKernel(shape: Shape, buffer: number, value: Expr): LoopKernel {
  return { kind: 'loop', shape, stores: [{ buffer, position: identityPosition(shape), value }] }
}

describe('loop kernels', () => {
  it.each(shapes)('compute x · y + 1 over %j', (...shape) => {
    const b = new ExprBuilder()
    const at = identityPosition<Expr>(shape)
    const value = b.alu('add', b.alu('mul', b.load(0, 'f32', at), b.load(1, 'f32', at)), b.constant(1, 'f32'))
    const size = sizeOf(shape)
    const program = programOf(
      [
        { role: 'input', dtype: 'float32', size },
        { role: 'input', dtype: 'float32', size },
        { role: 'output', dtype: 'float32', size },
      ],
      [mapKernel(shape, 2, value)],
    )
    checkProgram(program, [randomArray('f32', size, 1), randomArray('f32', size, 2)])
  })

  it.each([
    [2, 3],
    [5, 7],
    [8, 4],
    [17, 33],
    [150, 70],
    [259, 131],
  ])('transpose [%d, %d]', (m, n) => {
    const b = new ExprBuilder()
    const [i, j] = axesOf<Expr>([n, m]) as [Position, Position]
    const value = b.load(0, 'f32', ravel([j, i], [m, n]))
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: m * n },
          { role: 'output', dtype: 'float32', size: m * n },
        ],
        [mapKernel([n, m], 1, value)],
      ),
      [randomArray('f32', m * n)],
    )
  })

  it.each([1, 2, 3, 4, 6, 9])('add a bias to rows of %d', (n) => {
    const b = new ExprBuilder()
    const shape = [7, n]
    const value = b.alu(
      'max',
      b.alu('add', b.load(0, 'f32', identityPosition(shape)), b.load(1, 'f32', axisPosition(1, n))),
      b.constant(0, 'f32'),
    )
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: 7 * n },
          { role: 'input', dtype: 'float32', size: n },
          { role: 'output', dtype: 'float32', size: 7 * n },
        ],
        [mapKernel(shape, 2, value)],
      ),
      [randomArray('f32', 7 * n), randomArray('f32', n, 3)],
    )
  })

  it('stores several outputs, reversed and strided', () => {
    const b = new ExprBuilder()
    const n = 23
    const i = axisPosition<Expr>(0, n)
    const x = b.load(0, 'f32', i)
    const stores = [
      { buffer: 1, position: offsetPosition(scalePosition(i, -1), n - 1), value: b.alu('neg', x) },
      { buffer: 2, position: scalePosition(i, 2), value: b.alu('mul', x, x) },
    ]
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: n },
          { role: 'output', dtype: 'float32', size: n },
          { role: 'output', dtype: 'float32', size: 2 * n },
        ],
        [
          {
            kind: 'loop',
            shape: [n],
            stores: [...stores, { buffer: 2, position: offsetPosition(scalePosition(i, 2), 1), value: x }],
          },
        ],
      ),
      [randomArray('f32', n)],
    )
  })

  it.each([-1, -3, 2, 5])('load with a step of %d', (step) => {
    const b = new ExprBuilder()
    const n = 19
    const reach = Math.abs(step) * (n - 1)
    const p = offsetPosition(scalePosition(axisPosition<Expr>(0, n), step), step < 0 ? reach : 0)
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: reach + 1 },
          { role: 'output', dtype: 'float32', size: n },
        ],
        [mapKernel([n], 1, b.load(0, 'f32', p))],
      ),
      [randomArray('f32', reach + 1)],
    )
  })

  it.each([
    [3, 2],
    [2, 50000],
    [10, 1],
  ])('pad with checked loads: %d before, %d after', (low, high) => {
    const b = new ExprBuilder()
    const n = 13
    const size = low + n + high
    const p = offsetPosition(axisPosition<Expr>(0, size), -low)
    const inside = b.alu(
      'and',
      b.alu('ge', b.position(p), b.constant(0, 'i32')),
      b.alu('lt', b.position(p), b.constant(n, 'i32')),
    )
    const value = b.alu('select', inside, b.load(0, 'f32', p, true), b.constant(9, 'f32'))
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size: n },
          { role: 'output', dtype: 'float32', size },
        ],
        [mapKernel([size], 1, value)],
      ),
      [randomArray('f32', n)],
    )
  })

  it.each([
    [
      [4, 6],
      [8, 3],
    ],
    [
      [3, 5],
      [5, 3],
    ],
    [
      [2, 3, 4],
      [6, 4],
    ],
    [
      [16, 4],
      [4, 16],
    ],
  ] as [Shape, Shape][])('reshape a transposed %j to %j', (from, to) => {
    // out[flat] = in transposed, read through quotients and remainders of the flat position.
    const b = new ExprBuilder()
    const coordinates = unravel(identityPosition<Expr>(to), [...from].reverse())
    const value = b.load(0, 'f32', ravel([...coordinates].reverse(), from))
    const size = sizeOf(from)
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size },
          { role: 'output', dtype: 'float32', size },
        ],
        [mapKernel(to, 1, value)],
      ),
      [randomArray('f32', size)],
    )
  })

  it('divides negative positions downwards', () => {
    const b = new ExprBuilder()
    const p = offsetPosition(axisPosition<Expr>(0, 21), -10)
    const value = b.alu(
      'add',
      b.alu('mul', b.position(quotient(p, 4)), b.constant(100, 'i32')),
      b.position(remainder(p, 4)),
    )
    checkProgram(programOf([{ role: 'output', dtype: 'int32', size: 21 }], [mapKernel([21], 0, value)]), [])
  })

  it.each([6, 33])('gather rows by index: %d', (n) => {
    const b = new ExprBuilder()
    const [i, j] = axesOf<Expr>([n, 3]) as [Position, Position]
    const index = b.alu('min', b.alu('max', b.load(1, 'i32', i), b.constant(0, 'i32')), b.constant(4, 'i32'))
    const row = valuePosition(index, 0, 4)
    const rows = b.load(0, 'f32', addPositions(scalePosition(row, 3), j))
    const flat = b.load(0, 'f32', scalePosition(valuePosition(index, 0, 4), 2))
    const program = programOf(
      [
        { role: 'input', dtype: 'float32', size: 15 },
        { role: 'input', dtype: 'int32', size: n },
        { role: 'output', dtype: 'float32', size: 3 * n },
        { role: 'output', dtype: 'float32', size: n },
      ],
      [mapKernel([n, 3], 2, rows), mapKernel([n], 3, flat)],
    )
    checkProgram(program, [randomArray('f32', 15), randomArray('i32', n)])
  })

  it('chains kernels through the arena', () => {
    const b = new ExprBuilder()
    const at = axisPosition<Expr>(0, 10)
    const program = programOf(
      [
        { role: 'input', dtype: 'float32', size: 10 },
        { role: 'temporary', dtype: 'float32', size: 10 },
        { role: 'output', dtype: 'float32', size: 10 },
      ],
      [
        mapKernel([10], 1, b.alu('mul', b.load(0, 'f32', at), b.constant(3, 'f32'))),
        mapKernel([10], 2, b.alu('sub', b.load(1, 'f32', at), b.load(0, 'f32', at))),
      ],
    )
    checkProgram(program, [randomArray('f32', 10)])
  })

  it('writes nothing beyond the part of a buffer that it owns', () => {
    const b = new ExprBuilder()
    const n = 5
    const at = axisPosition<Expr>(0, n)
    // Two kernels fill the halves of one buffer, the second half first.
    const half = (start: number, value: number): LoopKernel => ({
      kind: 'loop',
      shape: [n],
      stores: [{ buffer: 0, position: offsetPosition(at, start), value: b.constant(value, 'f32') }],
    })
    const [out] = runProgram(
      programOf([{ role: 'output', dtype: 'float32', size: 2 * n }], [half(n, 2), half(0, 1)]),
      [],
    )
    expect([...(out ?? [])]).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
  })
})
