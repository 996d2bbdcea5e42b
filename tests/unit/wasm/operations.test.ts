/** Every operation, cast and shift of every lane on all pairs of special values, in vectors and as scalars. */

import { describe, it } from 'vitest'
import type { Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type AluName, type Expr, type Lane } from '../../../src/lowering/expr.js'
import type { LoopKernel } from '../../../src/lowering/kernel.js'
import { axisPosition, constantPosition, identityPosition } from '../../../src/lowering/position.js'
import { checkProgram, generator, programOf, randomArray } from '../../support/kernelPrograms.js'

/** outputs[0] = value over `shape`, identity positions. */
function mapKernel(shape: Shape, buffer: number, value: Expr): LoopKernel {
  return { kind: 'loop', shape, stores: [{ buffer, position: identityPosition(shape), value }] }
}

const special: Readonly<Record<Lane, readonly number[]>> = {
  f32: [0, -0, 1, -1, 0.5, 2.5, -2.5, 3.5, 1e30, -1e30, Infinity, -Infinity, NaN, 1e-40, 7.25, 2 ** 31, 4e9],
  f64: [
    0,
    -0,
    1,
    -1,
    0.5,
    2.5,
    -2.5,
    3.5,
    1e300,
    -1e30,
    Infinity,
    -Infinity,
    NaN,
    1e-300,
    7.25,
    2 ** 31,
    4e9,
  ],
  i32: [0, 1, -1, 2, -7, 13, 2 ** 31 - 1, -(2 ** 31), 100, 31],
  u32: [0, 1, 2, 7, 13, 2 ** 32 - 1, 2 ** 31, 100, 31],
  bool: [0, 1],
}
const dtypeOf = { f32: 'float32', f64: 'float64', i32: 'int32', u32: 'uint32', bool: 'bool' } as const
const comparisons: AluName[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']
const numeric: AluName[] = ['add', 'sub', 'mul', 'div', 'rem', 'min', 'max', ...comparisons]
const binaryOf: Readonly<Record<Lane, readonly AluName[]>> = {
  f32: numeric,
  f64: numeric,
  i32: [...numeric, 'and', 'or', 'xor'],
  u32: [...numeric, 'and', 'or', 'xor'],
  bool: ['and', 'or', 'xor', ...comparisons],
}
const unaryOf: Readonly<Record<Lane, readonly AluName[]>> = {
  f32: ['neg', 'abs', 'sqrt', 'floor', 'ceil', 'trunc', 'nearest', 'roundFloat16', 'roundBfloat16'],
  f64: ['neg', 'abs', 'sqrt', 'floor', 'ceil', 'trunc', 'nearest', 'exp', 'tanh', 'erf', 'lgamma'],
  i32: ['neg', 'abs', 'clz', 'popcnt', 'not'],
  u32: ['neg', 'abs', 'clz', 'popcnt', 'not'],
  bool: ['not'],
}
const lanes = Object.keys(special) as Lane[]

describe('operations on every pair of special values', () => {
  /** All pairs, as vectors and one at a time (an empty shape computes with scalars). */
  const pairs = (lane: Lane): [number, number][] =>
    special[lane].flatMap((x) => special[lane].map((y): [number, number] => [x, y]))

  it.each(lanes.flatMap((lane) => binaryOf[lane].map((name) => [lane, name] as const)))(
    '%s %s',
    (lane, name) => {
      const b = new ExprBuilder()
      const all = pairs(lane)
      const at = axisPosition<Expr>(0, all.length)
      const value = b.alu(name, b.load(0, lane, at), b.load(1, lane, at))
      const dtype = dtypeOf[lane]
      const size = all.length
      const xs = randomArray(lane, size)
      const ys = randomArray(lane, size)
      all.forEach(([x, y], i) => {
        xs[i] = x
        ys[i] = y
      })
      checkProgram(
        programOf(
          [
            { role: 'input', dtype, size },
            { role: 'input', dtype, size },
            { role: 'output', dtype: dtypeOf[value.lane], size },
          ],
          [mapKernel([size], 2, value)],
        ),
        [xs, ys],
      )
      // One element by itself: scalar code.
      const here = constantPosition<Expr>(3)
      const scalar = b.alu(name, b.load(0, lane, here), b.load(1, lane, here))
      checkProgram(
        programOf(
          [
            { role: 'input', dtype, size },
            { role: 'input', dtype, size },
            { role: 'output', dtype: dtypeOf[value.lane], size: 1 },
          ],
          [mapKernel([], 2, scalar)],
        ),
        [xs, ys],
      )
    },
  )

  it.each(lanes.flatMap((lane) => unaryOf[lane].map((name) => [lane, name] as const)))(
    '%s %s',
    (lane, name) => {
      const b = new ExprBuilder()
      const size = special[lane].length
      const dtype = dtypeOf[lane]
      const data = randomArray(lane, size)
      data.set(special[lane])
      const value = b.alu(name, b.load(0, lane, axisPosition(0, size)))
      const scalars = special[lane].map((_, i) =>
        mapKernel([], i + 2, b.alu(name, b.load(0, lane, constantPosition(i)))),
      )
      checkProgram(
        programOf(
          [
            { role: 'input', dtype, size },
            { role: 'output', dtype, size },
            ...scalars.map(() => ({ role: 'output', dtype, size: 1 }) as const),
          ],
          [mapKernel([size], 1, value), ...scalars],
        ),
        [data],
        { rtol: 1e-6 },
      )
    },
  )

  it.each(lanes.flatMap((from) => lanes.map((to) => [from, to] as const)))('cast %s to %s', (from, to) => {
    const b = new ExprBuilder()
    const size = special[from].length
    const data = randomArray(from, size)
    data.set(special[from])
    const value = b.cast(b.load(0, from, axisPosition(0, size)), to)
    const scalars = special[from].map((_, i) =>
      mapKernel([], i + 2, b.cast(b.load(0, from, constantPosition(i)), to)),
    )
    const dtype = dtypeOf[to]
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: dtypeOf[from], size },
          { role: 'output', dtype, size },
          ...scalars.map(() => ({ role: 'output', dtype, size: 1 }) as const),
        ],
        [mapKernel([size], 1, value), ...scalars],
      ),
      [data],
    )
  })

  it.each(['i32', 'u32'] as const)('shifts of %s, by one count and by many', (lane) => {
    const b = new ExprBuilder()
    const size = 9
    const at = axisPosition<Expr>(0, size)
    const x = b.load(0, lane, at)
    const counts = b.cast(b.position(at), lane)
    const values = (['shl', 'shrU', 'shrS'] as const).flatMap((name) => [
      b.alu(name, x, b.constant(5, lane)),
      b.alu(name, x, counts),
    ])
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: dtypeOf[lane], size },
          ...values.map(() => ({ role: 'output', dtype: dtypeOf[lane], size }) as const),
        ],
        values.map((v, i) => mapKernel([size], i + 1, v)),
      ),
      [randomArray(lane, size)],
    )
  })

  it('remainders of many sizes are exact', () => {
    const b = new ExprBuilder()
    const size = 4000
    const at = axisPosition<Expr>(0, size)
    const value = b.alu('rem', b.load(0, 'f32', at), b.load(1, 'f32', at))
    const next = generator(7)
    const numbers = (): Float32Array =>
      Float32Array.from({ length: size }, () => (next() - 0.5) * 2 ** Math.floor(next() * 80 - 40))
    const declared = (['input', 'input', 'output'] as const).map(
      (role) => ({ role, dtype: 'float32', size }) as const,
    )
    checkProgram(programOf(declared, [mapKernel([size], 2, value)]), [numbers(), numbers()], {
      rtol: 0,
      atol: 0,
    })
  })

  it('select, bitcast and bool results', () => {
    const b = new ExprBuilder()
    const size = 11
    const at = axisPosition<Expr>(0, size)
    const [x, y] = [b.load(0, 'f32', at), b.load(1, 'bool', at)]
    const values = [
      b.alu('select', y, x, b.constant(-1, 'f32')),
      b.bitcast(b.alu('and', b.bitcast(x, 'i32'), b.constant(0x7fffffff, 'i32')), 'f32'),
    ]
    const flag = b.alu('and', b.alu('not', y), b.alu('gt', x, b.constant(0, 'f32')))
    checkProgram(
      programOf(
        [
          { role: 'input', dtype: 'float32', size },
          { role: 'input', dtype: 'bool', size },
          { role: 'output', dtype: 'float32', size },
          { role: 'output', dtype: 'float32', size },
          { role: 'output', dtype: 'bool', size },
        ],
        [
          mapKernel([size], 2, values[0] as Expr),
          mapKernel([size], 3, values[1] as Expr),
          mapKernel([size], 4, flag),
        ],
      ),
      [randomArray('f32', size), randomArray('bool', size, 4)],
    )
  })
})
