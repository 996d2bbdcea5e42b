/**
 * The whole library on WebGPU in Node: eager operations, a jitted and differentiated program, donation, memory.
 */

import { beforeAll, expect, test } from 'vitest'
import {
  defaultDevice,
  grad,
  init,
  jit,
  lax,
  memoryStats,
  numpy as np,
  scope,
  type NDArray,
} from '../../src/index.js'

beforeAll(async () => {
  await init('webgpu')
  defaultDevice('webgpu')
})

test('runs eager operations', async () => {
  const x = np.arange(6).reshape([2, 3])
  expect(await np.add(x, 1).mul(2).jsAsync()).toEqual([
    [2, 4, 6],
    [8, 10, 12],
  ])
  expect(await np.matmul(x, x.T).jsAsync()).toEqual([
    [5, 14],
    [14, 50],
  ])
  expect(() => x.js()).toThrow("device 'webgpu' cannot be read synchronously")
})

test('runs jitted, differentiated and donated programs', async () => {
  const loss = (w: NDArray, x: NDArray): NDArray => np.square(np.matmul(x, w).sub(1)).mean()
  const step = jit((w: NDArray, x: NDArray) => w.sub(grad(loss)(w, x).mul(0.1)), { donateArgnums: [0] })
  const x = np.ones([4, 3])
  let w = np.linspace(0, 1, 3)
  w = step(w, x)
  const before = memoryStats('webgpu')
  for (let i = 0; i < 20; i++) w = step(w, x)
  expect(memoryStats('webgpu').arrays).toBe(before.arrays)
  expect(await loss(w, x).itemAsync()).toBeLessThan(1e-3)
})

test('frees in scopes', async () => {
  const before = memoryStats('webgpu').arrays
  const total = await scope(async () => {
    let x = np.arange(100)
    for (let i = 0; i < 100; i++) x = x.add(1)
    return x.sum().itemAsync()
  })
  expect(total).toBe(4950 + 100 * 100)
  // Arrays that earlier tests forgot may have been collected meanwhile; they are fewer than the 100 of the scope.
  expect(memoryStats('webgpu').arrays).toBeLessThanOrEqual(before)
})

test('frees forgotten arrays while reads are awaited', async () => {
  const megabyte = np.ones([512, 512])
  let peak = 0
  for (let i = 0; i < 150; i++) {
    const y = megabyte.add(i)
    expect((await y.data())[0]).toBe(i + 1)
    peak = Math.max(peak, memoryStats('webgpu').liveBytes)
  }
  // 150 MB were made; collections start at 64 MB.
  expect(peak).toBeLessThan(80 * 2 ** 20)
}, 120_000)

test('runs a scan, one submit and its body again and again', async () => {
  const sums = (xs: NDArray): NDArray =>
    lax.scan((sum: NDArray, x: NDArray) => [sum.add(x), sum.add(x)] as const, np.zeros([]), xs)[1]
  const xs = np.arange(5).astype('float32')
  expect(await jit(sums)(xs).jsAsync()).toEqual([0, 1, 3, 6, 10])
  expect(await jit(grad((v: NDArray) => sums(v).sum()))(xs).jsAsync()).toEqual([5, 4, 3, 2, 1])
})

test('says that it has no loops whose number of turns depends on data', () => {
  const doubled = (x: NDArray): NDArray =>
    lax.whileLoop(
      (v: NDArray) => v.less(100),
      (v: NDArray) => v.mul(2),
      x,
    )
  expect(() => jit(doubled)(np.array(3))).toThrow(/lax\.whileLoop: the webgpu device cannot run loops/)
})
