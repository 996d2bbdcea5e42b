// Laws of transformations over random trees, gradients and rates: chains, masks, accumulation, norms, schedules, jit.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultDevice, jit, numpy as np, optim, tree, type NDArray } from '../../../src/index.js'

defaultDevice('reference')

interface Params {
  readonly a: NDArray
  readonly b: readonly [NDArray, null, { readonly c: NDArray }]
}

const runs = { numRuns: 25 }
const number = fc.double({ min: -4, max: 4, noNaN: true }).map((x) => Math.round(x * 64) / 64)
const vector = (n: number): fc.Arbitrary<NDArray> =>
  fc.array(number, { minLength: n, maxLength: n }).map((x) => np.array(x))
const params: fc.Arbitrary<Params> = fc
  .tuple(vector(3), vector(2), vector(4))
  .map(([a, b, c]) => ({ a, b: [b, null, { c: c.reshape([2, 2]) }] }))
const history = fc.array(params, { minLength: 1, maxLength: 4 })

/** Links of chains; all with a state that differs from step to step, or none. */
const link: fc.Arbitrary<optim.GradientTransformation> = fc.oneof(
  fc.double({ min: 0, max: 0.9, noNaN: true }).map((decay) => optim.trace({ decay })),
  fc.double({ min: 0.1, max: 2, noNaN: true }).map((x) => optim.clip(x)),
  fc.double({ min: 0.1, max: 2, noNaN: true }).map((x) => optim.clipByGlobalNorm(x)),
  fc.constantFrom(
    optim.scaleByAdam(),
    optim.scaleByRms(),
    optim.scaleByLion(),
    optim.ema(0.5),
    optim.addDecayedWeights({ weightDecay: 0.1 }),
    optim.scaleBySchedule(optim.linearSchedule(1, 0, 3)),
    optim.masked(optim.scale(-2), (path) => path === '.a'),
  ),
)

const flat = (x: unknown): number[] =>
  tree.leaves(x).flatMap((leaf) => [...(leaf as NDArray).ravel().dataSync()].map(Number))

/** The updates of all steps, one list. */
function trajectory(
  optimizer: optim.GradientTransformation,
  start: Params,
  gradients: readonly Params[],
  update = (g: Params, state: optim.OptimizerState, p: Params) => optimizer.update(g, state, p),
): number[] {
  let [now, state, all] = [start, optimizer.init(start), [] as number[]]
  for (const gradient of gradients) {
    const [updates, next] = update(gradient, state, now)
    now = optim.applyUpdates(now, updates)
    state = next
    all = [...all, ...flat(updates)]
  }
  return all
}

const expectEqual = (actual: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, x] of actual.entries()) expect(x).toBeCloseTo(expected[i] ?? NaN, digits)
}

describe('chains', () => {
  it('are associative, and identity is their unit', () => {
    fc.assert(
      fc.property(link, link, link, params, history, (f, g, h, start, gradients) => {
        const expected = trajectory(optim.chain(f, g, h), start, gradients)
        const same = (other: optim.GradientTransformation) =>
          expect(trajectory(other, start, gradients)).toEqual(expected)
        same(optim.chain(optim.chain(f, g), h))
        same(optim.chain(f, optim.chain(g, h)))
        same(optim.chain(optim.identity(), f, g, optim.identity(), h))
        expect(trajectory(optim.chain(), start, gradients)).toEqual(gradients.flatMap(flat))
      }),
      runs,
    )
  })

  it('compiled and eager give the same', () => {
    fc.assert(
      fc.property(link, link, params, history, (f, g, start, gradients) => {
        const optimizer = optim.chain(f, g, optim.scaleByLearningRate(0.1))
        const step = jit((gradient: Params, state: optim.OptimizerState, p: Params) =>
          optimizer.update(gradient, state, p),
        )
        expectEqual(trajectory(optimizer, start, gradients, step), trajectory(optimizer, start, gradients))
        expect(step.traces).toHaveLength(1)
      }),
      { numRuns: 10 },
    )
  })
})

describe('masks and groups', () => {
  it('everywhere true is the inner transformation, everywhere false is nothing', () => {
    fc.assert(
      fc.property(link, params, history, (inner, start, gradients) => {
        const expected = trajectory(inner, start, gradients)
        expect(trajectory(optim.masked(inner, true), start, gradients)).toEqual(expected)
        expect(
          trajectory(
            optim.masked(inner, () => true),
            start,
            gradients,
          ),
        ).toEqual(expected)
        expect(trajectory(optim.multiTransform({ all: inner }, 'all'), start, gradients)).toEqual(expected)
        const none = trajectory(optim.masked(inner, { a: false, b: [false, null, false] }), start, gradients)
        expect(none).toEqual(gradients.flatMap(flat))
      }),
      runs,
    )
  })

  it('groups are independent of one another', () => {
    fc.assert(
      fc.property(params, history, (start, gradients) => {
        const [one, other] = [optim.adam(0.1), optim.sgd(1, { momentum: 0.5 })]
        const both = optim.multiTransform({ one, other }, { a: 'one', b: 'other' })
        const part = (optimizer: optim.GradientTransformation, own: (p: Params) => unknown): number[] => {
          let state = optimizer.init(own(start))
          return gradients.flatMap((gradient) => {
            const [updates, next] = optimizer.update(own(gradient), state)
            state = next
            return flat(updates)
          })
        }
        const [a, b] = [part(one, (p) => p.a), part(other, (p) => p.b)]
        const expected = gradients.flatMap((_, i) => [
          ...a.slice(3 * i, 3 * i + 3),
          ...b.slice(6 * i, 6 * i + 6),
        ])
        expect(trajectory(both, start, gradients)).toEqual(expected)
      }),
      runs,
    )
  })

  it('frozen parameters do not move, whatever decays', () => {
    fc.assert(
      fc.property(params, history, (start, gradients) => {
        const frozen = optim.freeze((path) => path.startsWith('.b'))
        const optimizer = optim.chain(optim.adamw(0.1, { weightDecay: 1 }), frozen)
        const all = trajectory(optimizer, start, gradients)
        expect(all.filter((_, i) => i % 9 >= 3).every((x) => x === 0)).toBe(true)
      }),
      runs,
    )
  })
})

describe('accumulation', () => {
  it('k equal gradients are one step, and nothing moves before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), params, history, (k, start, gradients) => {
        const inner = optim.chain(optim.clipByGlobalNorm(2), optim.adamw(0.1))
        const repeated = gradients.flatMap((g) => new Array<Params>(k).fill(g))
        const all = trajectory(optim.multiSteps(inner, k), start, repeated)
        const steps = gradients.map((_, i) => all.slice(9 * (k * i + k - 1), 9 * (k * i + k)))
        expectEqual(steps.flat(), trajectory(inner, start, gradients))
        const waiting = all.filter((_, i) => Math.floor(i / 9) % k !== k - 1)
        expect(waiting.every((x) => x === 0)).toBe(true)
      }),
      runs,
    )
  })

  it('tells when it has made a step, and forgets batches that are not finite', () => {
    const optimizer = optim.multiSteps(optim.sgd(1), 2, { shouldSkipUpdateFn: optim.skipNotFinite })
    let state = optimizer.init(np.zeros([1]))
    const seen = [1, NaN, 3, Infinity, 5].map((g) => {
      const [updates, next] = optimizer.update(np.array([g]), state)
      state = next
      return [updates.slice(0).item(), Number(optim.hasUpdated(next).item())]
    })
    expect(seen.map(([update]) => update)).toEqual([0, 0, -2, 0, 0])
    expect(seen.map(([, updated]) => updated)).toEqual([0, 0, 1, 1, 0])
    expect(state.gradientStep.item()).toBe(1)
  })
})

describe('norms', () => {
  it('clipByGlobalNorm bounds the length and keeps the direction; short ones pass', () => {
    fc.assert(
      fc.property(params, fc.double({ min: 0.01, max: 20, noNaN: true }), (gradient, limit) => {
        const clipping = optim.clipByGlobalNorm(limit)
        const [clipped] = clipping.update(gradient, clipping.init(gradient))
        const [before, after] = [optim.globalNorm(gradient).item(), optim.globalNorm(clipped).item()]
        expect(after).toBeLessThanOrEqual(limit * (1 + 1e-5))
        if (before < limit) expect(flat(clipped)).toEqual(flat(gradient))
        else
          expectEqual(
            flat(clipped),
            flat(gradient).map((x) => (x * limit) / before),
          )
      }),
      runs,
    )
  })
})

describe('schedules', () => {
  const at = (schedule: optim.Schedule, n: number): number => np.astype(schedule(n), 'float32').item()
  const steps = fc.integer({ min: 1, max: 50 })
  const value = fc.double({ min: 0.1, max: 2, noNaN: true })

  it('have their values at their boundaries, and stay there', () => {
    fc.assert(
      fc.property(value, value, steps, steps, (from, to, n, more) => {
        const ends: readonly (readonly [optim.Schedule, number, number])[] = [
          [optim.linearSchedule(from, to, n), from, to],
          [optim.polynomialSchedule(from, to, 2, n), from, to],
          [optim.cosineDecaySchedule(from, n), from, 0],
          [optim.warmupConstantSchedule(from, to, n), from, to],
          [optim.piecewiseConstantSchedule(from, { [n]: to / from }), from, to],
          [optim.piecewiseInterpolateSchedule('cosine', from, { [n]: to / from }), from, to],
          [optim.joinSchedules([() => from, () => to], [n]), from, to],
          [optim.exponentialDecay(from, n, 0.5, { endValue: from / 2 }), from, from / 2],
        ]
        for (const [schedule, first, last] of ends) {
          expect(at(schedule, 0)).toBeCloseTo(first, 5)
          expect(at(schedule, n)).toBeCloseTo(last, 5)
          expect(at(schedule, n + more)).toBeCloseTo(last, 5)
        }
        const warm = optim.warmupCosineDecaySchedule(0, to, n, n + more, { endValue: to / 10 })
        expect([0, n, n + more].map((step) => at(warm, step).toFixed(4))).toEqual(
          [0, to, to / 10].map((x) => x.toFixed(4)),
        )
      }),
      runs,
    )
  })

  it('one-cycle goes up to its peak and down, and never beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 60 }), value, (n, peak) => {
        for (const schedule of [
          optim.linearOnecycleSchedule(n, peak),
          optim.cosineOnecycleSchedule(n, peak),
        ]) {
          const all = Array.from({ length: n + 5 }, (_, i) => at(schedule, i))
          const top = Math.trunc(0.3 * n)
          expect(all[top]).toBeCloseTo(peak, 5)
          expect(Math.max(...all)).toBeLessThanOrEqual(peak * (1 + 1e-5))
          all.slice(1).forEach((x, i) => {
            if (i < top) expect(x).toBeGreaterThanOrEqual((all[i] ?? 0) - 1e-6)
            else expect(x).toBeLessThanOrEqual((all[i] ?? 0) + 1e-6)
          })
          expect(all.at(-1)).toBeCloseTo(peak / 25e4, 7)
        }
      }),
      runs,
    )
  })
})
