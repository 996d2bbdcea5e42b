// Laws of vmap over random programs, in double precision on the reference device.

import * as fc from 'fast-check'
import { beforeAll } from 'vitest'
import { defaultDevice, numpy as np, type NDArray } from 'cotangent'
import { laws } from 'cotangent/testing'
import type { RandomProgram } from 'cotangent/testing/arbitraries'
import { doublePrograms, exact, law, lawOfEach } from './support.js'

beforeAll(() => {
  defaultDevice('reference')
})

interface Case {
  readonly p: RandomProgram
  /** For each input, where its batch axis is (cut to its rank), or null. */
  readonly where: readonly (number | null)[]
  readonly outAxis: number
  readonly size: number
}

const cases = (program: fc.Arbitrary<RandomProgram>): fc.Arbitrary<Case> =>
  fc.record({
    p: program,
    where: fc.array(fc.option(fc.nat(3), { freq: 2 }), { minLength: 3, maxLength: 3 }),
    outAxis: fc.nat(3),
    size: fc.integer({ min: 1, max: 3 }),
  })

/** vmap against the loop, with inputs of which at least one has a batch axis. */
function equalsLoop({ p, where, outAxis, size }: Case): Promise<void> {
  const single = p.inputs()
  const all = p.inputs(size)
  const wanted = single.map((x, i) => {
    const axis = where[i] ?? null
    return axis === null ? null : Math.min(axis, x.ndim)
  })
  const inAxes = wanted.every((axis) => axis === null) ? wanted.map((_, i) => (i === 0 ? 0 : null)) : wanted
  const xs = single.map((x, i) => {
    const axis = inAxes[i] ?? null
    return axis === null ? x : np.moveaxis(all[i] as NDArray, 0, axis)
  })
  return laws.batching(p.f, xs, { inAxes, outAxis }, exact)
}

law('vmap = stacked loop, for all axes', cases(doublePrograms()), 60, equalsLoop)
lawOfEach(
  'vmap = stacked loop, for all axes',
  'any',
  (primitives) => cases(doublePrograms({ primitives, maxSteps: 1 })),
  6,
  equalsLoop,
)

law('vmap∘vmap swaps', doublePrograms(), 30, (p) => {
  const xs = p.inputs(6).map((x) => np.reshape(x, [2, 3, ...x.shape.slice(1)]))
  return laws.swappedBatching(p.f, xs, exact)
})

law('vmap(grad f) = grad(Σ vmap f)', doublePrograms({ programClass: 'reverse' }), 40, (p) => {
  const { f } = laws.floatPart(p.f, p.inputs())
  const xs = p.inputs(3).filter((x) => x.dtype === 'float64')
  return laws.batchedGradient(f, xs, exact)
})
