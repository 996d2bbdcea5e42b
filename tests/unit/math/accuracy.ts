/**
 * Measures an expansion against double precision: (function, samples) → the largest error in units in the last place.
 */

import { expandMath } from '../../../src/lowering/math/index.js'
import { constantPosition } from '../../../src/lowering/position.js'
import { ExprBuilder, type MathName } from '../../../src/lowering/expr.js'
import { evaluate } from '../../support/exprEvaluator.js'

const smallestNormal = 2 ** -126
export const largestFloat = 2 ** 128 * (1 - 2 ** -24)

/** The spacing of float32 numbers at y; that of the smallest normal number below it. */
export const ulpOf = (y: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(y))), -126) - 23)

/**
 * |actual - expected| in ulps (of `floor`, where the expectation is below it); 0 for equal, infinity where one of
 * them is not finite and they differ.
 */
export function ulpError(actual: number, expected: number, floor = 0): number {
  if (Object.is(actual, expected) || actual === expected || (Number.isNaN(actual) && Number.isNaN(expected)))
    return 0
  if (Number.isNaN(actual) || Number.isNaN(expected)) return Infinity
  // Results below the normal numbers may be flushed to zero; beyond the largest number the expectation is infinity.
  if (Math.abs(expected) < smallestNormal && Math.abs(actual) <= smallestNormal) return 0
  const rounded = Math.fround(expected)
  if (Math.abs(rounded) === Infinity || Math.abs(actual) === Infinity)
    return actual === rounded
      ? 0
      : Math.abs(expected) > largestFloat * 0.9999995 && Math.abs(actual) > largestFloat * 0.9999995
        ? 1
        : Infinity
  return Math.abs(actual - expected) / ulpOf(Math.max(floor, Math.abs(expected)))
}

/** Computes a function of float32 columns. */
export type Evaluator = (
  name: MathName,
  inputs: readonly Float32Array[],
) => Float32Array | Promise<Float32Array>

/** The expansion, evaluated with every operation rounded, or with products fused into sums. */
export function apply(
  name: MathName,
  inputs: readonly Float32Array[],
  { fuse = false, keepsSums = false } = {},
): Float32Array {
  const b = new ExprBuilder()
  const args = inputs.map((_, i) => b.load(i, 'f32', constantPosition(0)))
  const expr = expandMath(b, name, args, keepsSums)
  return evaluate(expr, inputs, fuse) as Float32Array
}

export interface Worst {
  readonly ulps: number
  readonly at: readonly number[]
  readonly actual: number
  readonly expected: number
}

/** The largest error of `evaluate`; results below `floor` are measured in units of it, errors up to `flushed` not at all. */
export async function worst(
  evaluate: Evaluator,
  name: MathName,
  reference: (...x: number[]) => number,
  inputs: readonly Float32Array[],
  floor = 0,
  flushed = 0,
): Promise<Worst> {
  const actual = await evaluate(name, inputs)
  let found: Worst = { ulps: 0, at: [], actual: 0, expected: 0 }
  actual.forEach((value, i) => {
    const at = inputs.map((column) => column[i] ?? 0)
    const expected = reference(...at)
    const ulps = ulpError(value, expected, floor)
    if (ulps > found.ulps && !(Math.abs(value - expected) <= flushed))
      found = { ulps, at, actual: value, expected }
  })
  return found
}

/** A small fixed generator (Marsaglia's xorshift32), so that the samples are the same in every run. */
function* xorshift(seed: number): Generator<number> {
  let state = seed
  for (;;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

export interface Domain {
  readonly from: number
  readonly to: number
}

/** Evenly spaced and random floats of a range, and random ones evenly spread over its exponents. */
export function samples({ from, to }: Domain, count: number, seed = 1): Float32Array {
  const random = xorshift(seed)
  const out = new Float32Array(count)
  const uniform = (): number => (random.next().value as number) / 2 ** 32
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  for (let i = 0; i < count; i++) {
    if (i % 3 === 0) out[i] = from + ((to - from) * i) / count
    else if (i % 3 === 1) out[i] = from + (to - from) * uniform()
    else {
      do bits[0] = random.next().value as number
      while (!(float[0]! >= from && float[0]! <= to && Math.abs(float[0]!) >= smallestNormal))
      out[i] = float[0]!
    }
  }
  return out
}
