// Laws of vmap over random programs, in double precision on the reference device.

import * as fc from 'fast-check'
import { beforeAll } from 'vitest'
import { defaultDevice, numpy as np, type NDArray } from 'cotangent'
import { laws } from 'cotangent/testing'
import type { RandomProgram } from 'cotangent/testing/arbitraries'
import { doublePrograms, exact, law } from './support.js'

beforeAll(() => {
  defaultDevice('reference')
})

interface Batched {
  readonly p: RandomProgram
  readonly xs: readonly NDArray[]
  readonly axes: laws.BatchAxes
}

/** A program, and inputs of which at least one has a batch axis, anywhere. */
const batched: fc.Arbitrary<{ readonly p: RandomProgram; readonly where: readonly (number | null)[]; readonly outAxis: number; readonly size: number }> = fc.record({
  p: doublePrograms(),
  where: fc.array(fc.option(fc.nat(3), { freq: 4 }), { minLength: 3, maxLength: 3 }),
  outAxis: fc.nat(3),
  size: fc.integer({ min: 1, max: 3 }),
})

function withBatches({ p, where, outAxis, size }: { readonly p: RandomProgram; readonly where: readonly (number | null)[]; readonly outAxis: number; readonly size: number }): Batched {
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
  return { p, xs, axes: { inAxes, outAxis } }
}

law('vmap = stacked loop, for all axes', batched, 60, (value) => {
  const { p, xs, axes } = withBatches(value)
  return laws.batching(p.f, xs, axes, exact)
})

law('vmap∘vmap swaps', doublePrograms(), 30, (p) => {
  const xs = p.inputs(6).map((x) => np.reshape(x, [2, 3, ...x.shape.slice(1)]))
  return laws.swappedBatching(p.f, xs, exact)
})

law('vmap(grad f) = grad(Σ vmap f)', doublePrograms({ programClass: 'reverse' }), 40, (p) => {
  const { f } = laws.floatPart(p.f, p.inputs())
  const xs = p.inputs(3).filter((x) => x.dtype === 'float64')
  return laws.batchedGradient(f, xs, exact)
})
