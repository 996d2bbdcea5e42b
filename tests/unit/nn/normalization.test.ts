// Normalisation layers, dropout and embedding: PyTorch's values, running statistics, gradients, errors.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  nn,
  numpy as np,
  random,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose, get, reference } from './reference.js'

defaultDevice('reference')

const key = random.key(0)
const cases = reference('normalization')
const none = { params: null, state: null }

describe('batchNorm', () => {
  const layer = nn.batchNorm()
  const params = { scale: get(cases('batchParams'), 'scale'), bias: get(cases('batchParams'), 'bias') }

  it('has the results and running statistics of PyTorch', () => {
    let { state } = layer.init(key, [2, 3, 3])
    const step = jit((s: nn.BatchNormState, x: NDArray) =>
      layer.apply({ params, state: s }, x, { training: true }),
    )
    for (const name of ['batch0', 'batch1']) {
      const [y, next] = step(state, get(cases(name), 'x'))
      expectClose(y, get(cases(name), 'y'))
      expectClose(next.mean, get(cases(name), 'mean'))
      expectClose(next.variance, get(cases(name), 'variance'))
      state = next
    }
    const [y, same] = layer.apply({ params, state }, get(cases('batchEval'), 'x'))
    expectClose(y, get(cases('batchEval'), 'y'))
    expect(same).toBe(state)
  })

  it('normalises another axis', () => {
    const x = get(cases('batch0'), 'x')
    const first = nn.batchNorm({ axis: 1 })
    const { state } = first.init(key, [3, 2, 3])
    const [y] = first.apply({ params, state }, np.moveaxis(x, -1, 1), { training: true })
    expectClose(np.moveaxis(y, 1, -1), get(cases('batch0'), 'y'))
  })

  it('has gradients in training and outside', async () => {
    const { state } = layer.init(key, [3])
    const x = random.normal(key, [5, 3])
    for (const training of [true, false]) {
      const f = (p: nn.AffineParams, input: NDArray): NDArray =>
        layer.apply({ params: p, state }, input, { training })[0]
      await checkGrads(f, [params, x], { order: 1, rtol: 2e-2, atol: 2e-2 })
    }
  })

  it('threads its state through sequential, and momentum 1 forgets', () => {
    const model = nn.sequential(nn.dense(2), nn.batchNorm({ momentum: 1 }))
    const variables = model.init(key, [3])
    const x = random.normal(key, [6, 3])
    const [, [, state]] = model.apply(variables, x, { training: true })
    const hidden = np.matmul(x, variables.params[0].kernel)
    expectClose(state.mean, np.mean(hidden, 0))
    expectClose(state.variance, np.var(hidden, 0, { ddof: 1 }))
  })

  it('does not differentiate running statistics', () => {
    const { state } = layer.init(key, [3])
    const f = (x: NDArray): NDArray => layer.apply({ params, state }, x, { training: true })[1].mean.sum()
    expect(grad(f)(np.ones([2, 3])).js()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
})

describe('layer, group and RMS normalisation', () => {
  it.each<[string, nn.Layer<nn.AffineParams, null>]>([
    ['layer', nn.layerNorm()],
    ['group', nn.groupNorm(2)],
    ['rms', nn.rmsNorm()],
  ])('%s is what PyTorch computes', async (name, layer) => {
    const test = cases(name)
    const x = get(test, 'x')
    const params = { scale: get(test, 'scale'), bias: test['bias'] ?? null }
    const f = (p: typeof params, input: NDArray): NDArray => layer.apply({ params: p, state: null }, input)[0]
    expectClose(f(params, x), get(test, 'y'))
    expectClose(jit(f)(params, x), get(test, 'y'))
    expectClose(vmap(f, [null, 0])(params, np.stack([x, x])).slice(0), get(test, 'y'))
    const first = layer.init(key, x.shape.slice(1)).params
    expect([first.scale?.shape, first.bias?.shape]).toEqual([[4], test['bias']?.shape])
    await checkGrads(f, [params, x], { order: 1, rtol: 2e-2, atol: 2e-2 })
  })

  it('is accurate where the mean is large', () => {
    const layer = nn.layerNorm({ useScale: false, useBias: false })
    const variables = layer.init(key, [4])
    expect(variables.params).toEqual({ scale: null, bias: null })
    const [y] = layer.apply(variables, np.array([[10000, 10001, 10002, 10003]]))
    expectClose(y, np.array([[-1.341635, -0.447212, 0.447212, 1.341635]]), 1e-4)
  })

  it('reports groups that do not divide the channels', () => {
    expect(() => nn.groupNorm(3).init(key, [4])).toThrow('divides the 4 channels')
  })
})

describe('dropout', () => {
  const layer = nn.dropout(0.25)

  it('keeps the mean, zeroes its share, and scales the rest', () => {
    const [y] = layer.apply(none, np.ones([100, 100]), { training: true, key })
    const values = [...y.dataSync()]
    expect(np.mean(y).item()).toBeCloseTo(1, 1)
    expect(values.filter((v) => v === 0).length / 1e4).toBeCloseTo(0.25, 1)
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]))
  })

  it('does nothing outside training or at rate 0', () => {
    const x = np.ones([3])
    expect(layer.apply(none, x, { key })[0]).toBe(x)
    expect(nn.dropout(0).apply(none, x, { training: true })[0]).toBe(x)
  })

  it('names the fix where there is no key, and rates that are none', () => {
    const apply = () => layer.apply(none, np.ones([3]), { training: true })
    expect(apply).toThrow(CotangentError)
    expect(apply).toThrow('Call apply(variables, x, { training: true, key })')
    expect(() => nn.dropout(1)).toThrow('rate must be at least 0 and below 1')
  })

  it('differs from layer to layer of a sequence, and is the same for the same key', () => {
    const twice = nn.sequential(nn.dropout(0.5), nn.dropout(0.5))
    const run = (seed: number): NDArray =>
      twice.apply({ params: [null, null], state: [null, null] }, np.ones([64, 64]), {
        training: true,
        key: random.key(seed),
      })[0]
    // One mask for both would leave a half.
    expect(np.mean(np.greater(run(0), 0)).item()).toBeCloseTo(0.25, 1)
    expect(run(0).js()).toEqual(run(0).js())
    expect(run(0).js()).not.toEqual(run(1).js())
  })

  it('has the gradient of its mask, under jit, and a mask for each key under vmap', async () => {
    const x = random.normal(key, [4, 3])
    const drop = (own: random.Key): NDArray => layer.apply(none, x, { training: true, key: own })[0]
    const keys = random.split(key, 2)
    const second = [...keys][1] ?? key
    expectClose(vmap(drop)(keys).slice(1), drop(second))
    await checkGrads(
      jit((input: NDArray) => layer.apply(none, input, { training: true, key })[0]),
      [x],
    )
  })
})

describe('embedding', () => {
  const layer = nn.embedding(5, 3)
  const tokens = np.array(
    [
      [1, 4],
      [0, 1],
    ],
    { dtype: 'int32' },
  )

  it('looks up rows, under jit and vmap', () => {
    const { params, state } = layer.init(key, [2])
    expect(params.embedding.shape).toEqual([5, 3])
    const f = (x: NDArray): NDArray => layer.apply({ params, state }, x)[0]
    expect(f(tokens).shape).toEqual([2, 2, 3])
    expectClose(f(tokens).slice(0, 1), params.embedding.slice(4))
    expectClose(jit(f)(tokens), f(tokens))
    expectClose(vmap(f)(tokens), f(tokens))
  })

  it('adds up gradients of equal tokens', async () => {
    const { params } = layer.init(key, [2])
    const f = (p: nn.EmbeddingParams): NDArray => layer.apply({ params: p, state: null }, tokens)[0]
    const slope = grad((p: nn.EmbeddingParams) => f(p).sum())(params)
    expect(np.sum(slope.embedding, 1).js()).toEqual([3, 6, 0, 0, 3])
    await checkGrads(f, [params])
  })

  it('starts a model: shapes are inferred with integers', () => {
    const model = nn.sequential(nn.sequential(layer), nn.flatten(), nn.dense(2))
    const variables = model.init(key, [4])
    expect(variables.params[2].kernel.shape).toEqual([12, 2])
    expect(model.apply(variables, np.zeros([3, 4], { dtype: 'int32' }))[0].shape).toEqual([3, 2])
  })

  it('has vectors of variance 1 / features, and wants integers', () => {
    const wide = nn.embedding(400, 100).init(key, [1]).params.embedding
    expect(Math.sqrt(np.mean(np.square(wide)).item())).toBeCloseTo(0.1, 2)
    expect(() => layer.apply(layer.init(key, [2]), np.zeros([1, 2]))).toThrow("astype('int32')")
  })
})
