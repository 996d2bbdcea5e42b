/** Loop kernels: the generated module against the interpreter, over shapes, views, lanes and operations. */

import { describe, expect, it } from 'vitest'
import { sizeOf, type Shape } from '../../../src/core/shape.js'
import { ExprBuilder, type AluName, type Expr, type Lane, type Position } from '../../../src/lowering/expr.js'
import type { LoopKernel } from '../../../src/lowering/kernel.js'
import { addPositions, axesOf, axisPosition, constantPosition, identityPosition, offsetPosition, quotient, ravel, remainder, scalePosition, unravel, valuePosition } from '../../../src/lowering/position.js'
import { checkProgram, programOf, randomArray, runProgram } from '../../support/kernelPrograms.js'

const shapes: Shape[] = [[], [0], [1], [3], [4], [5], [17], [64], [1, 7], [3, 5], [4, 8], [2, 3, 5], [5, 1, 6], [2, 0, 3], [70000]]

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
    const program = programOf([{ role: 'input', dtype: 'float32', size }, { role: 'input', dtype: 'float32', size }, { role: 'output', dtype: 'float32', size }], [mapKernel(shape, 2, value)])
    checkProgram(program, [randomArray('f32', size, 1), randomArray('f32', size, 2)])
  })

  it.each([[2, 3], [5, 7], [8, 4], [17, 33]])('transpose [%d, %d]', (m, n) => {
    const b = new ExprBuilder()
    const [i, j] = axesOf<Expr>([n, m]) as [Position, Position]
    const value = b.load(0, 'f32', ravel([j, i], [m, n]))
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size: m * n }, { role: 'output', dtype: 'float32', size: m * n }], [mapKernel([n, m], 1, value)]), [randomArray('f32', m * n)])
  })

  it.each([1, 2, 3, 4, 6, 9])('add a bias to rows of %d', (n) => {
    const b = new ExprBuilder()
    const shape = [7, n]
    const value = b.alu('max', b.alu('add', b.load(0, 'f32', identityPosition(shape)), b.load(1, 'f32', axisPosition(1, n))), b.constant(0, 'f32'))
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size: 7 * n }, { role: 'input', dtype: 'float32', size: n }, { role: 'output', dtype: 'float32', size: 7 * n }], [mapKernel(shape, 2, value)]), [randomArray('f32', 7 * n), randomArray('f32', n, 3)])
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
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size: n }, { role: 'output', dtype: 'float32', size: n }, { role: 'output', dtype: 'float32', size: 2 * n }], [{ kind: 'loop', shape: [n], stores: [...stores, { buffer: 2, position: offsetPosition(scalePosition(i, 2), 1), value: x }] }]), [randomArray('f32', n)])
  })

  it.each([-1, -3, 2, 5])('load with a step of %d', (step) => {
    const b = new ExprBuilder()
    const n = 19
    const reach = Math.abs(step) * (n - 1)
    const p = offsetPosition(scalePosition(axisPosition<Expr>(0, n), step), step < 0 ? reach : 0)
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size: reach + 1 }, { role: 'output', dtype: 'float32', size: n }], [mapKernel([n], 1, b.load(0, 'f32', p))]), [randomArray('f32', reach + 1)])
  })

  it.each([[3, 2], [2, 50000], [10, 1]])('pad with checked loads: %d before, %d after', (low, high) => {
    const b = new ExprBuilder()
    const n = 13
    const size = low + n + high
    const p = offsetPosition(axisPosition<Expr>(0, size), -low)
    const inside = b.alu('and', b.alu('ge', b.position(p), b.constant(0, 'i32')), b.alu('lt', b.position(p), b.constant(n, 'i32')))
    const value = b.alu('select', inside, b.load(0, 'f32', p, true), b.constant(9, 'f32'))
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size: n }, { role: 'output', dtype: 'float32', size }], [mapKernel([size], 1, value)]), [randomArray('f32', n)])
  })

  it.each([[[4, 6], [8, 3]], [[3, 5], [5, 3]], [[2, 3, 4], [6, 4]], [[16, 4], [4, 16]]] as [Shape, Shape][])('reshape a transposed %j to %j', (from, to) => {
    // out[flat] = in transposed, read through quotients and remainders of the flat position.
    const b = new ExprBuilder()
    const coordinates = unravel(identityPosition<Expr>(to), [...from].reverse())
    const value = b.load(0, 'f32', ravel([...coordinates].reverse(), from))
    const size = sizeOf(from)
    checkProgram(programOf([{ role: 'input', dtype: 'float32', size }, { role: 'output', dtype: 'float32', size }], [mapKernel(to, 1, value)]), [randomArray('f32', size)])
  })

  it('divides negative positions downwards', () => {
    const b = new ExprBuilder()
    const p = offsetPosition(axisPosition<Expr>(0, 21), -10)
    const value = b.alu('add', b.alu('mul', b.position(quotient(p, 4)), b.constant(100, 'i32')), b.position(remainder(p, 4)))
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
      [{ role: 'input', dtype: 'float32', size: 15 }, { role: 'input', dtype: 'int32', size: n }, { role: 'output', dtype: 'float32', size: 3 * n }, { role: 'output', dtype: 'float32', size: n }],
      [mapKernel([n, 3], 2, rows), mapKernel([n], 3, flat)],
    )
    checkProgram(program, [randomArray('f32', 15), randomArray('i32', n)])
  })

  it('chains kernels through the arena', () => {
    const b = new ExprBuilder()
    const at = axisPosition<Expr>(0, 10)
    const program = programOf(
      [{ role: 'input', dtype: 'float32', size: 10 }, { role: 'temporary', dtype: 'float32', size: 10 }, { role: 'output', dtype: 'float32', size: 10 }],
      [mapKernel([10], 1, b.alu('mul', b.load(0, 'f32', at), b.constant(3, 'f32'))), mapKernel([10], 2, b.alu('sub', b.load(1, 'f32', at), b.load(0, 'f32', at)))],
    )
    checkProgram(program, [randomArray('f32', 10)])
  })

  it('writes nothing beyond the part of a buffer that it owns', () => {
    const b = new ExprBuilder()
    const n = 5
    const at = axisPosition<Expr>(0, n)
    // Two kernels fill the halves of one buffer, the second half first.
    const half = (start: number, value: number): LoopKernel => ({ kind: 'loop', shape: [n], stores: [{ buffer: 0, position: offsetPosition(at, start), value: b.constant(value, 'f32') }] })
    const [out] = runProgram(programOf([{ role: 'output', dtype: 'float32', size: 2 * n }], [half(n, 2), half(0, 1)]), [])
    expect([...(out ?? [])]).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
  })
})

const special: Readonly<Record<Lane, readonly number[]>> = {
  f32: [0, -0, 1, -1, 0.5, 2.5, -2.5, 3.5, 1e30, -1e30, Infinity, -Infinity, NaN, 1e-40, 7.25, 2 ** 31, 4e9],
  f64: [0, -0, 1, -1, 0.5, 2.5, -2.5, 3.5, 1e300, -1e30, Infinity, -Infinity, NaN, 1e-300, 7.25, 2 ** 31, 4e9],
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
  const pairs = (lane: Lane): [number, number][] => special[lane].flatMap((x) => special[lane].map((y): [number, number] => [x, y]))

  it.each(lanes.flatMap((lane) => binaryOf[lane].map((name) => [lane, name] as const)))('%s %s', (lane, name) => {
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
    checkProgram(programOf([{ role: 'input', dtype, size }, { role: 'input', dtype, size }, { role: 'output', dtype: dtypeOf[value.lane], size }], [mapKernel([size], 2, value)]), [xs, ys])
    // One element by itself: scalar code.
    const here = constantPosition<Expr>(3)
    const scalar = b.alu(name, b.load(0, lane, here), b.load(1, lane, here))
    checkProgram(programOf([{ role: 'input', dtype, size }, { role: 'input', dtype, size }, { role: 'output', dtype: dtypeOf[value.lane], size: 1 }], [mapKernel([], 2, scalar)]), [xs, ys])
  })

  it.each(lanes.flatMap((lane) => unaryOf[lane].map((name) => [lane, name] as const)))('%s %s', (lane, name) => {
    const b = new ExprBuilder()
    const size = special[lane].length
    const dtype = dtypeOf[lane]
    const data = randomArray(lane, size)
    data.set(special[lane])
    const value = b.alu(name, b.load(0, lane, axisPosition(0, size)))
    const scalars = special[lane].map((_, i) => mapKernel([], i + 2, b.alu(name, b.load(0, lane, constantPosition(i)))))
    checkProgram(programOf([{ role: 'input', dtype, size }, { role: 'output', dtype, size }, ...scalars.map(() => ({ role: 'output', dtype, size: 1 }) as const)], [mapKernel([size], 1, value), ...scalars]), [data], { rtol: 1e-6 })
  })

  it.each(lanes.flatMap((from) => lanes.map((to) => [from, to] as const)))('cast %s to %s', (from, to) => {
    const b = new ExprBuilder()
    const size = special[from].length
    const data = randomArray(from, size)
    data.set(special[from])
    const value = b.cast(b.load(0, from, axisPosition(0, size)), to)
    const scalars = special[from].map((_, i) => mapKernel([], i + 2, b.cast(b.load(0, from, constantPosition(i)), to)))
    const dtype = dtypeOf[to]
    checkProgram(programOf([{ role: 'input', dtype: dtypeOf[from], size }, { role: 'output', dtype, size }, ...scalars.map(() => ({ role: 'output', dtype, size: 1 }) as const)], [mapKernel([size], 1, value), ...scalars]), [data])
  })

  it.each(['i32', 'u32'] as const)('shifts of %s, by one count and by many', (lane) => {
    const b = new ExprBuilder()
    const size = 9
    const at = axisPosition<Expr>(0, size)
    const x = b.load(0, lane, at)
    const counts = b.cast(b.position(at), lane)
    const values = (['shl', 'shrU', 'shrS'] as const).flatMap((name) => [b.alu(name, x, b.constant(5, lane)), b.alu(name, x, counts)])
    checkProgram(programOf([{ role: 'input', dtype: dtypeOf[lane], size }, ...values.map(() => ({ role: 'output', dtype: dtypeOf[lane], size }) as const)], values.map((v, i) => mapKernel([size], i + 1, v))), [randomArray(lane, size)])
  })

  it('select, bitcast and bool results', () => {
    const b = new ExprBuilder()
    const size = 11
    const at = axisPosition<Expr>(0, size)
    const [x, y] = [b.load(0, 'f32', at), b.load(1, 'bool', at)]
    const values = [b.alu('select', y, x, b.constant(-1, 'f32')), b.bitcast(b.alu('and', b.bitcast(x, 'i32'), b.constant(0x7fffffff, 'i32')), 'f32')]
    const flag = b.alu('and', b.alu('not', y), b.alu('gt', x, b.constant(0, 'f32')))
    checkProgram(
      programOf([{ role: 'input', dtype: 'float32', size }, { role: 'input', dtype: 'bool', size }, { role: 'output', dtype: 'float32', size }, { role: 'output', dtype: 'float32', size }, { role: 'output', dtype: 'bool', size }], [mapKernel([size], 2, values[0] as Expr), mapKernel([size], 3, values[1] as Expr), mapKernel([size], 4, flag)]),
      [randomArray('f32', size), randomArray('bool', size, 4)],
    )
  })
})
