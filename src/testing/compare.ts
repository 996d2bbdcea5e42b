/**
 * Comparing arrays by value: the worst element of |actual - expected| against atol + rtol·|expected|.
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { sameShape } from '../core/shape.js'

export interface Tolerance {
  readonly rtol: number
  readonly atol: number
}

/** Two numbers that should be close, and where they stand. */
export interface Mismatch {
  readonly where: string
  readonly expected: string
  readonly received: string
}

/** Whether two numbers are close; NaN is close to NaN, and an infinity to itself. */
export function close(actual: number, expected: number, { rtol, atol }: Tolerance): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true
  return Math.abs(actual - expected) <= atol + rtol * Math.abs(expected) && Number.isFinite(expected)
}

/** The numbers of arrays, read together. */
export const readAll = (arrays: readonly NDArray[]): Promise<readonly ArrayLike<number>[]> =>
  Promise.all(arrays.map((x) => x.data()))

const position = (flat: number, shape: readonly number[]): string => {
  const index: number[] = []
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] ?? 1
    index.unshift(rest % n)
    rest = Math.floor(rest / n)
  }
  return `[${index.join(', ')}]`
}

/** The element that is furthest from what it should be, or null where all are close. */
export function worstElement(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  shape: readonly number[],
  tolerance: Tolerance,
): Mismatch | null {
  let worst: { readonly at: number; readonly error: number } | null = null
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN]
    if (close(a, e, tolerance)) continue
    const distance = Math.abs(a - e)
    const error = Number.isNaN(distance) ? Infinity : distance
    if (worst === null || error > worst.error) worst = { at: i, error }
  }
  if (worst === null) return null
  return {
    where: `element ${position(worst.at, shape)}`,
    expected: String(expected[worst.at]),
    received: String(actual[worst.at]),
  }
}

/** The first pair of arrays that differ, or null. Shapes and dtypes have to be equal. */
export async function difference(
  actual: readonly NDArray[],
  expected: readonly NDArray[],
  tolerance: Tolerance,
): Promise<Mismatch | null> {
  if (actual.length !== expected.length)
    return {
      where: 'the number of arrays',
      expected: String(expected.length),
      received: String(actual.length),
    }
  const describe = (x: NDArray): string => `${x.dtype}[${x.shape.join(', ')}]`
  const [left, right] = [await readAll(actual), await readAll(expected)]
  for (const [i, e] of expected.entries()) {
    const a = actual[i] as NDArray
    if (a.dtype !== e.dtype || !sameShape(a.shape, e.shape))
      return { where: `array ${i}`, expected: describe(e), received: describe(a) }
    const found = worstElement(left[i] ?? [], right[i] ?? [], e.shape, tolerance)
    if (found !== null) return { ...found, where: `array ${i}, ${found.where}` }
  }
  return null
}

/** Throws a `gradientCheck` error that names `law` unless the arrays are equal within the tolerance. */
export async function expectClose(
  law: string,
  actual: readonly NDArray[],
  expected: readonly NDArray[],
  tolerance: Tolerance,
): Promise<void> {
  const found = await difference(actual, expected, tolerance)
  if (found !== null) fail('gradientCheck', { operation: law, ...found })
}
