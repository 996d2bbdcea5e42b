// Checkpoints, branches, loops and calls inside one another: all are gone before kernels are made.

import { beforeAll, expect, test } from 'vitest'
import { checkpoint, defaultDevice, jit, lax, numpy as np, type NDArray } from 'cotangent'

beforeAll(() => void defaultDevice('wasm'))

const half = jit((x: NDArray) => x.mul(0.5))
const branch = (x: NDArray): NDArray =>
  lax.switch(np.array(1, { dtype: 'int32' }), [(v: NDArray) => v, (v: NDArray) => half(v)], x)

test('a branch inside a checkpoint', () => {
  expect(jit(checkpoint(branch))(np.array(3)).item()).toBe(1.5)
})
test('a branch inside a checkpoint inside a branch', () => {
  const outer = (x: NDArray): NDArray =>
    lax.switch(np.array(0, { dtype: 'int32' }), [checkpoint(branch), (v: NDArray) => v], x)
  expect(jit(outer)(np.array(3)).item()).toBe(1.5)
})
test('a loop with a branch inside a checkpoint', () => {
  const loop = checkpoint((x: NDArray) => lax.foriLoop(0, 3, (_, v: NDArray) => branch(v), x))
  expect(jit(loop)(np.array(8)).item()).toBe(1)
})
