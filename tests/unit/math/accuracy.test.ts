// Largest errors of the float32 expansions against double precision, over even, random and exponent-spread samples:
// measured bounds, with products and sums rounded apart and fused. A line of the table is also the documentation.

import { afterAll, describe, expect, test } from 'vitest'
import { digamma, lgamma } from '../../../src/core/special/index.js'
import { expandedNames } from '../../../src/lowering/math/index.js'
import { apply, samples, worst, type Evaluator } from './accuracy.js'
import { accuracyCases, titleOf } from './cases.js'

const table: string[] = []
const count = process.env['COTANGENT_LONG'] === '1' ? 300_000 : 30_000
const apart: Evaluator = (name, inputs) => apply(name, inputs)
const evaluators: readonly Evaluator[] = [false, true].flatMap((keepsSums) =>
  [false, true].map(
    (fuse): Evaluator =>
      (name, inputs) =>
        apply(name, inputs, { fuse, keepsSums }),
  ),
)

describe('float32 expansions against double precision', () => {
  test.each(accuracyCases.map((c) => [titleOf(c), c] as const))(
    '%s',
    async (title, { name, reference, domains, ulps, floor }) => {
      const inputs = domains.map((domain, i) => samples(domain, count, 17 + i))
      const errors = await Promise.all(evaluators.map((f) => worst(f, name, reference, inputs, floor)))
      table.push(`${title.padEnd(54)} ${errors.map((e) => e.ulps.toFixed(2)).join('  ')}`)
      for (const e of errors)
        expect(e.ulps, `at ${e.at.join(', ')}: ${e.actual}, should be ${e.expected}`).toBeLessThan(ulps)
    },
  )
  test('every function is measured, apart from nextAfter, which is exact', () => {
    const measured = new Set<string>([...accuracyCases.map((c) => c.name), 'nextAfter'])
    expect(expandedNames.filter((name) => !measured.has(name))).toEqual([])
  })
  afterAll(() => {
    if (process.env['COTANGENT_TABLE'] === '1')
      console.log(`largest error in ulps: rounded apart, fused\n${table.join('\n')}`)
  })
})

describe('below zero, where relative accuracy is lost near the zeros of the gamma functions', () => {
  const absolute = async (name: 'lgamma' | 'digamma', reference: (x: number) => number): Promise<number> => {
    const x = samples({ from: -20, to: -0.01 }, count)
    const y = await worst(apart, name, (v) => reference(v ?? 0), [x])
    return Math.abs(y.actual - y.expected)
  }
  test('lgamma', async () => expect(await absolute('lgamma', lgamma)).toBeLessThan(1e-5))
  test('digamma', async () => expect(await absolute('digamma', digamma)).toBeLessThan(1e-4))
})
