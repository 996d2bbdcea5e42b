// A reduction whose pass stores some outputs while others wait there for values that it keeps.

import { expect, test } from 'vitest'
import { defaultDevice, devicePut, jit, numpy as np, type NDArray } from '../../../src/index.js'

const program = (x: NDArray, dx: NDArray): NDArray[] => {
  const [slope, wave] = [np.negative(np.sin(x)), np.cos(x)]
  const change = np.multiply(dx, slope)
  const sum = np.sum(np.multiply(wave, x))
  const tangent = np.sum(np.add(np.multiply(change, x), np.multiply(wave, dx)))
  return [sum, slope, wave, tangent, np.negative(np.multiply(dx, wave)), change]
}

test('a store into an output that holds a kept value waits until that value has been read', () => {
  const results = (['wasm', 'reference'] as const).map((device) => {
    defaultDevice(device)
    const inputs = [np.array([-1.654, 0.299, -0.64]), np.array([0.34, -0.89, 0.54])] as const
    return jit(program)(...inputs)
  })
  defaultDevice('reference')
  const [wasm = [], reference = []] = results
  const far = reference.map((expected, i) => {
    const actual = devicePut(wasm[i] ?? expected, 'reference')
    return np.max(np.abs(np.subtract(actual, expected))).item()
  })
  expect(Math.max(...far)).toBeLessThan(1e-6)
  expect(far).toHaveLength(6)
})
