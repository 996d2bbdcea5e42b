/** Reductions over windows and their gradients on the wasm device, against the reference interpreter. */

import { expect, it } from 'vitest'
import { defaultDevice, devicePut, grad, jit, lax, numpy as np, type NDArray } from '../../../src/index.js'
import { generator } from '../../support/kernelPrograms.js'

/** Numbers with many ties. */
function array(shape: readonly number[]): NDArray {
  const next = generator(shape.length + (shape[0] ?? 0))
  const size = shape.reduce((n, d) => n * d, 1)
  return np.array(Float32Array.from({ length: size }, () => Math.round(next() * 6))).reshape(shape)
}

type Case = [shape: number[], window: number[], strides: number[]]
const cases: Case[] = [
  [
    [2, 6, 6, 5],
    [1, 2, 2, 1],
    [1, 2, 2, 1],
  ],
  [
    [3, 7, 9, 8],
    [2, 2, 1],
    [2, 2, 1],
  ],
  [
    [2, 3, 8, 8],
    [2, 2],
    [2, 2],
  ],
  [
    [2, 5, 9, 4],
    [3, 3, 1],
    [2, 2, 1],
  ],
  [
    [2, 4, 9, 9],
    [3, 3],
    [1, 1],
  ],
  [[4, 30], [5], [5]],
  [[1, 13], [3], [4]],
  [
    [6, 6],
    [6, 6],
    [1, 1],
  ],
]
const windowOf = {
  max: (w: NDArray) => np.max(w),
  sum: (w: NDArray) => np.sum(w),
  mean: (w: NDArray) => np.mean(w),
}

it.each(cases)('%j in windows of %j by %j', (shape, window, strides) => {
  for (const f of Object.values(windowOf)) {
    const pool = (x: NDArray): NDArray => lax.reduceWindow(x, f, window, strides)
    const loss = (x: NDArray): NDArray => {
      const y = pool(x)
      return np.sum(np.multiply(y, np.multiply(y, 0.5)))
    }
    const both = (['wasm', 'reference'] as const).map((device) => {
      defaultDevice(device)
      const x = array(shape)
      return [jit(pool)(x), jit(grad(loss))(x)] as const
    })
    defaultDevice('reference')
    const [wasm, reference] = both
    for (const i of [0, 1] as const) {
      const [actual, expected] = [devicePut(wasm?.[i] as NDArray, 'reference'), reference?.[i] as NDArray]
      expect(actual.shape).toEqual(expected.shape)
      expect(np.max(np.abs(np.subtract(actual, expected))).item()).toBeLessThan(1e-5)
    }
  }
})

it('the gradient of maxima of windows side by side is two kernels: one over windows, one over elements', () => {
  defaultDevice('wasm')
  const pool = (x: NDArray): NDArray => lax.reduceWindow(x, (w) => np.max(w), [2, 2, 1], [2, 2, 1])
  const gradient = (x: NDArray, ct: NDArray): NDArray =>
    grad((a: NDArray) => np.sum(np.multiply(pool(a), ct)))(x)
  const { kernels } = jit(gradient).lower(np.zeros([2, 8, 8, 4]), np.zeros([2, 4, 4, 4]))
  expect(kernels?.match(/^\d+:/gm)).toHaveLength(2)
  defaultDevice('reference')
})
