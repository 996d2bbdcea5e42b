// Whole models on the compiled device: they agree with the reference, and a compiled step trains them.

import { describe, expect, it } from 'vitest'
import {
  devicePut,
  jit,
  nn,
  numpy as np,
  optim,
  random,
  tree,
  valueAndGrad,
  vmap,
  type NDArray,
} from '../../../src/index.js'
import { expectClose } from './reference.js'

const key = random.key(0)

const convolutional = nn.sequential(
  nn.conv(4, 3),
  nn.batchNorm(),
  nn.activation(nn.relu),
  nn.maxPool(2),
  nn.residual(nn.depthwiseConv(3)),
  nn.groupNorm(2),
  nn.convTranspose(3, 2, { strides: 2 }),
  nn.avgPool(2, { padding: 'SAME' }),
  nn.globalAvgPool(),
  nn.dropout(0.1),
  nn.dense(2),
)
const recurrent = nn.sequential(
  nn.lstm(6, { returnSequence: true, bidirectional: true }),
  nn.gru(5, { returnSequence: true }),
  nn.rnn(4),
  nn.dense(2),
)
const transformer = nn.sequential(
  nn.embedding(7, 8),
  nn.positionalEncoding(),
  nn.repeat(nn.transformerBlock({ heads: 2, causal: true, dropout: 0.1 }), 2),
  nn.rmsNorm(),
  nn.activation((x) => np.mean(x, 1)),
  nn.dense(2),
)

const labels = np.array([0, 1, 1, 0, 1, 0, 0, 1], { dtype: 'int32' })
const tokens = random.randint(key, { minval: 0, maxval: 7, shape: [8, 5] })

/** Loss, gradient and next state in training; the same on each device. */
function step<P, S>(model: nn.Layer<P, S>, x: NDArray, y: NDArray) {
  return jit((params: P, state: S, seed: NDArray) => {
    const loss = (p: P): [NDArray, S] => {
      const options = { training: true, key: random.key(seed) }
      const [logits, next] = model.apply({ params: p, state }, x, options)
      return [nn.losses.softmaxCrossEntropy(logits, y), next]
    }
    const [[value, next], gradient] = valueAndGrad(loss, { hasAux: true })(params as never) as unknown as [
      [NDArray, S],
      P,
    ]
    return [value, next, gradient] as const
  })
}

function check<P, S>(model: nn.Layer<P, S>, x: NDArray): void {
  const { params, state } = model.init(key, x.shape.slice(1))
  const seed = np.array(3, { dtype: 'int32' })
  const compiled = step(model, x, labels)(params as never, state as never, seed)
  const [p, s, n, input, y] = devicePut(
    [params, state, seed, x, labels] as const,
    'reference',
  ) as unknown as [P, S, NDArray, NDArray, NDArray]
  const expected = step(model, input, y)(p as never, s as never, n)
  const [actual, wanted] = [compiled, expected].map((result) => tree.leaves(result) as NDArray[])
  expect(actual?.length).toBe(wanted?.length)
  actual?.forEach((leaf, i) => expectClose(leaf, wanted?.[i] ?? leaf, 1e-4))
}

/** Adam's steps until the examples are learned by heart. */
function train<P, S>(model: nn.Layer<P, S>, x: NDArray): number {
  const first = model.init(key, x.shape.slice(1))
  let { params, state } = first
  const optimizer = optim.adam(0.02)
  let memory = optimizer.init(params)
  const gradient = step(model, x, labels)
  const update = jit((g: P, m: typeof memory, p: P) => {
    const [updates, next] = optimizer.update(g as never, m, p as never)
    return [optim.applyUpdates(p as never, updates), next] as const
  })
  for (let i = 0; i < 150; i++) {
    const seed = np.array(i, { dtype: 'int32' })
    const [, nextState, slopes] = gradient(params as never, state as never, seed)
    state = nextState
    const [nextParams, nextMemory] = update(slopes as never, memory, params as never)
    params = nextParams
    memory = nextMemory
  }
  const [logits] = model.apply({ params, state }, x)
  return nn.losses.softmaxCrossEntropy(logits, labels).item()
}

describe('models', () => {
  it.each<[string, nn.Layer, NDArray]>([
    ['convolutional', convolutional, random.normal(key, [8, 6, 6, 3])],
    ['recurrent', recurrent, random.normal(key, [8, 5, 3])],
    ['transformer', transformer, tokens],
  ])('%s: compiles to what the reference device gives, and learns', (_, model, x) => {
    check(model, x)
    const init = (own: random.Key): unknown => model.init(own, x.shape.slice(1)).params
    const [eager, compiled] = [init(key), jit(init)(key)].map((t) => tree.leaves(t) as NDArray[])
    eager?.forEach((leaf, i) => expectClose(compiled?.[i] ?? leaf, leaf))
    const many = tree.leaves(vmap(init as (own: random.Key) => NDArray)(random.split(key, 3))) as NDArray[]
    expect(many.map((leaf) => leaf.shape)).toEqual(eager?.map((leaf) => [3, ...leaf.shape]))
    expect(train(model, x)).toBeLessThan(0.2)
  })
})
