import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/dtype.js'
import { laneOf, type AluName, type Expr, type Lane } from '../../src/lowering/expr.js'
import {
  offsetPosition,
  quotient,
  remainder,
  scalePosition,
  valuePosition,
} from '../../src/lowering/position.js'
import { baseLimits, emitWgsl } from '../../src/lowering/wgsl/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { expectSame, ProgramBuilder, randomFloats, randomInts, specials } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

const pairs = specials.flatMap((x) => specials.map((y) => [x, y] as const))
const ints = [0, 1, -1, 2, 3, -3, 7, 100, -100, 2147483647, -2147483648, 65536, -65537, 255]
const intPairs = ints.flatMap((x) => ints.map((y) => [x, y] as const))

/** out = name(a, b) for all pairs, as one loop. */
async function binary(
  name: AluName,
  dtype: DType,
  values: readonly (readonly [number, number])[],
  tolerance = 0,
): Promise<void> {
  const p = new ProgramBuilder()
  const shape = [values.length]
  const [a, b] = [p.input(dtype, values.length), p.input(dtype, values.length)]
  const value = p.b.alu(name, p.load(a, p.flat(shape)), p.load(b, p.flat(shape)))
  const program = p.build([
    { kind: 'loop', shape, stores: [p.result(value.lane === 'bool' ? 'bool' : dtype, shape, value)] },
  ])
  const make = laneOf(dtype) === 'f32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint32Array
  await expectSame(
    backend,
    program,
    [new make(values.map(([x]) => x)), new make(values.map(([, y]) => y))],
    tolerance,
  )
}

async function unary(
  value: (p: ProgramBuilder, x: Expr) => Expr,
  from: DType,
  to: DType,
  values: Float32Array | Int32Array | Uint32Array,
  tolerance = 0,
): Promise<void> {
  const p = new ProgramBuilder()
  const shape = [values.length]
  const x = p.load(p.input(from, values.length), p.flat(shape))
  await expectSame(
    backend,
    p.build([{ kind: 'loop', shape, stores: [p.result(to, shape, value(p, x))] }]),
    [values],
    tolerance,
  )
}

describe('operations on every pair of special numbers', () => {
  test.each<AluName>(['add', 'sub', 'mul', 'div', 'rem', 'min', 'max', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'])(
    'float %s',
    (name) =>
      // Subnormal results may be flushed to zero, as WGSL allows.
      binary(name, 'float32', pairs, 1.2e-38),
  )
  test.each<AluName>(['add', 'sub', 'mul', 'div', 'rem', 'min', 'max', 'and', 'or', 'xor', 'eq', 'lt', 'ge'])(
    'int %s',
    (name) => binary(name, 'int32', intPairs),
  )
  test.each<AluName>(['add', 'sub', 'mul', 'div', 'rem', 'min', 'max', 'and', 'or', 'xor', 'gt', 'le'])(
    'uint %s',
    (name) =>
      binary(
        name,
        'uint32',
        intPairs.map(([x, y]) => [x >>> 0, y >>> 0]),
      ),
  )
  test.each<AluName>(['and', 'or', 'xor', 'eq', 'ne', 'lt', 'ge'])('bool %s', (name) =>
    binary(name, 'bool', [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]),
  )
  test('remainders of close and of very distant numbers are exact', () =>
    binary(
      'rem',
      'float32',
      [...randomFloats(64, 3, 1e9)].map((x, i) => [x, [3, -7, 1e-3, 1.5e-38, 0.1][i % 5] ?? 1] as const),
    ))
})

const floats = Float32Array.from([
  ...specials,
  ...randomFloats(40, 7, 100),
  0.49999997,
  8388609,
  -1.5,
  5e-5,
  65504,
  65519.996,
  65520,
  6e-8,
  2.9e-8,
])

describe('operations on one number', () => {
  test.each<AluName>(['neg', 'abs', 'floor', 'ceil', 'trunc', 'nearest', 'roundFloat16', 'roundBfloat16'])(
    'float %s',
    (name) => unary((p, x) => p.b.alu(name, x), 'float32', 'float32', floats),
  )
  test('sqrt', () => unary((p, x) => p.b.alu('sqrt', x), 'float32', 'float32', floats, 2e-7))
  test.each<AluName>(['neg', 'abs', 'not', 'clz', 'popcnt'])('int %s', (name) =>
    unary((p, x) => p.b.alu(name, x), 'int32', 'int32', Int32Array.from(ints)),
  )
  test.each<AluName>(['neg', 'not', 'clz', 'popcnt'])('uint %s', (name) =>
    unary((p, x) => p.b.alu(name, x), 'uint32', 'uint32', Uint32Array.from(ints)),
  )
  test.each<[AluName, DType]>([
    ['shl', 'int32'],
    ['shrU', 'int32'],
    ['shrS', 'int32'],
    ['shl', 'uint32'],
    ['shrU', 'uint32'],
    ['shrS', 'uint32'],
  ])('%s of %s by 0, 1 and 31', async (name, dtype) => {
    for (const count of [0, 1, 31])
      await unary(
        (p, x) => p.b.alu(name, x, p.b.constant(count, x.lane)),
        dtype,
        dtype,
        (dtype === 'int32' ? Int32Array : Uint32Array).from(ints),
      )
  })
  test('division by constants, zero and minus one among them', async () => {
    for (const by of [0, -1, 1, 7, -7]) {
      await unary(
        (p, x) => p.b.alu('div', x, p.b.constant(by, 'i32')),
        'int32',
        'int32',
        Int32Array.from(ints),
      )
      await unary(
        (p, x) => p.b.alu('rem', x, p.b.constant(by, 'i32')),
        'int32',
        'int32',
        Int32Array.from(ints),
      )
    }
  })
  test('x ≠ x finds NaN', () => unary((p, x) => p.b.alu('ne', x, x), 'float32', 'bool', floats))
  test.each<[DType, DType]>([
    ['float32', 'int32'],
    ['float32', 'uint32'],
    ['float32', 'bool'],
  ])('cast %s to %s', (from, to) => unary((p, x) => p.b.cast(x, laneOf(to)), from, to, floats))
  test.each<DType>(['float32', 'uint32', 'bool'])('cast int32 to %s', (to) =>
    unary((p, x) => p.b.cast(x, laneOf(to)), 'int32', to, Int32Array.from(ints)),
  )
  test('bit patterns survive', () =>
    unary(
      (p, x) => p.b.bitcast(p.b.alu('add', p.b.bitcast(x, 'i32'), p.b.constant(1, 'i32')), 'f32'),
      'float32',
      'float32',
      randomFloats(33),
    ))
})

test('constants: infinities, NaN, signed zero, extreme integers, folded overflow', async () => {
  const p = new ProgramBuilder()
  const constants: [number, Lane, DType][] = [
    [Infinity, 'f32', 'float32'],
    [-Infinity, 'f32', 'float32'],
    [NaN, 'f32', 'float32'],
    [-0, 'f32', 'float32'],
    [0.1, 'f32', 'float32'],
    [3.4028234663852886e38, 'f32', 'float32'],
    [-2147483648, 'i32', 'int32'],
    [4294967295, 'u32', 'uint32'],
    [1, 'bool', 'bool'],
  ]
  const big = p.b.constant(3e38, 'f32')
  const stores = constants.map(([value, lane, dtype]) => p.result(dtype, [3], p.b.constant(value, lane)))
  stores.push(
    p.result('float32', [3], p.b.alu('mul', big, big)),
    p.result('int32', [3], p.b.alu('add', p.b.constant(2147483647, 'i32'), p.b.constant(1, 'i32'))),
  )
  for (let i = 0; i < stores.length; i += 6) {
    const q = stores.slice(i, i + 6)
    // Few enough bindings for any device: one program for each handful of results.
    const part = new ProgramBuilder()
    const moved = q.map((s) => ({
      ...s,
      buffer: part.output(
        s.value.lane === 'f32'
          ? 'float32'
          : s.value.lane === 'i32'
            ? 'int32'
            : s.value.lane === 'u32'
              ? 'uint32'
              : 'bool',
        3,
      ),
    }))
    const [first] = await expectSame(backend, part.build([{ kind: 'loop', shape: [3], stores: moved }]), [])
    if (i === 0) expect(first?.[0]).toBe(Infinity)
  }
})

test('views: transposed, reversed, wrapped, padded and gathered loads', async () => {
  const p = new ProgramBuilder()
  const shape = [5, 7]
  const [i, j] = p.axes(shape)
  if (i === undefined || j === undefined) throw new Error('two axes')
  const [x, at] = [p.input('float32', 35), p.input('int32', 7)]
  const flat = p.flat(shape)
  const shifted = offsetPosition(flat, -3)
  const inside = p.b.alu('ge', p.b.position(shifted), p.b.constant(0, 'i32'))
  const index = p.b.alu('min', p.b.alu('max', p.load(at, j), p.b.constant(0, 'i32')), p.b.constant(4, 'i32'))
  const stores = [
    p.load(x, p.along([5, 7], [1, 0])),
    p.load(x, offsetPosition(scalePosition(flat, -1), 34)),
    p.load(x, remainder(offsetPosition(flat, 9), 35)),
    p.b.alu('select', inside, p.load(x, shifted, true), p.b.constant(-9, 'f32')),
    p.b.cast(p.b.position(quotient(offsetPosition(flat, -11), 4)), 'f32'),
    p.b.cast(p.b.position(remainder(offsetPosition(flat, -11), 4)), 'f32'),
    p.load(x, valuePosition(index, 0, 4)),
  ].map((value) => p.result('float32', shape, value))
  await expectSame(backend, p.build([{ kind: 'loop', shape, stores }]), [
    randomFloats(35),
    Int32Array.from([0, 9, -4, 3, 2, 1, 4]),
  ])
})

test.each([0, 1, 63, 64, 65, 4097])('a domain of %i elements', async (size) => {
  const p = new ProgramBuilder()
  const x = p.load(p.input('float32', size), p.flat([size]))
  const y = p.b.alu('mul', x, x)
  await expectSame(
    backend,
    p.build([{ kind: 'loop', shape: [size], stores: [p.result('float32', [size], p.b.alu('add', y, y))] }]),
    [randomFloats(size)],
  )
})

test('narrow dtypes and half floats travel in 32 bits', async () => {
  for (const dtype of ['int8', 'uint8', 'float16', 'bfloat16', 'bool'] as const) {
    const data =
      dtype === 'bool'
        ? Uint32Array.from([0, 1, 1])
        : laneOf(dtype) === 'f32'
          ? Float32Array.from([0.5, -2, 3])
          : dtype === 'int8'
            ? Int32Array.from([-128, 5, 127])
            : Uint32Array.from([0, 200, 255])
    await unary((_, x) => x, dtype, dtype, data)
  }
})

test('buffers that share a place are bound once', async () => {
  const p = new ProgramBuilder()
  const shape = [10]
  const [x, middle] = [p.input('float32', 10), p.temporary('int32', 10)]
  const again = p.temporary('float32', 10)
  const first = { buffer: middle, position: p.flat(shape), value: p.b.cast(p.load(x, p.flat(shape)), 'i32') }
  const second = {
    buffer: again,
    position: p.flat(shape),
    value: p.b.alu('mul', p.b.cast(p.load(middle, p.flat(shape)), 'f32'), p.b.constant(0.5, 'f32')),
  }
  const third = p.result('float32', shape, p.b.alu('neg', p.load(again, p.flat(shape))))
  const program = p.build(
    [first, second, third].map((store) => ({ kind: 'loop' as const, shape, stores: [store] })),
    { [again]: { kind: 'arena', offset: 0, slot: 0 } },
  )
  await expectSame(backend, program, [Float32Array.from(randomInts(10, 50))])
})

test('more buffers than a shader may bind: some are copied together first', async () => {
  const p = new ProgramBuilder()
  const count = 30
  const shape = [50]
  const at = p.flat(shape)
  const loads = Array.from({ length: count }, (_, i) =>
    i % 3 === 0
      ? p.b.cast(p.load(p.input('int32', 50 + i), offsetPosition(at, i)), 'f32')
      : p.load(p.input('float32', 50), at),
  )
  const sum = loads.reduce((a, b) => p.b.alu('add', a, b))
  const stores = Array.from({ length: 15 }, (_, i) =>
    p.result('float32', shape, p.b.alu('mul', sum, p.b.constant(i, 'f32'))),
  )
  const program = p.build([{ kind: 'loop', shape, stores }])
  const inputs = program.inputs.map((id, i) =>
    program.buffers[id]?.lane === 'i32' ? randomInts(50 + i, 9, i) : randomFloats(50, i),
  )
  await expectSame(backend, program, inputs, 1e-5)
  const { dispatches } = emitWgsl(program, baseLimits)
  expect(Math.max(...dispatches.map((d) => d.bindings.length))).toBeLessThanOrEqual(8)
})
