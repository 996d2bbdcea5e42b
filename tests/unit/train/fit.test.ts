// fit, evaluate and predict: what they compute, in both forms.

import { describe, expect, it } from 'vitest'
import { data, nn, numpy as np, optim, random, train, type NDArray } from '../../../src/index.js'

const x = random.normal(random.key(1), [250, 4])
const dataset = data.fromArrays({ x, y: np.argmax(x, 1) })
const model = nn.sequential(nn.dense(16), nn.activation(nn.relu), nn.dropout(0.1), nn.dense(4))
const options = {
  model,
  loss: nn.losses.softmaxCrossEntropy,
  optimizer: optim.adam(1e-2),
  data: dataset,
  batchSize: 64,
  epochs: 3,
  metrics: { accuracy: nn.metrics.accuracy() },
  key: random.key(3),
}

describe('fit', () => {
  it('trains a model', async () => {
    const run = await train.fit({ ...options, epochs: 30, validation: dataset })
    expect(run.history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(run.history[0]?.training.accuracy).toBeLessThan(0.7)
    expect(run.history.at(-1)?.validation?.accuracy).toBeGreaterThan(0.9)
    expect(run.state.step).toBe(120)
    expect(run.state.params[0].kernel.shape).toEqual([4, 16])
    const scores = await train.evaluate({
      model,
      variables: run.state,
      data: dataset,
      loss: nn.losses.softmaxCrossEntropy,
      metrics: { accuracy: nn.metrics.accuracy() },
    })
    expect(scores.accuracy).toBe(run.history.at(-1)?.validation?.accuracy)
    expect(scores.loss).toBeCloseTo(run.history.at(-1)?.validation?.loss ?? NaN, 5)
    const y = await train.predict({ model, variables: run.state, data: dataset, batchSize: 64 })
    expect(y.shape).toEqual([250, 4])
    expect(nn.accuracy(y, np.argmax(x, 1)).item()).toBeCloseTo(scores.accuracy, 6)
  })

  it('takes a step of the user', async () => {
    const run = await train.fit({
      data: data.fromArrays(np.array([1, 2, 3])),
      state: { sum: np.array(0.5) },
      step: ({ sum }, batch: NDArray) => [
        { sum: sum.add(batch.sum()) },
        { loss: batch.mean(), rows: batch.sum() },
      ],
      batchSize: 2,
      epochs: 2,
    })
    expect(run.state.sum.item()).toBe(12.5)
    expect(run.history[0]?.training['loss']).toBeCloseTo(2, 6)
  })
})
