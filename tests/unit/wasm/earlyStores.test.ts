// Element stores that run in the pass of the last stage do not read what that pass has only just cached.

import { beforeAll, expect, test } from 'vitest'
import { defaultDevice, jit, numpy as np, type NDArray } from 'cotangent'

beforeAll(() => void defaultDevice('wasm'))

test('a costly value that a reduction and an output share is stored once and right', () => {
  const f = jit((x: NDArray) => {
    const y = np.sin(np.broadcastTo(x, [2])).add(np.array([0, 1]))
    return [y, np.argmax(y)]
  })
  expect(f(np.array(0)).map((y) => y.js())).toEqual([[0, 1], 1])
})

test('so is an output that is computed further from it', () => {
  const f = jit((x: NDArray) => {
    const y = np.exp(x)
    return [y.mul(2), np.max(y)]
  })
  expect(f(np.zeros([5])).map((y) => y.js())).toEqual([[2, 2, 2, 2, 2], 1])
})
