// Combinators: residual, parallel and repeat as compositions of their layers, with keys, state and inferred shapes.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  jit,
  makeJaxpr,
  nn,
  numpy as np,
  random,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose } from './reference.js'

defaultDevice('reference')

const key = random.key(0)
const x = random.normal(random.key(1), [3, 4])

/** Adds noise where there is a key, and counts the calls in training. */
const noisy: nn.Layer<null, NDArray> = {
  init: () => ({ params: null, state: np.array(0) }),
  apply: ({ state }, input, { training = false, key: own } = {}) => [
    own === undefined ? input : input.add(random.uniform(own)),
    training ? state.add(1) : state,
  ],
}

describe('residual', () => {
  it('adds its input', async () => {
    const layer = nn.residual(nn.dense(4))
    const variables = layer.init(key, [4])
    expectTypeOf(variables.params).toEqualTypeOf<nn.DenseParams>()
    expectClose(layer.apply(variables, x)[0], np.add(x, nn.dense(4).apply(variables, x)[0]))
    await checkGrads((input: NDArray) => layer.apply(variables, input)[0], [x])
  })

  it('adds a shortcut, with parameters and keys of its own', () => {
    const layer = nn.residual(nn.sequential(nn.dense(2), noisy), nn.dense(2))
    const { params, state } = layer.init(key, [4])
    expect(params.branch[0].kernel.js()).not.toEqual(params.shortcut.kernel.js())
    const [y, next] = layer.apply({ params, state }, x, { training: true })
    const sides = [params.branch[0], params.shortcut].map((p) => np.matmul(x, p.kernel))
    expectClose(y, np.add(sides[0] ?? x, sides[1] ?? x))
    expect(next.branch[1].item()).toBe(1)
    const twice = nn.residual(noisy, noisy)
    const [z] = twice.apply(twice.init(key, [1]), np.zeros([1, 1]), { key })
    const noises = [0, 1].map((i) => random.uniform(random.foldIn(key, i)).item())
    expect(z.item()).toBeCloseTo((noises[0] ?? NaN) + (noises[1] ?? NaN), 6)
  })

  it('reports sides that differ', () => {
    const layer = nn.residual(nn.dense(2))
    expect(() => layer.apply(layer.init(key, [4]), x)).toThrow('Give a second layer for the shortcut')
  })
})

describe('parallel', () => {
  it('puts outputs side by side, or combines them', () => {
    const layers = [nn.dense(2), nn.dense(2, { useBias: false }), noisy] as const
    const layer = nn.parallel(layers)
    const { params, state } = layer.init(key, [4])
    expectTypeOf(params[1]).toEqualTypeOf<Omit<nn.DenseParams, 'bias'>>()
    const [y, next] = layer.apply({ params, state }, x, { training: true })
    expect(y.shape).toEqual([3, 8])
    expectClose(y.slice([], [4, 8]), x)
    expect(next[2].item()).toBe(1)
    const sum = nn.parallel([noisy, noisy], ([a, b]) => np.subtract(a ?? 0, b ?? 0))
    const [z] = sum.apply(sum.init(key, [1]), np.zeros([1, 1]), { key })
    expect(z.item()).not.toBe(0)
  })

  it('has gradients, under jit and vmap', async () => {
    const layer = nn.parallel([nn.dense(2), nn.activation(nn.tanh)])
    const variables = layer.init(key, [4])
    const f = (input: NDArray): NDArray => layer.apply(variables, input)[0]
    await checkGrads(jit(f), [x])
    expectClose(vmap(f)(np.stack([x, x])).slice(1), f(x))
  })
})

describe('repeat', () => {
  const block = nn.sequential(nn.dense(4), nn.activation(nn.tanh), noisy)
  const layer = nn.repeat(block, 3)
  const variables = layer.init(key, [4])

  it('is the layer one time after another', () => {
    expectTypeOf(variables.params[0]).toEqualTypeOf<nn.DenseParams>()
    expect(variables.params[0].kernel.shape).toEqual([3, 4, 4])
    const own = random.key(5)
    const [y, state] = layer.apply(variables, x, { training: true, key: own })
    let expected = x
    for (let i = 0; i < 3; i++) {
      const { kernel, bias } = variables.params[0]
      const params = [{ kernel: kernel.slice(i), bias: bias.slice(i) }, null, null] as const
      const options = { training: true, key: random.foldIn(own, i) }
      ;[expected] = block.apply({ params, state: [null, null, np.array(0)] }, expected, options)
    }
    expectClose(y, expected)
    expect(state[2].js()).toEqual([1, 1, 1])
  })

  it('is one loop, with gradients, under jit and vmap', async () => {
    const f = (params: typeof variables.params, input: NDArray): NDArray =>
      layer.apply({ params, state: variables.state }, input)[0]
    const { jaxpr } = makeJaxpr(f)(variables.params, x)
    expect(jaxpr.equations.map(({ primitive }) => primitive)).toContain('scan')
    await checkGrads(f, [variables.params, x], { order: 1, rtol: 2e-2, atol: 2e-2 })
    expectClose(jit(f)(variables.params, x), f(variables.params, x))
    expectClose(vmap(f, [null, 0])(variables.params, np.stack([x, x])).slice(1), f(variables.params, x))
    const unrolled = nn.repeat(block, 3, { unroll: true })
    expectClose(unrolled.apply(variables, x)[0], f(variables.params, x))
  })

  it('updates running statistics of each turn', () => {
    const deep = nn.repeat(nn.batchNorm(), 2)
    const own = deep.init(key, [4])
    const [, { mean }] = deep.apply(own, np.add(x, 10), { training: true })
    expect(mean.shape).toEqual([2, 4])
    expect(np.max(np.abs(mean.slice(0))).item()).toBeGreaterThan(0.5)
    expect(np.max(np.abs(mean.slice(1))).item()).toBeLessThan(1e-3)
  })

  it('reports layers that change the shape, and numbers that are none', () => {
    expect(() => nn.repeat(nn.dense(2), 3).init(key, [4])).toThrow('output has the shape of its input')
    expect(() => nn.repeat(block, 0)).toThrow(CotangentError)
  })
})
