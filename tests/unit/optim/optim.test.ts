// Optimizers: that they descend, that they jit with donated state, mistakes. Trajectories are in the conformance file.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  numpy as np,
  optim,
  tree,
  type NDArray,
} from '../../../src/index.js'

defaultDevice('reference')

interface Params {
  readonly w: NDArray
  readonly b: readonly [NDArray, null]
}

const start = (): Params => ({ w: np.array([3, -2]), b: [np.array(1), null] })
const loss = ({ w, b }: Params): NDArray =>
  np
    .square(w)
    .sum()
    .add(np.square(b[0].sub(2)))

describe('optimizers', () => {
  it.each<[string, optim.GradientTransformation]>([
    ['sgd', optim.sgd(0.1)],
    ['momentum', optim.sgd(0.05, { momentum: 0.9 })],
    ['nesterov', optim.sgd(0.05, { momentum: 0.9, nesterov: true })],
    ['adam', optim.adam(0.2)],
    ['adamw', optim.adamw(0.2)],
    ['adamax', optim.adamax(0.3)],
    ['rmsprop', optim.rmsprop(0.1)],
    ['adagrad', optim.adagrad(1)],
    ['adadelta', optim.adadelta(2, { eps: 1e-2 })],
    ['lion', optim.lion(0.1)],
    ['lamb', optim.lamb(0.1)],
    [
      'a chain',
      optim.chain(optim.clipByGlobalNorm(1), optim.clip(0.5), optim.scaleByAdam(), optim.scale(-0.2)),
    ],
    ['a schedule', optim.sgd(optim.cosineDecaySchedule(0.3, 80))],
  ])('%s descends under jit, with donated state and one trace', (_, optimizer) => {
    const step = jit(
      (params: Params, state: optim.OptimizerState) => {
        const [updates, next] = optimizer.update(grad(loss)(params), state, params)
        return [optim.applyUpdates(params, updates), next] as const
      },
      { donateArgnums: [0, 1] },
    )
    let params = start()
    let state = optimizer.init(params)
    for (let i = 0; i < 80; i++) [params, state] = step(params, state)
    expect(step.traces).toHaveLength(1)
    expect(loss(params).item()).toBeLessThan(0.3)
    expect(params.b[1]).toBeNull()
  })

  it('jit changes nothing', () => {
    const optimizer = optim.adam(0.1)
    const run = (update: typeof optimizer.update): Params => {
      let params = start()
      let state = optimizer.init(params)
      for (let i = 0; i < 3; i++) {
        const [updates, next] = update(grad(loss)(params), state, params)
        params = optim.applyUpdates(params, updates)
        state = next
      }
      return params
    }
    const compiled = run(
      jit(
        optimizer.update as (updates: Params, state: optim.OptimizerState) => [Params, optim.OptimizerState],
      ) as typeof optimizer.update,
    )
    const eager = run(optimizer.update)
    expect(compiled.w.js()).toEqual(eager.w.js())
  })

  it('keep the dtype of half-precision parameters', () => {
    const params = { w: np.array([1, 2], { dtype: 'float16' }) }
    const optimizer = optim.adam(optim.linearSchedule(0.1, 0, 10))
    const [updates] = optimizer.update(
      { w: np.array([1, 1], { dtype: 'float16' }) },
      optimizer.init(params),
      params,
    )
    expect(optim.applyUpdates(params, updates).w.dtype).toBe('float16')
  })

  it('compute in double precision where parameters are double', () => {
    const [rate, b1, b2, eps] = [0.1, 0.9, 0.999, 1e-8]
    let [x, m, v] = [2, 0, 0]
    const optimizer = optim.adam(rate)
    let params = np.array([2], { dtype: 'float64' })
    let state = optimizer.init(params)
    for (let n = 1; n <= 5; n++) {
      const g = Math.sin(x)
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g * g
      x -= (rate * (m / (1 - b1 ** n))) / (Math.sqrt(v / (1 - b2 ** n)) + eps)
      const [updates, next] = optimizer.update(np.sin(params), state)
      params = optim.applyUpdates(params, updates)
      state = next
    }
    expect(params.slice(0).item()).toBeCloseTo(x, 13)
  })

  it('setToZero and identity', () => {
    const [zero] = optim.setToZero().update(start(), optim.setToZero().init(start()))
    expect(tree.leaves(zero).map((x) => (x as NDArray).sum().item())).toEqual([0, 0])
    const [same] = optim.identity().update(start(), optim.identity().init(start()))
    expect(same.w.js()).toEqual([3, -2])
  })
})

describe('hyperparameters in the state', () => {
  it('are reached inside of wrappers, by name', () => {
    const own = optim.injectHyperparams(({ limit }: { readonly limit: optim.Hyperparameter }) =>
      optim.chain(optim.clip(limit), optim.sgd(1)),
    )({ limit: 0.5 })
    const optimizer = optim.multiSteps(optim.chain(own, optim.identity()), 1)
    let state = optimizer.init(start())
    state = optim.setHyperparams(state, { limit: 0.25 })
    expect(optim.getHyperparams(state)['limit']?.item()).toBe(0.25)
    expect(optimizer.update(start(), state, start())[0].w.js()).toEqual([-0.25, 0.25])
  })

  it('keep what is no number: flags, masks, and the dtype of the parameters', () => {
    const optimizer = optim.injectHyperparams(optim.adamw)(0.1, {
      nesterov: true,
      mask: (path) => path === '.w',
    })
    const params = { w: np.array([1, 2], { dtype: 'float16' }) }
    const state = optimizer.init(params)
    expect(Object.keys(state.hyperparams)).toEqual(['learningRate'])
    expect(state.hyperparams.learningRate.dtype).toBe('float16')
    const [updates] = optimizer.update(params, state, params)
    expect(updates.w.dtype).toBe('float16')
  })
})

describe('mistakes', () => {
  it('weight decay without parameters', () => {
    const optimizer = optim.adamw(0.1)
    const update = (): unknown => optimizer.update(start(), optimizer.init(start()))
    expect(update).toThrow(CotangentError)
    expect(update).toThrow('params must be the parameters, as third argument of update, got nothing')
  })

  it('the state of another optimizer', () => {
    const state = optim.chain(optim.identity()).init(start())
    expect(() => optim.adam(0.1).update(start(), state)).toThrow(
      'the state: expected a list of 2, got a list of 1',
    )
  })

  it('gradients of another structure or shape, and leaves that are no arrays', () => {
    expect(() => optim.applyUpdates<unknown>(start(), { w: np.zeros([2]) })).toThrow(
      'optim.applyUpdates: tree structures differ at the root',
    )
    const optimizer = optim.adam(0.1)
    const state = optimizer.init(start())
    const wrong = (w: unknown) => () => optimizer.update<unknown>({ ...start(), w }, state)
    expect(wrong(np.zeros([3]))).toThrow('equal shapes at .w, got shapes [3] and [2]')
    expect(wrong(np.zeros([3]))).toThrow('call init again')
    expect(wrong([np.zeros([2])])).toThrow('tree structures differ at .w')
    expect(wrong(1)).toThrow('the leaf at .w must be an array, got 1. Make an array of it with numpy.array.')
  })

  it.each<[string, () => unknown, string]>([
    [
      'rate',
      () => optim.sgd(-0.1),
      'learningRate must be a finite number and at least 0, got -0.1. The minus',
    ],
    ['rate', () => optim.adam(NaN), 'learningRate'],
    [
      'momentum',
      () => optim.sgd(0.1, { momentum: 1 }),
      'decay must be a number below 1 and at least 0, got 1',
    ],
    ['b2', () => optim.adam(0.1, { b2: -0.5 }), 'optim.scaleByAdam: b2'],
    ['eps', () => optim.rmsprop(0.1, { eps: -1 }), 'optim.scaleByRms: eps'],
    ['weightDecay', () => optim.lamb(0.1, { weightDecay: -1 }), 'optim.addDecayedWeights: weightDecay'],
    ['maxNorm', () => optim.clipByGlobalNorm(-1), 'optim.clipByGlobalNorm: maxNorm'],
    ['maxDelta', () => optim.clip(-1), 'optim.clip: maxDelta'],
    ['decay', () => optim.ema(2), 'optim.ema: decay'],
    ['stepSize', () => optim.scale(Infinity), 'optim.scale: stepSize must be a finite number, got Infinity'],
    ['everyK', () => optim.multiSteps(optim.sgd(1), 0), 'everyK must be a whole number >= 1'],
    ['errors', () => optim.applyIfFinite(optim.sgd(1), 1.5), 'maxConsecutiveErrors must be a whole number'],
    ['scales', () => optim.piecewiseConstantSchedule(1, { 5: -1 }), '{ 5: -1 }'],
    [
      'kind',
      () => optim.piecewiseInterpolateSchedule('cubic' as 'linear', 1),
      "'linear' or 'cosine', got 'cubic'",
    ],
    ['one-cycle', () => optim.linearOnecycleSchedule(0, 1), 'a number > 0, got 0'],
    ['warmup', () => optim.warmupCosineDecaySchedule(0, 1, 10, 10), 'decaySteps - warmupSteps'],
    ['an injected rate', () => optim.injectHyperparams(optim.sgd)(-1), 'learningRate'],
  ])('numbers out of range: %s', (_, make, message) => {
    expect(make).toThrow(CotangentError)
    expect(make).toThrow(message)
  })

  it('labels without a transformation, and labels and masks that do not fit', () => {
    const groups = { fast: optim.sgd(1), slow: optim.sgd(0.1) }
    const wrong = optim.multiTransform<string>(groups, (path) => (path === '.w' ? 'fats' : 'slow'))
    expect(() => wrong.init(start())).toThrow("the label of .w must be one of 'fast', 'slow', got 'fats'")
    expect(() => wrong.init(start())).toThrow('optim.setToZero()')
    const partial = optim.multiTransform(groups, { w: 'fast' })
    expect(() => partial.init(start())).toThrow('optim.multiTransform: tree structures differ at labels.b')
    const mask = optim.masked(optim.sgd(1), { w: true, b: [true] })
    expect(() => mask.init(start())).toThrow('expected a value, or values for a list of 2')
  })

  it('hyperparameters that are not in the state', () => {
    const state = optim.injectHyperparams(optim.adam)(0.1, { b1: 0.5 }).init(start())
    expect(() => optim.setHyperparams(state, { rate: 1 })).toThrow("one of b1, learningRate, got 'rate'")
    expect(() => optim.setHyperparams(optim.adam(1).init(start()), { rate: 1 })).toThrow(
      'Make the optimizer with optim.injectHyperparams.',
    )
    expect(() => optim.injectHyperparams(optim.adam)('fast' as never)).toThrow('a learning rate')
  })

  it('schedules without steps, or without boundaries', () => {
    expect(() => optim.cosineDecaySchedule(1, 0)).toThrow('a number > 0, got 0')
    expect(() => optim.joinSchedules([optim.constantSchedule(1)], [3])).toThrow(
      'one between any two schedules',
    )
  })
})
