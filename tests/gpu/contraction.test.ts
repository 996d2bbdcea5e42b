import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Expr } from '../../src/lowering/expr.js'
import type { ContractionKernel, Program } from '../../src/lowering/kernel.js'
import { axisPosition, identityPosition } from '../../src/lowering/position.js'
import { emitWgsl } from '../../src/lowering/wgsl/index.js'
import { createWebgpuBackend, type WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { expectSame, ProgramBuilder, randomFloats, randomInts } from './programs.js'

let backend: WebgpuBackend
beforeAll(async () => {
  backend = await createWebgpuBackend()
})
afterAll(() => backend.close())

interface Options {
  readonly lhsTransposed?: boolean
  readonly rhsTransposed?: boolean
  readonly epilogue?: boolean
  readonly lane?: 'f32' | 'i32'
}

/** A product [batch, m, k] · [batch, k, n], operands transposed in memory where asked for, bias and relu where asked for. */
function product(
  [batch, m, n, k]: readonly [number, number, number, number],
  options: Options = {},
): Program {
  const p = new ProgramBuilder()
  const dtype = options.lane === 'i32' ? 'int32' : 'float32'
  const sizes = [batch, m, n, k]
  const at = (axes: readonly number[]) =>
    axes.reduce(
      (position, axis) => ({ shape: [...position.shape, sizes[axis] ?? 1], axes: [...position.axes, axis] }),
      { shape: [] as number[], axes: [] as number[] },
    )
  const load = (axes: readonly number[]): Expr => {
    const { shape } = at(axes)
    return p.load(
      p.input(
        dtype,
        shape.reduce((x, y) => x * y, 1),
      ),
      p.along(sizes, axes),
    )
  }
  const lhs = load(options.lhsTransposed === true ? [0, 3, 1] : [0, 1, 3])
  const rhs = load(options.rhsTransposed === true ? [0, 2, 3] : [0, 3, 2])
  const lane = options.lane ?? 'f32'
  let value: Expr = p.b.result(0, lane)
  if (options.epilogue === true) {
    const bias = p.load(p.input('float32', n), axisPosition<Expr>(2, n))
    value = p.b.alu('max', p.b.alu('add', value, bias), p.b.constant(0, 'f32'))
  }
  const domain = [batch, m, n]
  const store = { buffer: p.output(dtype, batch * m * n), position: identityPosition<Expr>(domain), value }
  const kernel: ContractionKernel = { kind: 'contraction', batch, m, n, k, lhs, rhs, lane, stores: [store] }
  return p.build([kernel])
}

const data = (program: Program) =>
  program.inputs.map((id, i) => {
    const spec = program.buffers[id]
    return spec?.lane === 'i32' ? randomInts(spec.size, 20, i + 1) : randomFloats(spec?.size ?? 0, i + 1)
  })

const check = async (program: Program, tolerance = 2e-5) =>
  expectSame(backend, program, data(program), tolerance)

test.each<[number, number, number, number]>([
  [1, 1, 1, 1],
  [1, 8, 8, 8],
  [1, 5, 7, 3],
  [1, 33, 31, 17],
  [1, 64, 64, 64],
  [2, 20, 9, 35],
  [1, 1, 40, 30],
  [1, 40, 1, 30],
  [1, 3, 70, 50],
  [1, 6, 100, 20],
  [1, 100, 6, 20],
  [3, 5, 5, 5],
  [1, 70, 130, 40],
  [1, 7, 7, 0],
  [1, 0, 5, 5],
  [0, 5, 5, 5],
  [1, 16, 16, 700],
  [2, 40, 24, 600],
])('batch %i, m %i, n %i, k %i', async (...sizes) => {
  await check(product(sizes))
  await check(product(sizes, { lhsTransposed: true, rhsTransposed: true, epilogue: true }))
})

test('large tiles, bounds checked and not', async () => {
  await check(product([4, 128, 128, 32], { epilogue: true }))
  await check(product([4, 130, 129, 33], { lhsTransposed: true }))
})

test('integers wrap', () => check(product([2, 18, 19, 20], { lane: 'i32' }), 0))

test('the tile is blocked in registers, and a long sum with few tiles is split', () => {
  const large = emitWgsl(product([1, 512, 512, 512]), backend.limits).dispatches
  expect(large).toHaveLength(1)
  expect(large[0]?.groups).toEqual([64, 1, 1])
  expect(large[0]?.code).toContain('acc7_1 +=')
  const deep = emitWgsl(product([1, 32, 32, 10_000]), backend.limits).dispatches
  expect(deep).toHaveLength(2)
  expect(deep[0]?.groups[0] ?? 0).toBeGreaterThanOrEqual(32)
})
