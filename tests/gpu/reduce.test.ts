import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/dtype.js'
import { laneOf, type Expr } from '../../src/lowering/expr.js'
import type { Combiner, Program, ReduceKernel, Store } from '../../src/lowering/kernel.js'
import { emitWgsl } from '../../src/lowering/wgsl/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { expectSame, ProgramBuilder, randomFloats, randomInts } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** One reduction of an input of `shape` over `reduced`. */
function single(
  shape: readonly number[],
  reduced: readonly number[],
  combiner: Combiner,
  dtype: DType,
): Program {
  const p = new ProgramBuilder()
  const kept = shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis))
  const value = p.load(p.input(dtype, size(shape)), p.flat(shape))
  const isArg = combiner === 'argmax' || combiner === 'argmin'
  const lane = isArg ? 'i32' : laneOf(dtype)
  const output = p.output(isArg ? 'int32' : dtype, size(kept.map((axis) => shape[axis] ?? 1)))
  const store: Store = { buffer: output, position: p.along(shape, kept), value: p.b.result(0, lane) }
  return p.build([
    {
      kind: 'reduce',
      shape,
      reduced,
      stages: [[{ index: 0, combiner, value, lane }]],
      rowStores: [store],
      elementStores: [],
    },
  ])
}

const shapes: readonly (readonly [shape: readonly number[], reduced: readonly number[]])[] = [
  [[1], [0]],
  [[7], [0]],
  [[300], [0]],
  [[20000], [0]],
  [[3, 5], [1]],
  [[3, 5], [0]],
  [[65, 33], [1]],
  [[65, 33], [0]],
  [[1, 4097], [1]],
  [[2, 9000], [1]],
  [[9000, 3], [0]],
  [[4, 3, 5], [1]],
  [
    [4, 3, 5],
    [0, 2],
  ],
  [[5, 0], [1]],
  [[0, 5], [1]],
  [[2000, 2], [1]],
  [[3, 2000], [0]],
  [[130, 130], [0]],
]

describe.each(shapes)('shape %j over %j', (shape, reduced) => {
  const n = size(shape)
  test('float sum, max, argmax', async () => {
    const x = randomFloats(n, 5)
    await expectSame(backend, single(shape, reduced, 'sum', 'float32'), [x], 3e-5)
    await expectSame(backend, single(shape, reduced, 'max', 'float32'), [x])
    if (n > 0) await expectSame(backend, single(shape, reduced, 'argmax', 'float32'), [x])
  })
  test('int sum, min, argmin with ties', async () => {
    const x = randomInts(n, 4)
    await expectSame(backend, single(shape, reduced, 'sum', 'int32'), [x])
    await expectSame(backend, single(shape, reduced, 'min', 'int32'), [x])
    if (n > 0) await expectSame(backend, single(shape, reduced, 'argmin', 'int32'), [x])
  })
})

describe('combiners', () => {
  const shape = [6, 40]
  test.each<[Combiner, DType]>([
    ['prod', 'float32'],
    ['min', 'float32'],
    ['argmin', 'float32'],
    ['prod', 'int32'],
    ['max', 'int32'],
    ['and', 'int32'],
    ['or', 'int32'],
    ['sum', 'uint32'],
    ['max', 'uint32'],
    ['min', 'uint32'],
    ['or', 'uint32'],
  ])('%s of %s', async (combiner, dtype) => {
    const data =
      dtype === 'float32'
        ? randomFloats(240, 9, 1.5)
        : dtype === 'int32'
          ? randomInts(240, 1000)
          : Uint32Array.from(randomInts(240, 1000))
    await expectSame(backend, single(shape, [1], combiner, dtype), [data], combiner === 'prod' ? 1e-5 : 0)
  })
  test.each<Combiner>(['and', 'or', 'max', 'min', 'argmax', 'argmin'])('%s of bool', async (combiner) => {
    const data = Uint32Array.from({ length: 240 }, (_, i) =>
      i < 40 ? 1 : i < 80 ? 0 : (i * 7) % 3 === 0 ? 1 : 0,
    )
    await expectSame(backend, single(shape, [1], combiner, 'bool'), [data])
  })
  test('NaN wins in max, min, argmax and argmin, also in long rows', async () => {
    for (const length of [40, 9000]) {
      const x = randomFloats(2 * length, 11)
      x[length + 17] = NaN
      x[length + 30] = NaN
      for (const combiner of ['max', 'min', 'argmax', 'argmin'] as const) {
        const [result] = await expectSame(backend, single([2, length], [1], combiner, 'float32'), [x])
        expect(result?.[1]).toEqual(combiner.startsWith('arg') ? 17 : NaN)
      }
    }
  })
  test('rows of infinities', async () => {
    for (const combiner of ['max', 'min', 'argmax', 'argmin', 'sum'] as const) {
      await expectSame(backend, single([2, 12], [1], combiner, 'float32'), [
        Float32Array.from({ length: 24 }, (_, i) => (i < 12 ? -Infinity : Infinity)),
      ])
    }
  })
})

/** Softmax of rows: two stages, and a store for every element; the row's log-sum-exp as a row store. */
function softmax(shape: readonly number[], inPlace = false): Program {
  const p = new ProgramBuilder()
  const { b } = p
  const x = p.input('float32', size(shape))
  const value = p.load(x, p.flat(shape))
  const top = b.result(0, 'f32')
  const e = b.alu('exp', b.alu('sub', value, top))
  const sum = b.result(1, 'f32')
  const out = p.result('float32', shape, b.alu('div', e, sum))
  const row: Store = {
    buffer: p.output('float32', size(shape.slice(0, -1))),
    position: p.along(
      shape,
      shape.slice(0, -1).map((_, i) => i),
    ),
    value: b.alu('add', top, b.alu('log', sum)),
  }
  const kernel: ReduceKernel = {
    kind: 'reduce',
    shape,
    reduced: [shape.length - 1],
    rowStores: [row],
    elementStores: [out],
    stages: [
      [{ index: 0, combiner: 'max', value, lane: 'f32' }],
      [{ index: 1, combiner: 'sum', value: e, lane: 'f32' }],
    ],
  }
  return p.build([kernel], inPlace ? { [out.buffer]: { kind: 'input', input: 0 } } : {})
}

test.each([[[5, 10]], [[3, 7, 33]], [[1, 5000]], [[2, 1]], [[70, 300]]])(
  'softmax of %j is one kernel of dependent stages',
  async (shape) => {
    await expectSame(backend, softmax(shape), [randomFloats(size(shape), 3, 20)], 2e-6)
  },
)

test('softmax over its own input', () =>
  expectSame(backend, softmax([6, 50], true), [randomFloats(300, 3, 20)], 2e-6))

test('several reductions of a stage, more than workgroup memory holds at once', async () => {
  const p = new ProgramBuilder()
  const shape = [2, 600]
  const x = p.load(p.input('float32', 1200), p.flat(shape))
  const count = 40
  const reductions = Array.from({ length: count }, (_, index) => ({
    index,
    combiner: 'sum' as const,
    lane: 'f32' as const,
    value: p.b.alu('mul', x, p.b.constant(index - 7, 'f32')),
  }))
  const total = reductions.reduce<Expr>(
    (sum, r) => p.b.alu('add', sum, p.b.result(r.index, 'f32')),
    p.b.constant(0, 'f32'),
  )
  const store = { buffer: p.output('float32', 2), position: p.along(shape, [0]), value: total }
  await expectSame(
    backend,
    p.build([
      { kind: 'reduce', shape, reduced: [1], stages: [reductions], rowStores: [store], elementStores: [] },
    ]),
    [randomFloats(1200)],
    1e-4,
  )
})

test('no long reduction runs on one thread, and few long rows are split over workgroups', () => {
  const threads = (program: Program): number[] =>
    emitWgsl(program, backend.limits).dispatches.map(
      (d) => d.groupSize * d.groups[0] * d.groups[1] * d.groups[2],
    )
  for (const combiner of ['sum', 'max', 'argmax', 'prod'] as const) {
    const [first, second] = threads(single([1_000_000], [0], combiner, 'float32'))
    expect(first).toBeGreaterThanOrEqual(8192)
    expect(second).toBeGreaterThanOrEqual(32)
  }
  expect(threads(single([1000, 8], [0], 'sum', 'float32'))[0]).toBeGreaterThanOrEqual(256)
  expect(threads(single([64, 1000], [1], 'sum', 'float32'))[0]).toBeGreaterThanOrEqual(64 * 64)
  expect(threads(softmax([1, 100_000]))).toHaveLength(5)
  expect(threads(softmax([128, 1000]))).toHaveLength(1)
})
