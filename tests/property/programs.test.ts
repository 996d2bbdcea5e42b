// Laws of tracing, compiling and rewriting over random programs, in double precision on the reference device.

import { beforeAll, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { defaultDevice, jit, grad, makeJaxpr, vmap, type NDArray } from 'cotangent'
import { laws } from 'cotangent/testing'
import { programs } from 'cotangent/testing/arbitraries'
import { evalJaxpr } from '../../src/transforms/index.js'
import { passes } from '../../src/lowering/passes/index.js'
import { primitiveNames } from '../../src/core/primitives/index.js'
import { verifyJaxpr } from '../../src/core/verify.js'
import { expectClose } from '../../src/testing/compare.js'
import type { Program } from '../../src/testing/programs/program.js'
import { doublePrograms, exact, law, lawOfEach } from './support.js'

beforeAll(() => {
  defaultDevice('reference')
})

law('jit = eager', doublePrograms(), 50, (p) => laws.transparentJit(p.f, p.inputs(), exact))
lawOfEach(
  'jit = eager',
  'any',
  (primitives) => doublePrograms({ primitives, maxSteps: 1 }),
  1,
  (p) => laws.transparentJit(p.f, p.inputs(), exact),
)
law('jit(grad f) = grad(jit f) = grad f', doublePrograms({ programClass: 'reverse' }), 25, async (p) => {
  const { f, xs } = laws.floatPart(p.f, p.inputs())
  const argnums = xs.map((_, i) => i)
  const scalar = laws.scalarized(f)
  const expected = grad(scalar, { argnums })(...xs)
  await expectClose('jit(grad f) = grad f', jit(grad(scalar, { argnums }))(...xs), expected, exact)
  await expectClose('grad(jit f) = grad f', grad(jit(scalar), { argnums })(...xs), expected, exact)
})
law('jit(vmap f) = vmap(jit f) = vmap f', doublePrograms(), 25, async (p) => {
  const xs = p.inputs(2)
  const f = (...all: NDArray[]): NDArray[] => p.f(...all)
  const expected = vmap(f)(...xs)
  await expectClose('jit(vmap f) = vmap f', jit(vmap(f))(...xs), expected, exact)
  await expectClose('vmap(jit f) = vmap f', vmap(jit(f))(...xs), expected, exact)
})
law('eval(makeJaxpr f) = f', doublePrograms(), 50, (p) => laws.faithfulProgram(p.f, p.inputs(), exact))
law('every pass preserves the meaning', doublePrograms(), 50, async (p) => {
  const xs = p.inputs()
  const { jaxpr, consts } = makeJaxpr((...all: NDArray[]) => p.f(...all))(...xs)
  const all = [...consts, ...xs]
  const expected = evalJaxpr(jaxpr, all)
  let current = jaxpr
  for (const pass of passes) {
    current = pass.run(current)
    verifyJaxpr(current, pass.name)
    await expectClose(`pass '${pass.name}'`, evalJaxpr(current, all), expected, exact)
  }
})

law(
  'every pass preserves scans and their gradients',
  doublePrograms({ programClass: 'reverse', primitives: ['scan'], maxSteps: 2 }),
  40,
  async (p) => {
    const { f, xs } = laws.floatPart(p.f, p.inputs())
    const argnums = xs.map((_, i) => i)
    const { jaxpr, consts } = makeJaxpr((...all: NDArray[]) => [
      ...f(...all),
      ...grad(laws.scalarized(f), { argnums })(...all),
    ])(...xs)
    const all = [...consts, ...xs]
    const expected = evalJaxpr(jaxpr, all)
    let current = jaxpr
    for (const pass of passes) {
      current = pass.run(current)
      verifyJaxpr(current, pass.name)
      await expectClose(`pass '${pass.name}'`, evalJaxpr(current, all), expected, exact)
    }
  },
)

test('random programs use every primitive', () => {
  const seen = new Set<string>()
  const visit = ({ steps }: Program): void => {
    for (const { primitive, params } of steps) {
      seen.add(primitive)
      if ('program' in params) visit(params.program as Program)
    }
  }
  for (const { program } of fc.sample(programs(), { numRuns: 1500, seed: 1 })) visit(program)
  expect(primitiveNames.filter((name) => !seen.has(name))).toEqual([])
})

test('values stay finite, by construction', async () => {
  for (const p of fc.sample(doublePrograms(), { numRuns: 200, seed: 2 })) {
    for (const y of p.f(...p.inputs())) {
      const data = await y.data()
      expect(
        data.every((v) => Number.isFinite(v)),
        p.toString(),
      ).toBe(true)
    }
  }
})
