import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/dtype.js'
import { laneOf } from '../../src/lowering/expr.js'
import type { Program, ScatterCombiner } from '../../src/lowering/kernel.js'
import { valuePosition } from '../../src/lowering/position.js'
import { emitWgsl } from '../../src/lowering/wgsl/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { expectSame, ProgramBuilder, randomFloats, randomInts, runOnGpu } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

describe('scatter', () => {
  /** A copy of an input, then updates combined into it at computed places; places outside are left out. */
  function scatter(size: number, updates: number, combiner: ScatterCombiner, dtype: DType): Program {
    const p = new ProgramBuilder()
    const { b } = p
    const [x, at, values] = [p.input(dtype, size), p.input('int32', updates), p.input(dtype, updates)]
    const copy = p.result(dtype, [size], p.load(x, p.flat([size])))
    const index = p.load(at, p.flat([updates]))
    const guard = b.alu(
      'and',
      b.alu('ge', index, b.constant(0, 'i32')),
      b.alu('lt', index, b.constant(size, 'i32')),
    )
    return p.build([
      { kind: 'loop', shape: [size], stores: [copy] },
      {
        kind: 'scatter',
        shape: [updates],
        target: copy.buffer,
        position: valuePosition(index, 0, size - 1),
        guard,
        value: p.load(values, p.flat([updates])),
        combiner,
      },
    ])
  }
  test.each<[ScatterCombiner, DType]>([
    ['add', 'float32'],
    ['mul', 'float32'],
    ['min', 'float32'],
    ['max', 'float32'],
    ['add', 'int32'],
    ['mul', 'int32'],
    ['max', 'int32'],
    ['min', 'uint32'],
    ['add', 'uint32'],
  ])('%s of %s, many updates to few places', async (combiner, dtype) => {
    const make = (n: number, seed: number) =>
      dtype === 'float32'
        ? randomFloats(n, seed, combiner === 'mul' ? 1.3 : 2)
        : dtype === 'int32'
          ? randomInts(n, 9, seed)
          : Uint32Array.from(randomInts(n, 9, seed))
    await expectSame(
      backend,
      scatter(7, 300, combiner, dtype),
      [make(7, 1), randomInts(300, 10, 5), make(300, 2)],
      1e-4,
    )
  })
  test('set, of distinct places', async () => {
    const places = Int32Array.from({ length: 50 }, (_, i) => ((i * 37) % 101) - 3)
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const make =
        dtype === 'float32'
          ? randomFloats
          : dtype === 'int32'
            ? (n: number) => randomInts(n, 50)
            : (n: number) => Uint32Array.from({ length: n }, (_, i) => i % 2)
      await expectSame(backend, scatter(90, 50, 'set', dtype), [make(90), places, make(50)])
    }
  })
  test('NaN stays NaN under min and max', async () => {
    const values = randomFloats(20)
    values[7] = NaN
    await expectSame(backend, scatter(2, 20, 'max', 'float32'), [
      new Float32Array(2),
      Int32Array.from({ length: 20 }, (_, i) => i % 2),
      values,
    ])
  })
})

describe('cumulative', () => {
  test.each<[number, number, number]>([
    [1, 1, 1],
    [1, 7, 1],
    [3, 40, 1],
    [1, 300, 1],
    [2, 5, 3],
    [1, 100, 70],
    [5, 1000, 1],
    [1, 20_000, 1],
    [2, 17_000, 3],
    [0, 5, 1],
    [3, 0, 2],
    [100, 3, 1],
    [64, 4096, 1],
    [70, 1000, 1],
    [33, 65, 1],
    [2, 12_293, 1],
    [2, 300, 40],
    [3, 1025, 7],
    [1, 5, 300],
  ])('[%i, %i, %i]', async (outer, length, inner) => {
    const n = outer * length * inner
    for (const reverse of [false, true]) {
      for (const combiner of ['sum', 'max'] as const) {
        const p = new ProgramBuilder()
        const [input, output] = [p.input('float32', n), p.output('float32', n)]
        await expectSame(
          backend,
          p.build([
            { kind: 'cumulative', combiner, lane: 'f32', outer, length, inner, reverse, input, output },
          ]),
          [randomFloats(n, 3, 1)],
          combiner === 'sum' ? 1e-4 : 0,
        )
      }
      const p = new ProgramBuilder()
      const [input, output] = [p.input('int32', n), p.output('int32', n)]
      await expectSame(
        backend,
        p.build([
          { kind: 'cumulative', combiner: 'sum', lane: 'i32', outer, length, inner, reverse, input, output },
        ]),
        [randomInts(n, 9)],
      )
    }
  })
  test.each(['prod', 'min', 'max'] as const)('%s: NaN carries on', async (combiner) => {
    const p = new ProgramBuilder()
    const [input, output] = [p.input('float32', 600), p.output('float32', 600)]
    const x = randomFloats(600, 4, 1.2)
    x[330] = NaN
    const [result] = await expectSame(
      backend,
      p.build([
        {
          kind: 'cumulative',
          combiner,
          lane: 'f32',
          outer: 2,
          length: 300,
          inner: 1,
          reverse: false,
          input,
          output,
        },
      ]),
      [x],
      1e-5,
    )
    expect(result?.[329]).not.toBeNaN()
    expect(result?.[599]).toBeNaN()
  })
  test.each<[number, number, number]>([
    [1, 1_000_000, 1],
    [1, 40_000, 40],
  ])('sums of [%i, %i, %i] keep their digits', async (outer, length, inner) => {
    const n = outer * length * inner
    const p = new ProgramBuilder()
    const [input, output] = [p.input('float32', n), p.output('float32', n)]
    const x = randomFloats(n, 5).map((value) => Math.abs(value))
    const program = p.build([
      {
        kind: 'cumulative',
        combiner: 'sum',
        lane: 'f32',
        outer,
        length,
        inner,
        reverse: false,
        input,
        output,
      },
    ])
    const [result] = await runOnGpu(backend, program, [x])
    let worst = 0
    for (let line = 0; line < inner; line++)
      for (let j = 0, sum = 0; j < length; j++) {
        sum += x[j * inner + line] ?? 0
        worst = Math.max(worst, Math.abs((result?.[j * inner + line] ?? NaN) - sum) / sum)
      }
    // One after the other, this many numbers are wrong by 10⁻⁴ and more.
    expect(worst).toBeLessThan(2e-6)
  })
})

describe('sort', () => {
  function sort(
    [outer, length, inner]: readonly [number, number, number],
    dtypes: readonly DType[],
    keys: number,
  ): Program {
    const p = new ProgramBuilder()
    const n = outer * length * inner
    const inputs = dtypes.map((dtype) => p.input(dtype, n))
    const outputs = dtypes.map((dtype) => p.output(dtype, n))
    return p.build([{ kind: 'sort', outer, length, inner, keys, lanes: dtypes.map(laneOf), inputs, outputs }])
  }
  const positions = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i)

  test.each<[number, number, number]>([
    [1, 1, 1],
    [1, 2, 1],
    [1, 3, 1],
    [4, 10, 1],
    [2, 33, 3],
    [1, 1024, 1],
    [1, 1025, 1],
    [1, 5000, 1],
    [2, 2500, 2],
    [0, 4, 1],
    [2, 0, 1],
  ])('[%i, %i, %i]', async (...sizes) => {
    const n = sizes[0] * sizes[1] * sizes[2]
    await expectSame(backend, sort(sizes, ['float32', 'int32'], 1), [randomFloats(n, 8), positions(n)])
  })
  test('stable, NaN last, -0 equal to 0', async () => {
    const x = Float32Array.from([0, -0, NaN, 3, -Infinity, 3, NaN, Infinity, -1, -0, 0, 1e-3])
    const [, order] = await expectSame(backend, sort([1, 12, 1], ['float32', 'int32'], 1), [x, positions(12)])
    expect([...(order ?? [])]).toEqual([4, 8, 0, 1, 9, 10, 11, 3, 5, 7, 2, 6])
  })
  test('ties keep their order across blocks and merges', () =>
    expectSame(backend, sort([1, 3000, 1], ['int32', 'int32'], 1), [randomInts(3000, 3), positions(3000)]))
  test('several keys and dtypes', async () => {
    const n = 1500
    await expectSame(backend, sort([1, n, 1], ['bool', 'uint32', 'int32', 'float32'], 3), [
      Uint32Array.from({ length: n }, (_, i) => (i * 7) % 2),
      Uint32Array.from(randomInts(n, 5)),
      randomInts(n, 5, 2),
      randomFloats(n),
    ])
  })
  test('a long line is sorted by many threads, in dispatches that grow as its logarithm', () => {
    const { dispatches } = emitWgsl(sort([1, 1 << 20, 1], ['float32'], 1), backend.limits)
    expect(dispatches).toHaveLength(12)
    for (const { groups } of dispatches) expect(groups[0]).toBeGreaterThanOrEqual(1024)
  })
})
