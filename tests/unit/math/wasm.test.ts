// The mathematical functions as the wasm device computes them.

import { expect, test } from 'vitest'
import { defaultDevice, init, jit, numpy as np, type NDArray } from 'cotangent'
import { mathOnDevice } from './device.js'

mathOnDevice('wasm', { ulps: 0 })

test('a NaN of any bits gives NaN', async () => {
  await init('wasm')
  defaultDevice('wasm')
  const bits = Uint32Array.from([
    0x7fc00000, 0x7f800001, 0x7fc001ff, 0xffffffff, 0xff8000ff, 0x7fffff80, 0x7fd5aaaa,
  ])
  const x = np.array(new Float32Array(bits.buffer))
  const functions = { exp: np.exp, expm1: np.expm1, tanh: np.tanh, sinh: np.sinh, cosh: np.cosh, log: np.log }
  for (const [name, f] of Object.entries(functions)) {
    const y = jit((a: NDArray) => f(a))(x).js() as number[]
    expect(
      y.filter((v) => !Number.isNaN(v)),
      name,
    ).toEqual([])
  }
})
