// Comparison of a computed tree with an expectation: the first difference as a line for people, or null.

import { NDArray } from '../../src/index.js'
import { roundTo } from '../../src/core/dtype.js'
import type { HostArray } from '../../src/index.js'
import type { Json } from './format.js'
import { isArrayLiteral, toNumber, type ArrayLiteral } from './program.js'

export interface Tolerance {
  readonly rtol: number
  readonly atol: number
  readonly signedZero: boolean
}

const show = (x: unknown): string =>
  x instanceof NDArray ? `an array ${x.dtype}[${x.shape.join(', ')}]` : (JSON.stringify(x) ?? String(x))

/** The first difference, with its path; null where the trees agree. */
export async function difference(
  actual: unknown,
  expected: Json,
  tolerance: Tolerance,
  path = 'result',
): Promise<string | null> {
  if (isArrayLiteral(expected)) return differenceOfArray(actual, expected, tolerance, path)
  if (expected === null)
    return actual === null || actual === undefined ? null : `${path}: expected null, got ${show(actual)}`
  if (typeof expected !== 'object')
    return Object.is(actual, expected)
      ? null
      : `${path}: expected ${JSON.stringify(expected)}, got ${show(actual)}`
  if ('$num' in expected)
    return Object.is(actual, toNumber(expected['$num'] ?? null))
      ? null
      : `${path}: expected ${JSON.stringify(expected['$num'])}, got ${show(actual)}`
  if (
    Array.isArray(actual) !== Array.isArray(expected) ||
    actual === null ||
    typeof actual !== 'object' ||
    actual instanceof NDArray
  ) {
    return `${path}: expected ${Array.isArray(expected) ? 'a list' : 'an object'}, got ${show(actual)}`
  }
  const [mine, theirs] = [actual as Record<string, unknown>, expected as Readonly<Record<string, Json>>]
  const keys = Object.keys(theirs)
  if (Object.keys(mine).length !== keys.length || keys.some((key) => !(key in mine))) {
    return `${path}: expected fields ${keys.join(', ')}, got ${Object.keys(mine).join(', ')}`
  }
  for (const key of keys) {
    const found = await difference(mine[key], theirs[key] ?? null, tolerance, `${path}.${key}`)
    if (found !== null) return found
  }
  return null
}

async function differenceOfArray(
  actual: unknown,
  expected: ArrayLiteral,
  tolerance: Tolerance,
  path: string,
): Promise<string | null> {
  const { $array: dtype, shape, data } = expected
  const isPlain = typeof actual === 'number' || typeof actual === 'boolean'
  if (!(actual instanceof NDArray) && !(isPlain && shape.length === 0))
    return `${path}: expected ${dtype}[${shape.join(', ')}], got ${show(actual)}`
  let values: HostArray | readonly number[]
  if (actual instanceof NDArray) {
    if (actual.dtype !== dtype || actual.shape.join() !== shape.join())
      return `${path}: expected ${dtype}[${shape.join(', ')}], got ${show(actual)}`
    values = await actual.data()
  } else {
    values = [Number(actual)]
  }
  for (let i = 0; i < data.length; i++) {
    const [a, e] = [values[i] ?? NaN, roundTo(dtype, toNumber(data[i] ?? null))]
    if (!agree(a, e, tolerance, dtype.includes('float')))
      return `${path}[${i}]: expected ${e}, got ${a} (rtol ${tolerance.rtol}, atol ${tolerance.atol})`
  }
  return null
}

function agree(a: number, e: number, { rtol, atol, signedZero }: Tolerance, isFloat: boolean): boolean {
  if (Number.isNaN(e) || Number.isNaN(a)) return Number.isNaN(e) && Number.isNaN(a)
  if (signedZero && a === 0 && e === 0) return Object.is(a, e)
  if (!isFloat || !Number.isFinite(e) || !Number.isFinite(a)) return a === e
  return Math.abs(a - e) <= atol + rtol * Math.abs(e)
}
