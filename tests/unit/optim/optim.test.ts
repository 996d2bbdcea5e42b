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

  it('setToZero and identity', () => {
    const [zero] = optim.setToZero().update(start(), optim.setToZero().init(start()))
    expect(tree.leaves(zero).map((x) => (x as NDArray).sum().item())).toEqual([0, 0])
    const [same] = optim.identity().update(start(), optim.identity().init(start()))
    expect(same.w.js()).toEqual([3, -2])
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

  it('gradients of another structure', () => {
    expect(() => optim.applyUpdates<unknown>(start(), { w: np.zeros([2]) })).toThrow('tree structures differ')
  })

  it('schedules without steps, or without boundaries', () => {
    expect(() => optim.cosineDecaySchedule(1, 0)).toThrow('a number > 0, got 0')
    expect(() => optim.joinSchedules([optim.constantSchedule(1)], [3])).toThrow(
      'one between any two schedules',
    )
  })
})
