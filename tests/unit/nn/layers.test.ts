// Layers: shapes, types of the parameter tree, purity, and that a model trains.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  jit,
  nn,
  numpy as np,
  optim,
  random,
  valueAndGrad,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose } from './reference.js'

defaultDevice('reference')

const key = random.key(0)

describe('dense', () => {
  it('is x W + b over the last axis', () => {
    const layer = nn.dense(2)
    const { params, state } = layer.init(key, [3])
    expect(params.kernel.shape).toEqual([3, 2])
    expect(params.bias.js()).toEqual([0, 0])
    expect(state).toBeNull()
    const kernel = np.array([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    const variables = { params: { kernel, bias: np.array([10, 20]) }, state }
    expect(layer.apply(variables, np.array([[1, 1, 1]]))[0].js()).toEqual([[19, 32]])
    expect(layer.apply(variables, np.ones([2, 5, 3]))[0].shape).toEqual([2, 5, 2])
  })

  it('may have no bias', () => {
    const layer = nn.dense(2, { useBias: false, kernelInit: nn.initializers.ones })
    const { params, state } = layer.init(key, [3])
    expectTypeOf(params).toEqualTypeOf<Omit<nn.DenseParams, 'bias'>>()
    expect(Object.keys(params)).toEqual(['kernel'])
    expect(layer.apply({ params, state }, np.ones([1, 3]))[0].js()).toEqual([[3, 3]])
  })

  it('has gradients, under jit and vmap', async () => {
    const layer = nn.sequential(nn.flatten(), nn.dense(2), nn.activation(nn.tanh))
    const { params, state } = layer.init(key, [2, 2])
    const x = random.normal(key, [3, 2, 2])
    const f = (p: typeof params, input: NDArray): NDArray => layer.apply({ params: p, state }, input)[0]
    await checkGrads(f, [params, x])
    expectClose(jit(f)(params, x), f(params, x))
    expectClose(vmap(f, [null, 0])(params, np.stack([x, x])).slice(1), f(params, x))
  })

  it('needs an axis of inputs', () => {
    expect(() => nn.dense(2).init(key, [])).toThrow(CotangentError)
  })
})

describe('sequential', () => {
  const model = nn.sequential(nn.flatten(), nn.dense(4), nn.activation(nn.relu), nn.dense(3))

  it('infers shapes and types its parameters', () => {
    const { params, state } = model.init(key, [2, 5])
    expect(params[1].kernel.shape).toEqual([10, 4])
    expect(params[3].kernel.shape).toEqual([4, 3])
    expectTypeOf(params[1]).toEqualTypeOf<nn.DenseParams>()
    expectTypeOf(params[0]).toEqualTypeOf<null>()
    expect(model.apply({ params, state }, np.ones([7, 2, 5]))[0].shape).toEqual([7, 3])
  })

  it('nests', () => {
    const nested = nn.sequential(nn.sequential(nn.dense(4), nn.activation(nn.tanh)), nn.dense(1))
    const { params, state } = nested.init(key, [2])
    expectTypeOf(params[0][0]).toEqualTypeOf<nn.DenseParams>()
    expect(nested.apply({ params, state }, np.ones([3, 2]))[0].shape).toEqual([3, 1])
  })

  it('gives each layer its own key, and the same parameters for the same key', () => {
    const twice = nn.sequential(nn.dense(3), nn.dense(3))
    const { params } = twice.init(key, [3])
    expect(params[0].kernel.js()).not.toEqual(params[1].kernel.js())
    expect(twice.init(key, [3]).params[1].kernel.js()).toEqual(params[1].kernel.js())
  })

  it('hands state, key and training to layers and collects the next state', () => {
    const counter: nn.Layer<null, NDArray> = {
      init: () => ({ params: null, state: np.array(0) }),
      apply: ({ state }, x, { training = false, key: own } = {}) => [
        own === undefined ? x : x.add(random.uniform(own)),
        training ? state.add(1) : state,
      ],
    }
    const counted = nn.sequential(counter, counter)
    const variables = counted.init(key, [1])
    const [y, state] = counted.apply(variables, np.zeros([1, 1]), { training: true, key: random.key(1) })
    expectTypeOf(state).toEqualTypeOf<readonly [NDArray, NDArray]>()
    expect(state.map((count) => count.item())).toEqual([1, 1])
    const [first, second] = [0, 1].map((i) => random.uniform(random.foldIn(random.key(1), i)).item())
    expect(y.item()).toBeCloseTo((first ?? NaN) + (second ?? NaN), 6)
    expect(counted.apply(variables, np.zeros([1, 1]))[1].map((count) => count.item())).toEqual([0, 0])
  })

  it('trains under jit', () => {
    const xor = nn.sequential(nn.dense(8), nn.activation(nn.tanh), nn.dense(1))
    const x = np.array([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    const y = np.array([[0], [1], [1], [0]])
    const { params: first, state } = xor.init(random.key(3), [2])
    let params = first
    const loss = (p: typeof params): NDArray =>
      nn.losses.binaryCrossEntropyFromLogits(xor.apply({ params: p, state }, x)[0], y)
    const optimizer = optim.adam(0.05)
    let memory = optimizer.init(params)
    const step = jit((p: typeof params, m: optim.OptimizerState) => {
      const [value, gradient] = valueAndGrad(loss)(p)
      const [updates, next] = optimizer.update(gradient, m, p)
      return [optim.applyUpdates(p, updates), next, value] as const
    })
    let last = NaN
    for (let i = 0; i < 150; i++) {
      const [nextParams, nextMemory, value] = step(params, memory)
      params = nextParams
      memory = nextMemory
      last = value.item()
    }
    expect(step.traces).toHaveLength(1)
    expect(last).toBeLessThan(0.1)
    const [logits] = xor.apply({ params, state }, x)
    expect(np.greater(logits, 0).js()).toEqual([[false], [true], [true], [false]])
  })

  it('maps over models', () => {
    const layer = nn.dense(2)
    const ensemble = vmap((own: random.Key) => layer.init(own, [3]).params)(random.split(key, 5))
    expect(ensemble.kernel.shape).toEqual([5, 3, 2])
  })
})
