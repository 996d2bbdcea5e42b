// What Optax computes (data/generate.py): updates of eight steps on the same gradients, eager and compiled; schedules.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultDevice, jit, numpy as np, optim, tree, type NDArray } from '../../../src/index.js'

defaultDevice('wasm')

type Numbers = number | null | readonly Numbers[]
interface Layers<L> {
  readonly body: { readonly bias: L; readonly kernel: L }
  readonly head: { readonly bias: L; readonly kernel: L }
}
interface Case {
  readonly updates: readonly Layers<Numbers>[]
  readonly params: Layers<Numbers>
}
interface Document {
  readonly params: Layers<Numbers>
  readonly gradients: readonly Layers<Numbers>[]
  readonly cases: Readonly<Record<string, Case>>
  readonly schedules: Readonly<Record<string, readonly number[]>>
}

const file = new URL('data/optax.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Document

/** null stands for NaN. */
const numbers = (x: Numbers): number | number[] =>
  x === null ? NaN : typeof x === 'number' ? x : (x.map(numbers) as number[])
const eachLayer = <L, R>({ body, head }: Layers<L>, f: (leaf: L) => R): Layers<R> => ({
  body: { bias: f(body.bias), kernel: f(body.kernel) },
  head: { bias: f(head.bias), kernel: f(head.kernel) },
})
const arrays = (x: Layers<Numbers>): Layers<NDArray> =>
  eachLayer(x, (leaf) => np.array(numbers(leaf) as number[], { dtype: 'float32' }))

const start = arrays(recorded.params)
const gradients = recorded.gradients.map(arrays)
const caseOf = (name: string): Case => {
  const found = recorded.cases[name]
  if (found === undefined) throw new Error(`optax.json has no case ${name}`)
  return found
}

const flat = (x: unknown): number[] =>
  tree.leaves(x).flatMap((leaf) => [...(leaf as NDArray).ravel().dataSync()].map(Number))

/** Equal up to float32's rounding; NaN is NaN only. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  const off = actual.findIndex((x, i) => {
    const y = expected[i] ?? NaN
    return Number.isNaN(x) !== Number.isNaN(y) || Math.abs(x - y) > 2e-5 * Math.abs(y) + 2e-6
  })
  expect(off === -1 ? [] : [off, actual[off], expected[off]]).toEqual([])
}

interface Run {
  readonly compile: boolean
  readonly given?: readonly Layers<NDArray>[]
  readonly before?: (state: optim.OptimizerState, step: number) => optim.OptimizerState
}

/** The updates of all steps and the last parameters, compared with those recorded. */
function replay(name: string, optimizer: optim.GradientTransformation, run: Run): void {
  const { compile, given = gradients, before = (state) => state } = run
  const step = (g: Layers<NDArray>, state: optim.OptimizerState, params: Layers<NDArray>) => {
    const [updates, next] = optimizer.update(g, state, params)
    return { updates, state: next, params: optim.applyUpdates(params, updates) }
  }
  const compiled = jit(step)
  let [params, state] = [start, optimizer.init(start)]
  for (const [i, gradient] of given.entries()) {
    const made = (compile ? compiled : step)(gradient, before(state, i), params)
    expectClose(flat(made.updates), flat(arrays(caseOf(name).updates[i] as Layers<Numbers>)))
    ;({ params, state } = made)
  }
  expectClose(flat(params), flat(arrays(caseOf(name).params)))
  if (compile) expect(compiled.traces).toHaveLength(1)
}

const isMatrix = (_: string, p: NDArray): boolean => p.ndim > 1
const isKernel = (path: string): boolean => path.endsWith('.kernel')
const everyK: optim.Schedule = (step) => np.where(np.less(step, 1), 2, 3)

const optimizers: Readonly<Record<string, optim.GradientTransformation>> = {
  lamb: optim.lamb(0.1),
  lambOptions: optim.lamb(0.1, { b1: 0.8, eps: 1e-3, epsRoot: 1e-4, weightDecay: 0.05, mask: isMatrix }),
  trustRatio: optim.scaleByTrustRatio({ minNorm: 0.5, trustCoefficient: 0.1, eps: 0.01 }),
  adamwMask: optim.adamw(0.1, { weightDecay: 0.1, mask: isMatrix }),
  adamEpsRoot: optim.adam(0.1, { epsRoot: 1e-3 }),
  lionMask: optim.lion(0.1, { weightDecay: 0.1, mask: isKernel }),
  rmspropAll: optim.rmsprop(0.1, { decay: 0.8, centered: true, momentum: 0.9, nesterov: true }),
  masked: optim.masked(optim.adam(0.1), isKernel),
  multiTransform: optim.multiTransform(
    { head: optim.adam(0.1), body: optim.sgd(0.5, { momentum: 0.9 }) },
    { head: 'head', body: 'body' },
  ),
  frozen: optim.multiTransform({ head: optim.adam(0.1), frozen: optim.setToZero() }, (path) =>
    path.startsWith('.head') ? 'head' : 'frozen',
  ),
  multiSteps: optim.multiSteps(optim.adam(0.1), 3),
  multiStepsSum: optim.multiSteps(optim.chain(optim.clipByGlobalNorm(1), optim.sgd(0.1)), 2, {
    useGradMean: false,
  }),
  multiStepsSchedule: optim.multiSteps(optim.adamw(0.1), everyK),
  multiStepsSkip: optim.multiSteps(optim.adam(0.1), 2, { shouldSkipUpdateFn: optim.skipLargeUpdates(20) }),
  ema: optim.ema(0.9),
  emaBiased: optim.chain(optim.ema(0.5, { debias: false }), optim.scale(-0.1)),
  inject: optim.injectHyperparams(optim.adamw)(optim.linearSchedule(0.1, 0.01, 6), {
    b1: optim.exponentialDecay(0.9, 4, 0.5),
    weightDecay: 0.1,
  }),
  linearOnecycle: optim.sgd(optim.linearOnecycleSchedule(8, 0.5)),
  cosineOnecycle: optim.adam(
    optim.cosineOnecycleSchedule(8, 0.5, { pctStart: 0.4, divFactor: 10, finalDivFactor: 100 }),
  ),
}

describe.each([
  { compile: false, how: 'eager' },
  { compile: true, how: 'compiled once' },
])("Optax's trajectories, $how", ({ compile }) => {
  it.each(Object.entries(optimizers))('%s', (name, optimizer) => replay(name, optimizer, { compile }))

  it('applyIfFinite, overlooking bad gradients and giving up', () => {
    const bad = gradients.map((g, i) =>
      eachLayer(g, (leaf) => np.multiply(leaf, [1, 2, 3, 5].includes(i) ? NaN : 1)),
    )
    const momentum = optim.applyIfFinite(optim.sgd(0.1, { momentum: 0.9 }), 4)
    replay('applyIfFinite', momentum, { compile, given: bad })
    replay('applyIfFiniteGivesUp', optim.applyIfFinite(optim.sgd(0.1), 2), { compile, given: bad })
  })

  it('a rate changed between steps', () => {
    const before = (state: optim.OptimizerState, i: number): optim.OptimizerState =>
      i === 3 ? optim.setHyperparams(state, { learningRate: 0.01 }) : state
    replay('changed', optim.injectHyperparams(optim.adam)(0.1), { compile, before })
  })
})

const schedules: Readonly<Record<string, optim.Schedule>> = {
  linearOnecycle: optim.linearOnecycleSchedule(20, 0.5),
  linearOnecycleOptions: optim.linearOnecycleSchedule(20, 0.5, {
    pctStart: 0.25,
    pctFinal: 0.7,
    divFactor: 10,
    finalDivFactor: 50,
  }),
  cosineOnecycle: optim.cosineOnecycleSchedule(20, 0.5),
  cosineOnecycleOptions: optim.cosineOnecycleSchedule(20, 0.5, {
    pctStart: 0.45,
    divFactor: 10,
    finalDivFactor: 50,
  }),
  interpolateLinear: optim.piecewiseInterpolateSchedule('linear', 2, { 3: 0.5, 9: 0.1, 15: 4 }),
  interpolateCosine: optim.piecewiseInterpolateSchedule('cosine', 2, { 3: 0.5, 9: 0.1, 15: 4 }),
  warmupConstant: optim.warmupConstantSchedule(0.1, 1, 7),
  warmupExponential: optim.warmupExponentialDecaySchedule(0.1, 1, 5, 3, 0.5, {
    transitionBegin: 2,
    staircase: true,
    endValue: 0.2,
  }),
  warmupCosine: optim.warmupCosineDecaySchedule(0, 1, 5, 18, { endValue: 0.1, exponent: 2 }),
  sgdr: optim.sgdrSchedule([
    { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 8 },
    { initValue: 0.1, peakValue: 0.5, warmupSteps: 3, decaySteps: 12, endValue: 0.05 },
  ]),
  piecewiseConstant: optim.piecewiseConstantSchedule(1, { 10: 0.5, 4: 0.1 }),
  polynomial: optim.polynomialSchedule(1, 0.1, 3, 9, { transitionBegin: 4 }),
}

describe("Optax's schedules", () => {
  it.each(Object.entries(schedules))('%s', (name, schedule) => {
    const expected = recorded.schedules[name] ?? []
    expect(expected).toHaveLength(24)
    const value = (n: number | NDArray): NDArray => np.astype(schedule(n), 'float32')
    expectClose(
      expected.map((_, n) => value(n).item()),
      expected,
    )
    const traced = jit((n: NDArray) => value(n))
    expectClose(
      expected.map((_, n) => traced(np.array(n, { dtype: 'int32' })).item()),
      expected,
    )
  })
})
