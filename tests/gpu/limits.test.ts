/**
 * Kernels on a device with the smallest limits that WebGPU allows, and with smaller workgroups still.
 */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { E } from '../../src/core/fp.js'
import type { Expr } from '../../src/lowering/expr.js'
import type { Reduction } from '../../src/lowering/kernel.js'
import { baseLimits } from '../../src/lowering/wgsl/index.js'
import { acquireDevice } from '../../src/runtime/webgpu/acquire.js'
import { WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { expectSame, ProgramBuilder, randomFloats, randomInts } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  const acquired = await acquireDevice()
  if (E.isLeft(acquired)) throw new Error('no device')
  backend = new WebgpuBackend({
    ...acquired.right,
    limits: { ...baseLimits, maxGroupSize: 64, maxGroups: 24 },
  })
})
afterAll(() => backend.close())

test('loops and their grids of more than one row', async () => {
  for (const size of [64 * 24, 64 * 24 + 1, 64 * 500]) {
    const p = new ProgramBuilder()
    const x = p.load(p.input('float32', size), p.flat([size]))
    await expectSame(
      backend,
      p.build([{ kind: 'loop', shape: [size], stores: [p.result('float32', [size], p.b.alu('neg', x))] }]),
      [randomFloats(size)],
    )
  }
})

test.each([
  [[3, 5000], [1]],
  [[5000, 3], [0]],
  [[70, 40], [1]],
  [[1, 30_000], [1]],
] as const)('reductions of %j over %j', async (shape, reduced) => {
  const p = new ProgramBuilder()
  const x = p.load(p.input('float32', shape[0] * shape[1]), p.flat(shape))
  const stage = (['sum', 'max', 'argmin'] as const).map((combiner, index): Reduction => ({
    index,
    combiner,
    value: x,
    lane: combiner === 'argmin' ? 'i32' : 'f32',
  }))
  const kept = 1 - reduced[0]
  const stores = stage.map((r) => ({
    buffer: p.output(r.lane === 'i32' ? 'int32' : 'float32', shape[kept] ?? 1),
    position: p.along(shape, [kept]),
    value: p.b.result(r.index, r.lane),
  }))
  const centred = p.result('float32', shape, p.b.alu('sub', x, p.b.result(1, 'f32')))
  await expectSame(
    backend,
    p.build([
      { kind: 'reduce', shape, reduced, stages: [stage], rowStores: stores, elementStores: [centred] },
    ]),
    [randomFloats(shape[0] * shape[1])],
    1e-4,
  )
})

test.each([
  [70, 130, 40],
  [33, 65, 900],
  [2, 50, 60],
])('products m %i, n %i, k %i', async (m, n, k) => {
  const p = new ProgramBuilder()
  const sizes = [1, m, n, k]
  const lhs = p.load(p.input('float32', m * k), p.along(sizes, [1, 3]))
  const rhs = p.load(p.input('float32', k * n), p.along(sizes, [3, 2]))
  const stores = [
    { buffer: p.output('float32', m * n), position: p.flat([1, m, n]), value: p.b.result(0, 'f32') },
  ]
  await expectSame(
    backend,
    p.build([{ kind: 'contraction', batch: 1, m, n, k, lhs, rhs, lane: 'f32', stores }]),
    [randomFloats(m * k), randomFloats(k * n, 2)],
    1e-4,
  )
})

test('a sort of many operands by many keys', async () => {
  const p = new ProgramBuilder()
  const [length, count] = [3000, 9]
  const inputs = Array.from({ length: count }, () => p.input('int32', length))
  const outputs = Array.from({ length: count }, () => p.output('int32', length))
  const lanes = inputs.map(() => 'i32' as const)
  const program = p.build([{ kind: 'sort', outer: 1, length, inner: 1, keys: 5, lanes, inputs, outputs }])
  await expectSame(
    backend,
    program,
    inputs.map((_, i) => randomInts(length, 3, i + 1)),
  )
})

test('scans of long lines', async () => {
  const p = new ProgramBuilder()
  const length = 20_000
  const [input, output] = [p.input('int32', length), p.output('int32', length)]
  await expectSame(
    backend,
    p.build([
      {
        kind: 'cumulative',
        combiner: 'sum',
        lane: 'i32',
        outer: 1,
        length,
        inner: 1,
        reverse: true,
        input,
        output,
      },
    ]),
    [randomInts(length, 9)],
  )
})

test('a concatenation of more arrays than a shader may bind', async () => {
  const p = new ProgramBuilder()
  const count = 25
  const shape = [count * 4]
  const inputs = Array.from({ length: count }, () => p.input('float32', 4))
  const at = p.flat(shape)
  const value = inputs.reduce<Expr>(
    (rest, buffer, i) => {
      const here = p.b.alu('lt', p.b.position(at), p.b.constant(4 * (i + 1), 'i32'))
      const after = p.b.alu('ge', p.b.position(at), p.b.constant(4 * i, 'i32'))
      const shifted = { ...at, constant: -4 * i, key: `${at.key}-${4 * i}` }
      return p.b.alu('select', p.b.alu('and', here, after), p.load(buffer, shifted, true), rest)
    },
    p.b.constant(-1, 'f32'),
  )
  const [result] = await expectSame(
    backend,
    p.build([{ kind: 'loop', shape, stores: [p.result('float32', shape, value)] }]),
    inputs.map((_, i) => randomFloats(4, i + 1)),
  )
  expect(result).not.toContain(-1)
})
