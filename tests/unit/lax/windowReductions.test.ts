/** Sums and extremes of windows: values and gradients (ties included) that JAX computed, on every CPU device. */

import { describe, expect, it } from 'vitest'
import { defaultDevice, grad, jit, lax, numpy as np, type NDArray } from '../../../src/index.js'
import cases from './data/reduceWindow.json' with { type: 'json' }

const functions = {
  Max: lax.reduceWindowMax,
  Min: lax.reduceWindowMin,
  Sum: lax.reduceWindowSum,
}

/** The numbers that the cases were made from: many are equal. */
const operand = (shape: readonly number[]): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(Float32Array.from({ length: size }, (_, i) => ((i * 7) % 5) - 2)).reshape(shape)
}

describe.each(['wasm', 'reference'] as const)('windows on %s', (device) => {
  it.each(cases.map((c) => [`${c.kind} ${c.shape.join('×')} ${JSON.stringify(c.padding)}`, c] as const))(
    '%s',
    (_, c) => {
      defaultDevice(device)
      try {
        const f = (x: NDArray): NDArray =>
          functions[c.kind as keyof typeof functions](x, c.dims, c.strides, c.padding as lax.Padding, {
            ...(c.windowDilation === null ? {} : { windowDilation: c.windowDilation }),
            ...(c.baseDilation === null ? {} : { baseDilation: c.baseDilation }),
          })
        const x = operand(c.shape)
        const y = jit(f)(x)
        expect(y.shape).toEqual(c.yShape)
        expect([...y.dataSync()]).toEqual(c.y.map(Number))
        if (c.dx === null) return
        const weights = Float32Array.from({ length: y.size }, (_u, i) => 1 + ((i * 3) % 7))
        const loss = (z: NDArray): NDArray => f(z).mul(np.array(weights).reshape(y.shape)).sum()
        expect([...jit(grad(loss))(x).dataSync()]).toEqual(c.dx)
      } finally {
        defaultDevice('wasm')
      }
    },
  )
})

describe('windows', () => {
  it('refuse lists that do not fit, by name', () => {
    expect(() => lax.reduceWindowMax(np.ones([4, 4]), [2], [2, 2])).toThrow(/windowDimensions/)
    expect(() => lax.reduceWindowSum(np.ones([4, 4]), [2, 2], [0, 1])).toThrow(/windowStrides/)
    expect(() => lax.reduceWindowMin(np.ones([4]), [2], [1], 'VALID', { windowDilation: [0] })).toThrow(
      /windowDilation/,
    )
  })
  it('of integers and truth values keep their dtype', () => {
    expect(lax.reduceWindowMax(np.array([1, 5, 2], { dtype: 'int32' }), [3], [1], 'SAME').js()).toEqual([
      5, 5, 5,
    ])
    expect(lax.reduceWindowMin(np.array([1, 5, 2], { dtype: 'uint8' }), [3], [1], 'SAME').js()).toEqual([
      1, 1, 2,
    ])
  })
})
