// Means of losses: PyTorch's and Optax's values, masks, gradients, errors.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  grad,
  jit,
  nn,
  numpy as np,
  type NDArray,
} from '../../../src/index.js'
import { checkGrads } from '../../../src/testing/index.js'
import { expectClose, get, reference } from './reference.js'

defaultDevice('reference')

const cases = reference('losses')
const [p, t, signs, shares, binary] = ['p', 't', 'signs', 'shares', 'binary'].map((name) =>
  get(cases('inputs'), name),
) as [NDArray, NDArray, NDArray, NDArray, NDArray]
const labels = get(cases('inputs'), 'labels').astype('int32')
const mask = np.array([true, true, true, false])
const { losses } = nn

type Loss = (x: NDArray, options?: nn.losses.LossOptions) => NDArray

describe('losses', () => {
  it.each<[string, Loss]>([
    ['mse', (x, options) => losses.mse(x, t, options)],
    ['mae', (x, options) => losses.mae(x, t, options)],
    ['huber', (x, options) => losses.huber(x, t, { ...options, delta: 0.7 })],
    ['binary', (x, options) => losses.binaryCrossEntropyFromLogits(x, binary, options)],
    ['integer', (x, options) => losses.softmaxCrossEntropy(x, labels, options)],
    ['smoothed', (x, options) => losses.softmaxCrossEntropy(x, labels, { ...options, labelSmoothing: 0.1 })],
    ['shares', (x, options) => losses.softmaxCrossEntropy(x, shares, options)],
    [
      'sharesSmoothed',
      (x, options) => losses.softmaxCrossEntropy(x, shares, { ...options, labelSmoothing: 0.2 }),
    ],
    ['kl', (x, options) => losses.klDivergence(nn.logSoftmax(x), shares, options)],
    ['hinge', (x, options) => losses.hinge(x, signs, options)],
    ['cosine', (x, options) => losses.cosine(x, t, options)],
  ])('%s: what PyTorch or Optax computes, with and without a mask', async (name, loss) => {
    expectClose(loss(p), get(cases(name), 'y'))
    expectClose(jit((x: NDArray) => loss(x, { mask }))(p), get(cases(name), 'masked'))
    await checkGrads((x: NDArray) => loss(x, { mask }), [p], { order: 1 })
    const slopes = grad((x: NDArray) => loss(x, { mask }))(p)
    expect(np.abs(slopes.slice(3)).js()).toEqual([0, 0, 0])
  })

  it('labels at masked places may be anything', () => {
    const padded = np.array([0, 2, 1, -1], { dtype: 'int32' })
    const loss = (x: NDArray): NDArray => losses.softmaxCrossEntropy(x, padded, { mask })
    expectClose(loss(p), get(cases('integer'), 'masked'))
    expect(np.abs(grad(loss)(p).slice(3)).js()).toEqual([0, 0, 0])
  })

  it('a mask has the first axes, and nothing has no mean', () => {
    const square = np.ones([2, 2])
    const rows = np.array([true, false])
    const slopes = grad((x: NDArray) => losses.mse(x, 0, { mask: rows }))(square)
    expect(slopes.js()).toEqual([
      [1, 1],
      [0, 0],
    ])
    expect(losses.mse(p, t, { mask: np.zeros([4]) }).item()).toBeNaN()
    expect(() => losses.mse(p, t, { mask: np.ones([3]) })).toThrow(CotangentError)
  })
})
