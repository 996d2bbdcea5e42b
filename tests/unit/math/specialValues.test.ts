// Special values of the float32 expansions: signed zeros, infinities, NaN, poles, and the ends of the range.

import { expect, test } from 'vitest'
import type { MathName } from '../../../src/lowering/expr.js'
import { apply } from './accuracy.js'
import { specialPairs, specialValues } from './specialCases.js'

/** Both forms of an expansion give the same special values. */
function at(name: MathName, ...columns: readonly (readonly number[])[]): number[] {
  const inputs = columns.map((c) => Float32Array.from(c))
  const [plain, summed] = [false, true].map((keepsSums) => [...apply(name, inputs, { keepsSums })])
  expect(summed).toEqual(plain)
  return plain ?? []
}

test.each(specialValues)('%s', (name, pairs) => {
  expect(
    at(
      name,
      pairs.map(([x]) => x),
    ),
  ).toEqual(pairs.map(([, y]) => Math.fround(y)))
})
test.each(specialPairs)('%s of two numbers', (name, triples) => {
  expect(
    at(
      name,
      triples.map(([x]) => x),
      triples.map(([, y]) => y),
    ),
  ).toEqual(triples.map(([, , z]) => Math.fround(z)))
})

test.each(['sin', 'cos'] as const)('%s stays bounded up to 2³⁰', (name) => {
  const x = Float32Array.from({ length: 20_000 }, (_, i) => 1e5 + i * 53_680.5)
  const y = apply(name, [x])
  expect(y.every((v) => Math.abs(v) <= 1.1)).toBe(true)
})
