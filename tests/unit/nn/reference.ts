// Values that PyTorch and JAX computed (data/generate.py), as arrays, and a comparison with them.

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { numpy as np, type NDArray, type NestedNumbers } from '../../../src/index.js'

/** A case of `data/NAME.json`: its arrays by name. */
export function reference(name: string): (test: string) => Record<string, NDArray> {
  const path = new URL(`data/${name}.json`, import.meta.url)
  const cases = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, NestedNumbers>>
  return (test) => {
    const found = cases[test]
    if (found === undefined) throw new Error(`data/${name}.json has no ${test}`)
    return Object.fromEntries(
      Object.entries(found).map(([key, value]) => [key, np.array(value, { dtype: 'float32' })]),
    )
  }
}

/** The array of this name of a case. */
export function get(test: Record<string, NDArray>, name: string): NDArray {
  const found = test[name]
  if (found === undefined) throw new Error(`the case has no ${name}`)
  return found
}

/** Shapes are equal, and elements up to float32's rounding. */
export function expectClose(actual: NDArray, expected: NDArray, tolerance = 2e-5): void {
  expect(actual.shape).toEqual(expected.shape)
  const [a, b] = [actual.dataSync(), expected.dataSync()]
  const worst = Math.max(0, ...[...a].map((x, i) => Math.abs(x - (b[i] ?? NaN)) / (1 + Math.abs(b[i] ?? 0))))
  expect(worst).toBeLessThan(tolerance)
}
