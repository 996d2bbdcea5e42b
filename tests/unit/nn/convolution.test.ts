// Convolution and pooling layers: PyTorch's and JAX's values, inferred shapes, gradients, transformations, errors.

import { describe, expect, expectTypeOf, it } from 'vitest'
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
const cases = reference('convolution')
const pools = reference('pooling')
const none = { params: null, state: null }

describe('convolutions', () => {
  const pad = (...sides: number[]) => sides.map((n) => [n, n] as const)
  it.each<[string, nn.Layer<nn.ConvParams, null>]>([
    ['conv1d', nn.conv(4, 3, { strides: 2, padding: pad(1) })],
    ['conv2d', nn.conv(3, [3, 2], { padding: 'VALID' })],
    ['conv2dDilated', nn.conv(2, 3, { dilation: 2, padding: pad(2, 2) })],
    ['conv2dGroups', nn.conv(6, [3, 3], { groups: 2 })],
    ['conv3d', nn.conv(3, 2, { strides: [1, 2, 2], padding: 'VALID' })],
    ['depthwise', nn.depthwiseConv([3, 3], { multiplier: 2 })],
  ])('%s is what PyTorch computes', (name, layer) => {
    const test = cases(name)
    const x = get(test, 'x')
    const params = { kernel: get(test, 'kernel'), bias: get(test, 'bias') }
    const [y] = layer.apply({ params, state: null }, x)
    expectClose(y, get(test, 'y'))
    const first = layer.init(key, x.shape.slice(1))
    expect(first.params.kernel.shape).toEqual(params.kernel.shape)
    expect(first.params.bias.shape).toEqual(params.bias.shape)
    const compiled = jit((p: nn.ConvParams) => layer.apply({ params: p, state: null }, x)[0])
    expectClose(compiled(params), get(test, 'y'))
  })

  it.each([
    ['sameStrided', nn.conv(4, 3, { strides: 2, useBias: false })],
    ['validStrided', nn.conv(4, 3, { strides: [2, 1], padding: 'VALID', useBias: false })],
    ['transposeSame', nn.convTranspose(3, 3, { strides: 2, useBias: false })],
    ['transposeValid', nn.convTranspose(3, 3, { strides: [2, 1], padding: 'VALID', useBias: false })],
    ['transposeTorch', nn.convTranspose(3, 3, { strides: 2, padding: 'VALID', useBias: false })],
  ])('%s is what JAX or PyTorch computes', (name, layer) => {
    const test = cases(name)
    expectTypeOf(layer.init(key, [5, 5, 2]).params).toEqualTypeOf<Omit<nn.ConvParams, 'bias'>>()
    const variables = { params: { kernel: get(test, 'kernel') }, state: null }
    expectClose(layer.apply(variables, get(test, 'x'))[0], get(test, 'y'))
    expect(layer.init(key, get(test, 'x').shape.slice(1)).params.kernel.shape).toEqual(
      get(test, 'kernel').shape,
    )
  })

  it('have gradients', async () => {
    const x = random.normal(key, [2, 4, 4, 2])
    for (const layer of [
      nn.conv(2, 3, { strides: 2 }),
      nn.depthwiseConv(2),
      nn.convTranspose(2, 2, { strides: 2 }),
    ]) {
      const { params } = layer.init(key, [4, 4, 2])
      const f = (p: nn.ConvParams, input: NDArray): NDArray =>
        layer.apply({ params: p, state: null }, input)[0]
      await checkGrads(f, [params, x], { order: 1 })
    }
  })

  it('map over parameters', () => {
    const layer = nn.conv(3, 3)
    const many = vmap((own: random.Key) => layer.init(own, [4, 4, 1]).params)(random.split(key, 2))
    const apply = (params: nn.ConvParams, x: NDArray): NDArray => layer.apply({ params, state: null }, x)[0]
    const x = random.normal(key, [1, 4, 4, 1])
    const all = vmap(apply, [0, null])(many, x)
    const second = { kernel: many.kernel.slice(1), bias: many.bias.slice(1) }
    expectClose(all.slice(1), apply(second, x))
  })

  it('report examples, windows and groups that do not fit', () => {
    const error = (f: () => unknown) => expect(f).toThrow(CotangentError)
    error(() => nn.conv(4, [3, 3]).init(key, [8, 3]))
    error(() => nn.conv(4, [0, 3]).init(key, [8, 8, 3]))
    error(() => nn.conv(4, 3, { groups: 2 }).init(key, [8, 8, 3]))
    expect(() => nn.conv(4, [3, 3]).init(key, [8, 3])).toThrow('nn.conv: examples with 2 spatial axes')
    const layer = nn.conv(4, 3, { strides: [1, 1, 1] })
    expect(() => layer.apply(layer.init(key, [8, 8, 3]), np.zeros([1, 8, 8, 3]))).toThrow('strides must be')
  })
})

describe('pooling', () => {
  const padding = [
    [1, 1],
    [1, 1],
  ] as const
  it.each<[string, nn.Layer<null, null>]>([
    ['max', nn.maxPool([2, 2])],
    ['maxPadded', nn.maxPool(3, { strides: 2, padding })],
    ['avg', nn.avgPool([2, 2])],
    ['avgPadded', nn.avgPool(3, { strides: 2, padding })],
    ['avgCounted', nn.avgPool(3, { strides: 2, padding, countPadding: true })],
    ['global', nn.globalAvgPool()],
  ])('%s is what PyTorch computes', async (name, layer) => {
    const [x, y] = [get(pools(name), 'x'), get(pools(name), 'y')]
    const f = (input: NDArray): NDArray => layer.apply(none, input)[0]
    expectClose(f(x), y)
    expectClose(jit(f)(x), y)
    expectClose(vmap(f)(np.stack([x, x])).slice(1), y)
    await checkGrads(f, [x], { order: 1, eps: 2 ** -12, rtol: 2e-2, atol: 2e-2 })
  })

  it('max goes to the first of equal elements', () => {
    const slope = grad((x: NDArray) => nn.maxPool(2).apply(none, x)[0].sum())(np.ones([1, 4, 1]))
    expect(slope.ravel().js()).toEqual([1, 0, 1, 0])
  })

  it('in one and three dimensions, with SAME', () => {
    const pooled = (shape: number[]) =>
      nn.avgPool(2, { strides: 2, padding: 'SAME' }).apply(none, np.ones(shape))[0]
    expect(pooled([1, 5, 2]).ravel().js()).toEqual([1, 1, 1, 1, 1, 1])
    expect(pooled([1, 3, 2, 5, 1]).shape).toEqual([1, 2, 1, 3, 1])
  })

  it('report examples of another rank', () => {
    expect(() => nn.maxPool([2, 2]).apply(none, np.ones([1, 4, 2]))).toThrow('examples with 2 spatial axes')
    expect(() => nn.globalAvgPool().apply(none, np.ones([1, 4]))).toThrow(CotangentError)
  })
})
