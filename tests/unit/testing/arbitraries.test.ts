// The arbitraries: well-typed, printable, reproducible, and shrinking to programs of a line or two.

import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { defaultDevice, makeJaxpr, numpy as np, type NDArray } from 'cotangent'
import {
  arrays,
  broadcastableShapes,
  programs,
  shapes,
  trees,
  type RandomProgram,
} from 'cotangent/testing/arbitraries'
import { broadcastShapes } from '../../../src/core/shape.js'
import { verifyJaxpr } from '../../../src/core/verify.js'
import { jvpRules } from '../../../src/transforms/jvp/index.js'
import { generators, primitivesOf } from '../../../src/testing/programs/generators/index.js'

beforeAll(() => void defaultDevice('reference'))

describe('shapes and arrays', () => {
  test('stay in their bounds', () => {
    fc.assert(
      fc.property(
        shapes({ minRank: 1, maxRank: 2, minSize: 0, maxSize: 3 }),
        (s) => s.length >= 1 && s.length <= 2 && s.every((n) => n >= 0 && n <= 3),
      ),
    )
    fc.assert(
      fc.property(
        arrays('int8', { min: -5, max: 5 }),
        (x) => x.dtype === 'int8' && x.dataSync().every((v) => v >= -5 && v <= 5),
      ),
    )
    fc.assert(
      fc.property(
        arrays('float32', { shape: [2, 3] }),
        (x) => x.shape.join() === '2,3' && x.dataSync().every((v) => Number.isFinite(v)),
      ),
    )
  })
  test('broadcast', () => {
    fc.assert(
      fc.property(
        broadcastableShapes(3),
        (all) => broadcastShapes(all, 'test').length === Math.max(...all.map((s) => s.length)),
      ),
    )
  })
  test('trees hold what they are given', () => {
    fc.assert(fc.property(trees(fc.constant(np.zeros([2]))), (t) => JSON.stringify(t) !== undefined))
  })
})

describe('random programs', () => {
  const sample = (count: number, options = {}): RandomProgram[] =>
    fc.sample(programs(options), { numRuns: count, seed: 3 })

  test('are well typed', () => {
    for (const p of sample(100)) {
      const { jaxpr } = makeJaxpr((...xs: NDArray[]) => p.f(...xs))(...p.inputs())
      verifyJaxpr(jaxpr, 'a random program')
    }
  })
  test('give a float, and the shapes they say', () => {
    for (const p of sample(100, { dtype: 'float64' })) {
      const ys = p.f(...p.inputs())
      expect(ys.some((y) => y.dtype === 'float64')).toBe(true)
    }
  })
  test('are the same for the same seed, and so are their inputs', async () => {
    const [a, b] = [sample(20), sample(20)]
    expect(a.map(String)).toEqual(b.map(String))
    const numbers = (p: RandomProgram): number[][] => p.inputs(2).map((x) => [...x.dataSync()])
    expect(a.map(numbers)).toEqual(b.map(numbers))
  })
  test('shrink to the step that fails, on a scalar', () => {
    const uses = ({ program }: RandomProgram): boolean =>
      program.steps.some(({ primitive }) => primitive === 'logistic')
    const { counterexample } = fc.check(
      fc.property(programs(), (p) => !uses(p)),
      { seed: 1, numRuns: 500 },
    )
    expect(String(counterexample?.[0])).toBe(
      'program(a: f32[]) {\n  b: f32[] = logistic a\n  return b\n} with inputs of seed 0',
    )
  })
  test('as counterexamples print as programs', () => {
    const report = fc.check(
      fc.property(programs(), () => false),
      { seed: 1, numRuns: 1 },
    )
    expect(fc.defaultReportMessage(report)).toContain('program(a: f32[]) {')
  })
  test('of a differentiable class have only primitives with derivatives', () => {
    const names = primitivesOf('differentiable')
    expect(names).not.toContain('customVjp')
    expect(
      names.every(
        (name) =>
          typeof jvpRules[name] === 'function' || (jvpRules[name] as { kind: string }).kind === 'zero',
      ),
    ).toBe(true)
    expect(primitivesOf('any')).toHaveLength(Object.keys(generators).length)
    expect(
      Object.keys(generators).filter(
        (name) => generators[name as keyof typeof generators].differences === 'disagree',
      ),
    ).toEqual(['stopGradient', 'nextAfter', 'while'])
  })
})
