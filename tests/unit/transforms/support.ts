/** Deterministic random arrays on the reference device in float64, and comparisons of trees of arrays. */

import type { NDArray } from 'cotangent'
import { defaultDevice, numpy as np, tree, type DType } from 'cotangent'
import { setVerifyJaxprs } from '../../../src/transforms/index.js'
import { expect } from 'vitest'

defaultDevice('reference')
setVerifyJaxprs(true)

/** A stream of numbers in [0, 1) that is the same in every run (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export const fromData = (data: readonly number[], shape: readonly number[], dtype: DType): NDArray =>
  np.array([...data], { dtype }).reshape(shape)

/** Uniform numbers between `low` and `high`; whole for integers, 0 or 1 for bool. */
export function random(
  next: () => number,
  shape: readonly number[],
  dtype: DType,
  low: number,
  high: number,
): NDArray {
  const integral = dtype !== 'float64' && dtype !== 'float32'
  const value = (): number => {
    const x = low + (high - low) * next()
    return integral ? Math.floor(x) : x
  }
  return fromData(Array.from({ length: sizeOf(shape) }, value), shape, dtype)
}

export const values = (x: NDArray): number[] => [...x.dataSync()]

/** Σ xᵢ yᵢ over all arrays of two lists. */
export const inner = (xs: readonly NDArray[], ys: readonly NDArray[]): number =>
  xs.reduce((sum, x, i) => {
    const other = values(ys[i] as NDArray)
    return sum + values(x).reduce((part, v, j) => part + v * (other[j] ?? NaN), 0)
  }, 0)

/** |a − e| ≤ tolerance · (1 + |e|) for all elements; infinities and NaN alike. */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length)
  actual.forEach((a, i) => {
    const e = expected[i] ?? NaN
    const same = Object.is(a, e) || Math.abs(a - e) <= tolerance * (1 + Math.abs(e))
    if (!same)
      expect.fail(
        `${what}: element ${i} is ${a}, expected ${e}\n  got      ${actual.slice(0, 12).join(' ')}\n  expected ${expected.slice(0, 12).join(' ')}`,
      )
  })
}

/** Trees of the same structure with equal shapes, dtypes and (nearly) equal values. */
export function expectSame(actual: unknown, expected: unknown, tolerance = 1e-12): void {
  const [a, e] = [tree.leaves(actual), tree.leaves(expected)]
  expect(a.length).toBe(e.length)
  a.forEach((leaf, i) => {
    const [x, y] = [leaf as NDArray, e[i] as NDArray]
    expect([x.dtype, ...x.shape]).toEqual([y.dtype, ...y.shape])
    expectClose(values(x), values(y), tolerance, `leaf ${i}`)
  })
}
