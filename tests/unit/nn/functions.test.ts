// Activations, softmax, initializers, losses and metrics, where the conformance files say nothing: dtypes, errors,
// extremes, statistics.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  nn,
  numpy as np,
  optim,
  random,
  type NDArray,
} from '../../../src/index.js'

defaultDevice('reference')

const int32 = { dtype: 'int32' } as const

describe('activations', () => {
  it.each<[string, (x: NDArray) => NDArray]>([
    ['identity', nn.identity],
    ['relu', nn.relu],
    ['relu6', nn.relu6],
    ['sigmoid', nn.sigmoid],
    ['tanh', nn.tanh],
    ['softplus', nn.softplus],
    ['logSigmoid', nn.logSigmoid],
    ['softSign', nn.softSign],
    ['silu', nn.silu],
    ['mish', nn.mish],
    ['gelu', (x) => nn.gelu(x)],
    ['elu', (x) => nn.elu(x)],
    ['celu', (x) => nn.celu(x)],
    ['selu', nn.selu],
    ['leakyRelu', (x) => nn.leakyRelu(x)],
    ['hardTanh', nn.hardTanh],
    ['hardSigmoid', nn.hardSigmoid],
    ['hardSwish', nn.hardSwish],
    ['squareplus', (x) => nn.squareplus(x)],
    ['sparsePlus', nn.sparsePlus],
    ['sparseSigmoid', nn.sparseSigmoid],
  ])('%s keeps NaN and half precision, and has finite derivatives far out', (_, f) => {
    expect(f(np.array([NaN])).item()).toBeNaN()
    expect(f(np.array([0.5], { dtype: 'float16' })).dtype).toBe('float16')
    const slopes = grad((x: NDArray) => f(x).sum())(np.array([-1e4, -100, 100, 1e4])).dataSync()
    expect(slopes.every((slope) => Number.isFinite(slope) && slope > -0.1 && slope < 1.2)).toBe(true)
  })

  it('keep integers as floats, but relu of integers whole', () => {
    expect(nn.relu(np.array([-1, 2], int32))).toMatchObject({ dtype: 'int32' })
    expect(nn.sigmoid(np.array([0], int32))).toMatchObject({ dtype: 'float32' })
  })

  it('report an odd axis of glu', () => {
    expect(() => nn.glu(np.zeros([2, 3]))).toThrow('an even size along axis -1')
  })
})

describe('softmax and relatives', () => {
  it('mask with where', () => {
    const x = np.array([1, 2, 3])
    const where = np.array([true, false, true])
    expect(nn.softmax(x, -1, { where }).js()).toEqual([
      expect.closeTo(0.1192, 4),
      0,
      expect.closeTo(0.8808, 4),
    ])
    expect(nn.logSoftmax(x, -1, { where }).js()).toEqual([
      expect.closeTo(-2.1269, 4),
      -Infinity,
      expect.closeTo(-0.1269, 4),
    ])
    expect(nn.logsumexp(x, null, { where }).item()).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(3)), 5)
    expect(nn.softmax(x, -1, { where: false }).js()).toEqual([0, 0, 0])
  })

  it('logsumexp of nothing but -inf is -inf', () => {
    expect(nn.logsumexp(np.array([-Infinity, -Infinity])).item()).toBe(-Infinity)
    expect(nn.logsumexp(np.array([Infinity, 0])).item()).toBe(Infinity)
  })

  it('oneHot places its axis, and wants integers', () => {
    const classes = np.array([2, 0], int32)
    expect(nn.oneHot(classes, 3, { axis: 0 }).js()).toEqual([
      [0, 1],
      [0, 0],
      [1, 0],
    ])
    expect(nn.oneHot(classes, 3, { dtype: 'int32' }).dtype).toBe('int32')
    expect(() => nn.oneHot(np.array([1]), 3)).toThrow(
      "integer classes, got float32. Convert with astype('int32').",
    )
    expect(() => nn.oneHot(classes, -1)).toThrow('numClasses must be a whole number >= 0')
  })
})

describe('attention', () => {
  it('a query that may see nothing gets the mean, not NaN', () => {
    const [q, k, v] = [0, 1, 2].map((i) => random.normal(random.key(i), [1, 2, 1, 4])) as [
      NDArray,
      NDArray,
      NDArray,
    ]
    const blind = nn.dotProductAttention(q, k, v, { mask: np.zeros([1, 1, 2, 2], { dtype: 'bool' }) })
    const mean = np.mean(v, 1).dataSync()
    expect(
      [...blind.dataSync()].map((x, i) => Math.abs(x - (mean[i % 4] ?? NaN)) < 1e-6).every(Boolean),
    ).toBe(true)
  })

  it('reports shapes that do not fit', () => {
    const [q, k] = [np.zeros([1, 2, 3, 4]), np.zeros([1, 2, 2, 4])]
    expect(() => nn.dotProductAttention(q, k, k)).toThrow(CotangentError)
  })
})

describe('initializers', () => {
  const { initializers } = nn
  const deviation = (x: NDArray): number => Math.sqrt(np.mean(np.square(x)).item())

  it.each<[string, nn.Initializer, number]>([
    ['glorotUniform', initializers.glorotUniform(), Math.sqrt(2 / 150)],
    ['glorotNormal', initializers.glorotNormal(), Math.sqrt(2 / 150)],
    ['heUniform', initializers.heUniform(), Math.sqrt(2 / 100)],
    ['heNormal', initializers.heNormal(), Math.sqrt(2 / 100)],
    ['lecunUniform', initializers.lecunUniform(), Math.sqrt(1 / 100)],
    ['lecunNormal', initializers.lecunNormal(), Math.sqrt(1 / 100)],
    ['normal', initializers.normal(0.3), 0.3],
    ['uniform', initializers.uniform(3), Math.sqrt(3)],
    ['fan_out normal', initializers.varianceScaling(1, 'fan_out', 'normal'), Math.sqrt(1 / 50)],
  ])('%s has its deviation', (_, init, expected) => {
    expect(deviation(init(random.key(0), [100, 50])) / expected).toBeCloseTo(1, 1)
  })

  it('count the receptive field, and name axes', () => {
    const conv = initializers.heNormal()(random.key(0), [3, 3, 16, 32])
    expect(deviation(conv)).toBeCloseTo(Math.sqrt(2 / (9 * 16)), 2)
    const torch = initializers.heNormal({ inAxis: 1, outAxis: 0 })(random.key(0), [50, 400])
    expect(deviation(torch)).toBeCloseTo(Math.sqrt(2 / 400), 2)
  })

  it('need two axes', () => {
    expect(() => initializers.heNormal()(random.key(0), [3])).toThrow('at least two axes')
  })
})

describe('losses and accuracy', () => {
  const logits = np.array([
    [2, 0, -1],
    [0, 0, 0],
  ])
  const labels = np.array([0, 2], int32)

  it('integer and one-hot labels give the same loss and gradient', () => {
    const byInteger = (x: NDArray): NDArray => nn.losses.softmaxCrossEntropy(x, labels)
    const byOneHot = (x: NDArray): NDArray => nn.losses.softmaxCrossEntropy(x, nn.oneHot(labels, 3))
    expect(byInteger(logits).item()).toBeCloseTo(byOneHot(logits).item(), 6)
    const [a, b] = [grad(byInteger)(logits), grad(byOneHot)(logits)]
    expect(np.allclose(a, b).item()).toBeTruthy()
  })

  it('binary cross-entropy is accurate for large logits', () => {
    const loss = (x: number, y: number): number =>
      nn.losses.binaryCrossEntropyFromLogits(np.array([x]), np.array([y])).item()
    expect(loss(200, 0)).toBe(200)
    expect(loss(30, 1) / Math.exp(-30)).toBeCloseTo(1, 4)
    expect(loss(-30, 0) / Math.exp(-30)).toBeCloseTo(1, 4)
  })

  it('means of the others', () => {
    const [p, t] = [np.array([1, 5]), np.array([1, 2])]
    expect(nn.losses.mse(p, t).item()).toBe(4.5)
    expect(nn.losses.mae(p, t).item()).toBe(1.5)
    expect(nn.losses.huber(p, t).item()).toBe(1.25)
  })

  it('a label that is no class gives NaN', () => {
    const bad = optim.softmaxCrossEntropyWithIntegerLabels(logits, np.array([3, -1], int32))
    expect(bad.js()).toEqual([NaN, NaN])
  })

  it('report labels that do not fit', () => {
    const loss = (y: NDArray) => () => optim.softmaxCrossEntropyWithIntegerLabels(logits, y)
    expect(loss(np.array([0, 1]))).toThrow('integer labels, got float32')
    expect(loss(np.array([0, 1, 2], int32))).toThrow(
      'labels of the shape of the logits without their last axis',
    )
    expect(() => nn.accuracy(logits, np.array([1], int32))).toThrow(CotangentError)
  })

  it('accuracy takes integers and one-hot labels', () => {
    expect(nn.accuracy(logits, labels).item()).toBe(0.5)
    expect(nn.accuracy(logits, nn.oneHot(labels, 3)).item()).toBe(0.5)
  })
})
