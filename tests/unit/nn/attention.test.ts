// Attention layers, transformer blocks and positions: PyTorch's values, masks, gradients, transformations, errors.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  jit,
  nn,
  numpy as np,
  random,
  tree,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose, get, reference } from './reference.js'

defaultDevice('reference')

const key = random.key(0)
const cases = reference('attention')
const none = { params: null, state: null }
const tolerances = { order: 1, rtol: 2e-2, atol: 2e-2 }

const linear = (test: Record<string, NDArray>, name: string): nn.DenseParams => ({
  kernel: get(test, `${name}.kernel`),
  bias: get(test, `${name}.bias`),
})
const attentionParams = (test: Record<string, NDArray>): nn.MultiHeadAttentionParams => ({
  query: linear(test, 'attention.query'),
  key: linear(test, 'attention.key'),
  value: linear(test, 'attention.value'),
  output: linear(test, 'attention.output'),
})
const shapes = (params: unknown): unknown => tree.map((leaf: NDArray) => leaf.shape.join(), params)

describe('multiHeadAttention', () => {
  const test = cases('multiHead')
  const [x, mask] = [get(test, 'x'), get(test, 'mask')]
  const variables = { params: attentionParams(test), state: null }
  const layer = nn.multiHeadAttention({ heads: 2 })
  const causal = nn.multiHeadAttention({ heads: 2, causal: true })

  it('is what PyTorch computes, with either mask and both', () => {
    expectClose(layer.apply(variables, x)[0], get(test, 'plain'))
    expectClose(causal.apply(variables, x)[0], get(test, 'causal'))
    expectClose(layer.apply(variables, x, { mask })[0], get(test, 'padded'))
    expectClose(causal.apply(variables, x, { mask })[0], get(test, 'both'))
    const cross = nn.crossAttention(variables.params, x, get(test, 'context'), { heads: 2 })
    expectClose(cross, get(test, 'cross'))
  })

  it('makes the parameters that it takes', () => {
    const { params } = layer.init(key, [3, 4])
    expect(shapes(params)).toEqual(shapes(variables.params))
    const bare = nn.multiHeadAttention({ heads: 2, keyFeatures: 3, useBias: false }).init(key, [3, 4])
    expectTypeOf(bare.params.query).toEqualTypeOf<Omit<nn.DenseParams, 'bias'>>()
    expect(shapes(bare.params)).toEqual({
      query: { kernel: '4,6' },
      key: { kernel: '4,6' },
      value: { kernel: '4,6' },
      output: { kernel: '6,4' },
    })
  })

  it('has gradients, under jit and vmap', async () => {
    const f = (params: nn.MultiHeadAttentionParams, input: NDArray): NDArray =>
      causal.apply({ params, state: null }, input, { mask })[0]
    await checkGrads(f, [variables.params, x], tolerances)
    expectClose(jit(f)(variables.params, x), get(test, 'both'))
    expectClose(vmap(f, [null, 0])(variables.params, np.stack([x, x])).slice(1), get(test, 'both'))
  })

  it('shares heads of keys and values', () => {
    const grouped = nn.multiHeadAttention({ heads: 4, keyValueHeads: 2 })
    const { params } = grouped.init(key, [3, 8])
    expect(params.key.kernel.shape).toEqual([8, 4])
    const input = random.normal(key, [2, 3, 8])
    const [y] = grouped.apply({ params, state: null }, input)
    // The same as with each head of keys and values twice.
    const twice = ({ kernel, bias }: nn.DenseParams): nn.DenseParams => ({
      kernel: np.repeat(kernel.reshape([8, 2, 2]), 2, 1).reshape([8, 8]),
      bias: np.repeat(bias.reshape([2, 2]), 2, 0).reshape([8]),
    })
    const full = { ...params, key: twice(params.key), value: twice(params.value) }
    expectClose(nn.multiHeadAttention({ heads: 4 }).apply({ params: full, state: null }, input)[0], y)
  })

  it('with rotary depends on distances alone', () => {
    const turned = nn.multiHeadAttention({ heads: 2, rotary: true, causal: true })
    const own = turned.init(key, [4, 4])
    const input = random.normal(key, [1, 4, 4])
    // What precedes is hidden from the last two queries by a mask, so moving them in time changes nothing.
    const late = np.concatenate([np.zeros([1, 3, 4]), input.slice([], [2, 4])], 1)
    const hidden = (n: number, from: number) => np.greaterEqual(np.arange(n), from).reshape([1, n])
    const [a] = turned.apply(own, input, { mask: hidden(4, 2) })
    const [b] = turned.apply(own, late, { mask: hidden(5, 3) })
    expectClose(a.slice([], [2, 4]), b.slice([], [3, 5]))
    expect(np.allclose(turned.apply(own, input)[0], causal.apply(own, input)[0]).item()).toBeFalsy()
  })

  it('reports heads and ranks that do not fit', () => {
    expect(() => nn.multiHeadAttention({ heads: 3 }).init(key, [3, 4])).toThrow('divides the 4 features')
    expect(() => nn.multiHeadAttention({ heads: 4, keyValueHeads: 3 }).init(key, [3, 4])).toThrow(
      CotangentError,
    )
    expect(() => layer.init(key, [4])).toThrow('examples [length, features]')
    expect(() => layer.apply(variables, np.zeros([3, 4]))).toThrow(CotangentError)
  })
})

describe('additiveAttention', () => {
  const test = cases('additive')
  const [q, k, v, w] = ['query', 'key', 'value', 'weights'].map((name) => get(test, name)) as [
    NDArray,
    NDArray,
    NDArray,
    NDArray,
  ]

  it('is its formula, with gradients and masks', async () => {
    expectClose(nn.additiveAttention(q, k, v, w), get(test, 'y'))
    expectClose(jit(nn.additiveAttention)(q, k, v, w), get(test, 'y'))
    await checkGrads(
      (...args: [NDArray, NDArray, NDArray, NDArray]) => nn.additiveAttention(...args),
      [q, k, v, w],
      tolerances,
    )
    const short = nn.additiveAttention(q, k.slice([], [0, 2]), v.slice([], [0, 2]), w)
    const mask = np.less(np.arange(5), 2)
    expectClose(nn.additiveAttention(q, k, v, w, { mask }), short)
    expect(() => nn.additiveAttention(q, v, v, w)).toThrow(CotangentError)
  })
})

describe('bahdanauAttention', () => {
  const layer = nn.bahdanauAttention(6, { contextFeatures: 3 })
  const { params } = layer.init(key, [4, 5])
  const [x, context] = [random.normal(key, [2, 4, 5]), random.normal(random.key(1), [2, 7, 3])]
  const mask = np.less(np.arange(7).reshape([1, 7]), np.array([[7], [4]]))

  it('is its formula, with gradients, compiled, and gives its weights', async () => {
    expect(shapes(params)).toEqual({
      query: { kernel: '5,6' },
      key: { kernel: '3,6', bias: '6' },
      weights: '6',
    })
    // One pair of positions after the other, as the paper writes it.
    const energy = (b: number, i: number, j: number): NDArray =>
      np
        .tanh(
          np
            .matmul(x.slice(b, i), params.query.kernel)
            .add(np.matmul(context.slice(b, j), params.key.kernel))
            .add(params.key.bias),
        )
        .mul(params.weights)
        .sum()
    const weights = nn.additiveCrossAttention(params, x, context, { values: np.eye(7), mask })
    for (const [b, length] of [7, 4].entries()) {
      const expected = nn.softmax(np.stack(Array.from({ length }, (_, j) => energy(b, 2, j))))
      expectClose(weights.slice(b, 2, [0, length]), expected)
    }
    const f = (p: nn.BahdanauAttentionParams, query: NDArray, memory: NDArray): NDArray =>
      nn.additiveCrossAttention(p, query, memory, { mask })
    expectClose(jit(f)(params, x, context), np.matmul(weights, context))
    await checkGrads(f, [params, x, context], tolerances)
  })

  it('as a layer looks at its own input, not at padding', () => {
    const own = nn.bahdanauAttention(6)
    const variables = own.init(key, [7, 3])
    const [y] = own.apply(variables, context, { mask })
    expect(y.shape).toEqual([2, 7, 3])
    const [short] = own.apply(variables, context.slice([1, 2], [0, 4]))
    expectClose(y.slice([1, 2], [0, 4]), short)
    expect(() => own.init(key, [3])).toThrow('examples [length, features]')
    expect(() => nn.additiveCrossAttention(params, x, context.slice(0))).toThrow(CotangentError)
  })
})

describe('dropout of attention weights', () => {
  const [rate, length] = [0.25, 12]
  const x = random.normal(key, [4, length, 4])
  const training = (seed: number) => ({ training: true, key: random.key(seed) })

  it('leaves weights out one by one, and makes the others larger', () => {
    const [q, k] = [x, random.normal(random.key(1), x.shape)].map((y) => y.reshape([4, length, 2, 2]))
    // Values that are the identity matrix show the weights.
    const identity = np.broadcastTo(np.eye(length).reshape([1, length, 1, length]), [4, length, 2, length])
    const weights = (dropout?: nn.AttentionDropout): NDArray =>
      nn.dotProductAttention(q as NDArray, k as NDArray, identity, dropout === undefined ? {} : { dropout })
    const [before, after] = [weights(), weights({ rate, key })]
    const kept = np.notEqual(after, 0)
    expectClose(after, np.where(kept, np.divide(before, 1 - rate), 0))
    expect(np.mean(np.astype(kept, 'float32')).item()).toBeCloseTo(1 - rate, 1)
    // Queries and heads have masks of their own.
    expect(kept.slice(0, 0, 0).js()).not.toEqual(kept.slice(0, 1, 0).js())
    expect(kept.slice(0, 0, 0).js()).not.toEqual(kept.slice(0, 0, 1).js())
    expect(() => weights({ rate: 1, key })).toThrow('dropout.rate must be at least 0 and below 1')
  })

  it.each<[string, nn.Layer]>([
    ['multiHeadAttention', nn.multiHeadAttention({ heads: 2, dropout: rate })],
    ['bahdanauAttention', nn.bahdanauAttention(5, { dropout: rate })],
    ['transformerBlock', nn.transformerBlock({ heads: 2, attentionDropout: rate })],
  ])('%s: in training only, from the key, right on average', (_, layer) => {
    const variables = layer.init(key, [length, 4])
    const f = jit((seed: random.Key) => layer.apply(variables, x, { training: true, key: seed })[0])
    const [plain] = layer.apply(variables, x, { key })
    expectClose(layer.apply(variables, x)[0], plain)
    expectClose(f(random.key(1)), layer.apply(variables, x, training(1))[0])
    expect(np.allclose(f(random.key(1)), f(random.key(2))).item()).toBeFalsy()
    // A block goes on with what is not linear in the weights, so that its mean is another.
    if (layer.name !== 'transformerBlock') {
      const runs = vmap(f)(random.split(key, 64))
      const deviation = np.std(runs, 0).max().item()
      expect(np.abs(runs.mean(0).sub(plain)).max().item()).toBeLessThan((5 * deviation) / Math.sqrt(64))
    }
    expect(() => layer.apply(variables, x, { training: true })).toThrow('a random key in training')
    expect(() => nn.multiHeadAttention({ heads: 2, dropout: 1 })).toThrow('below 1, got 1')
  })
})

describe('transformerBlock', () => {
  it.each(['preNorm', 'postNorm'] as const)('%s: what PyTorch computes', async (name) => {
    const test = cases(name)
    const x = get(test, 'x')
    const affine = (own: string) => ({ scale: get(test, `${own}.scale`), bias: get(test, `${own}.bias`) })
    const params = {
      attentionNorm: affine('attentionNorm'),
      attention: attentionParams(test),
      mlpNorm: affine('mlpNorm'),
      hidden: linear(test, 'hidden'),
      output: linear(test, 'output'),
    }
    const options = {
      heads: 2,
      mlpFeatures: 6,
      norm: name === 'preNorm' ? 'pre' : 'post',
      activation: (y: NDArray) => nn.gelu(y, { approximate: false }),
    } as const
    const layer = nn.transformerBlock(options)
    expectClose(layer.apply({ params, state: null }, x)[0], get(test, 'y'))
    const f = jit(
      (p: nn.TransformerBlockParams, input: NDArray) =>
        nn.transformerBlock({ ...options, causal: true }).apply({ params: p, state: null }, input)[0],
    )
    expectClose(f(params, x), get(test, 'causal'))
    expect(shapes(layer.init(key, [3, 4]).params)).toEqual(shapes(params))
    await checkGrads(f, [params, x], tolerances)
  })

  it('drops only in training, with a key, and repeats', () => {
    const layer = nn.repeat(nn.transformerBlock({ heads: 2, dropout: 0.5 }), 2)
    const variables = layer.init(key, [3, 4])
    expect(variables.params.hidden.kernel.shape).toEqual([2, 4, 16])
    const x = random.normal(key, [2, 3, 4])
    const run = (seed: number) => layer.apply(variables, x, { training: true, key: random.key(seed) })[0]
    expect(run(1).js()).not.toEqual(run(2).js())
    expectClose(run(1), run(1))
    expectClose(layer.apply(variables, x, { key })[0], layer.apply(variables, x)[0])
    expect(() => layer.apply(variables, x, { training: true })).toThrow('a random key in training')
  })
})

describe('positions', () => {
  it('rotary and sinusoids are their formulas', async () => {
    const test = cases('rotary')
    const x = get(test, 'x')
    expectClose(nn.rotary(x), get(test, 'y'))
    expectClose(
      nn.rotary(x.slice([], [3, 5]), { positions: np.array([3, 4]) }),
      get(test, 'y').slice([], [3, 5]),
    )
    await checkGrads((input: NDArray) => nn.rotary(input), [x])
    const waves = cases('sinusoidal')
    const layer = nn.positionalEncoding()
    expectClose(layer.apply(none, get(waves, 'x'))[0], get(waves, 'y'))
    expectClose(
      vmap((input: NDArray) => layer.apply(none, input)[0])(np.ones([2, 1, 6, 4])).slice(1),
      np.add(get(waves, 'y'), 1),
    )
    expect(() => nn.rotary(np.zeros([2, 2, 3]))).toThrow('an even number of features')
    expect(() => layer.apply(none, np.zeros([2, 3]))).toThrow(CotangentError)
  })

  it('learned ones are rows of their parameters', async () => {
    const layer = nn.positionalEmbedding(5)
    const { params } = layer.init(key, [3, 2])
    expect(params.embedding.shape).toEqual([5, 2])
    const f = (p: nn.EmbeddingParams): NDArray =>
      layer.apply({ params: p, state: null }, np.ones([2, 3, 2]))[0]
    expectClose(jit(f)(params).slice(1), np.add(params.embedding.slice([0, 3]), 1))
    await checkGrads(f, [params])
    expect(() => layer.apply({ params, state: null }, np.ones([2, 6, 2]))).toThrow('a length of at most 5')
  })
})
