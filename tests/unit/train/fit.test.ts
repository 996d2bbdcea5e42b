// fit, evaluate and predict: what they compute, in both forms.

import { describe, expect, it } from 'vitest'
import {
  data,
  grad,
  jit,
  memoryStats,
  nn,
  numpy as np,
  optim,
  random,
  train,
  tree,
  valueAndGrad,
  type NDArray,
} from '../../../src/index.js'

const x = random.normal(random.key(1), [250, 4])
const dataset = data.fromArrays({ x, y: np.argmax(x, 1) })
const model = nn.sequential(nn.dense(16), nn.activation(nn.relu), nn.dropout(0.1), nn.dense(4))
const options = {
  model,
  loss: nn.losses.softmaxCrossEntropy,
  optimizer: optim.adam(1e-2),
  data: dataset,
  batchSize: 64,
  metrics: { accuracy: nn.metrics.accuracy() },
  key: random.key(3),
}

const bits = (state: unknown): number[][] =>
  tree.leaves(state).map((leaf) => [...(leaf as NDArray).dataSync()])

describe('fit of a model', () => {
  it('learns, and evaluate and predict agree with its validation', async () => {
    const run = await train.fit({ ...options, epochs: 25, validation: dataset })
    expect(run.history.map(({ epoch, step }) => [epoch, step])).toEqual(
      Array.from({ length: 25 }, (_, i) => [i + 1, 4 * (i + 1)]),
    )
    expect(run.history[0]?.training.accuracy).toBeLessThan(0.7)
    expect(run.history.at(-1)?.validation?.accuracy).toBeGreaterThan(0.9)
    expect([run.state.step, run.state.epoch, run.stopped]).toEqual([100, 25, null])
    const { optimizer: _, ...judged } = options
    const scores = await train.evaluate({ ...judged, variables: run.state, batchSize: 100 })
    expect(scores.accuracy).toBe(run.history.at(-1)?.validation?.accuracy)
    expect(scores.loss).toBeCloseTo(run.history.at(-1)?.validation?.loss ?? NaN, 6)
    const y = await train.predict({ model, variables: run.state, data: dataset, batchSize: 64 })
    expect(y.shape).toEqual([250, 4])
    expect(nn.accuracy(y, np.argmax(x, 1)).item()).toBeCloseTo(scores.accuracy, 6)
  })

  it('does what a jitted step written by hand does, bit for bit', async () => {
    const { optimizer } = options
    const run = await train.fit({ ...options, epochs: 2 })
    const first = model.init(random.key(3), [4])
    type Params = typeof first.params
    const step = jit(
      (params: Params, memory: optim.OptimizerState, batch: { x: NDArray; y: NDArray }, key: random.Key) => {
        const loss = (p: Params): NDArray =>
          nn.losses.softmaxCrossEntropy(
            model.apply({ params: p, state: first.state }, batch.x, { training: true, key })[0],
            batch.y,
          )
        const [updates, next] = optimizer.update(valueAndGrad(loss)(params)[1], memory, params)
        return [optim.applyUpdates(params, updates), next] as const
      },
    )
    let { params } = first
    let memory = optimizer.init(params)
    let n = 0
    for (let epoch = 0; epoch < 2; epoch++) {
      // The seed of the order is the key's two words, here 0 and 3.
      for (const batch of data.batches(data.shuffle(dataset, 3, epoch), 64))
        [params, memory] = step(params, memory, batch, random.foldIn(random.key(3), ++n))
    }
    expect(bits(run.state.params)).toEqual(bits(params))
    expect(bits(run.state.optimizer)).toEqual(bits(memory))
  })

  it('gives the same bits each time, others for another key, and leaves what it was given alone', async () => {
    const variables = model.init(random.key(9), [4])
    const before = bits(variables)
    const runs = []
    for (const key of [random.key(1), random.key(1), random.key(2)])
      runs.push(bits((await train.fit({ ...options, key, variables })).state.params))
    expect(runs[0]).toEqual(runs[1])
    expect(runs[0]).not.toEqual(runs[2])
    expect(bits(variables)).toEqual(before)
  })

  it('compiles one step for full batches and one for the last, smaller one', async () => {
    let traces = 0
    const counted: nn.Layer<null, null> = {
      ...nn.activation((y) => y),
      apply: (_, y) => {
        traces++
        return [y, null]
      },
    }
    const counting = nn.sequential(counted, nn.dense(4))
    await train.fit({ ...options, model: counting, epochs: 1, metrics: {} })
    const once = traces
    traces = 0
    await train.fit({ ...options, model: counting, epochs: 5, metrics: {} })
    expect(traces).toBe(once)
  })

  it('updates the state of the model, and evaluates with it', async () => {
    const normalized = nn.sequential(nn.batchNorm(), nn.dense(4))
    const run = await train.fit({ ...options, model: normalized, epochs: 2, validation: dataset })
    const [{ mean }] = run.state.state
    expect(Math.max(...mean.dataSync().map(Math.abs))).toBeGreaterThan(0)
    const logits = normalized.apply(run.state, x)[0]
    expect(run.history[1]?.validation?.accuracy).toBeCloseTo(nn.accuracy(logits, np.argmax(x, 1)).item(), 6)
  })

  it('gives the loss the whole batch where there is no y, and trees of targets', async () => {
    const autoencoder = nn.sequential(nn.dense(2), nn.dense(4))
    const common = { model: autoencoder, optimizer: optim.sgd(0.1), key: random.key(0), batchSize: 50 }
    const plain = await train.fit({
      ...common,
      data: data.fromArrays({ x }),
      loss: (prediction, batch) => nn.losses.mse(prediction, batch.x),
    })
    const weighted = await train.fit({
      ...common,
      data: data.fromArrays({ x, y: { value: x, weight: np.ones([250, 1]) } }),
      loss: (prediction, { value, weight }) => np.mean(np.square(prediction.sub(value)).mul(weight)),
    })
    expect(weighted.history[0]?.training.loss).toBeCloseTo(plain.history[0]?.training.loss ?? NaN, 6)
  })

  it('takes batches from functions, plain and async, and gives masks to the model', async () => {
    const seen: number[] = []
    const masked: nn.Layer<nn.DenseParams, null> = {
      ...nn.dense(1),
      apply: (variables, y, { mask } = {}) => nn.dense(1).apply(variables, np.multiply(y, mask ?? NaN)),
    }
    const batch = { x: np.ones([2, 3]), y: np.ones([2, 1]), mask: np.array([[true], [true]]) }
    const run = await train.fit({
      model: masked,
      loss: nn.losses.mse,
      optimizer: optim.sgd(0.1),
      epochs: 3,
      data: async function* (epoch: number) {
        seen.push(epoch)
        await Promise.resolve()
        yield batch
        yield batch
      },
      validation: () => [batch],
    })
    expect(seen).toEqual([0, 1, 2])
    expect(run.state.step).toBe(6)
    expect(run.history.at(-1)?.validation?.loss).toBeLessThan(run.history[0]?.training.loss ?? 0)
    expect(batch.x.js()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ])
  })
})

describe('fit of a step', () => {
  it('runs any state, with means over rows in the history', async () => {
    const run = await train.fit({
      data: data.fromArrays(np.array([1, 2, 3])),
      state: { sum: np.array(0.5) },
      step: ({ sum }, batch) => [{ sum: sum.add(batch.sum()) }, { loss: batch.mean(), rows: batch.sum() }],
      batchSize: 2,
      epochs: 2,
    })
    expect(run.state.sum.item()).toBe(12.5)
    expect(run.history[0]?.training['loss']).toBeCloseTo(2, 6)
  })

  it('trains two networks with two optimizers against each other', async () => {
    const [maker, critic] = [nn.dense(1), nn.sequential(nn.dense(8), nn.activation(nn.tanh), nn.dense(1))]
    const optimizers = { maker: optim.adam(0.02), critic: optim.adam(0.02) }
    const [a, b] = [maker.init(random.key(0), [2]).params, critic.init(random.key(1), [1]).params]
    const state = {
      maker: a,
      critic: b,
      memory: { maker: optimizers.maker.init(a), critic: optimizers.critic.init(b) },
    }
    const judge = (params: typeof b, samples: NDArray, label: number): NDArray =>
      nn.losses.binaryCrossEntropyFromLogits(
        critic.apply({ params, state: [null, null, null] }, samples)[0],
        np.fullLike(samples, label),
      )
    const make = (params: typeof a, noise: NDArray): NDArray => maker.apply({ params, state: null }, noise)[0]
    const run = await train.fit({
      state,
      data: data.fromArrays(random.normal(random.key(2), [512, 1]).mul(0.1).add(3)),
      batchSize: 64,
      epochs: 40,
      step: ({ maker: m, critic: c, memory }, real, key) => {
        const noise = random.normal(key, [real.shape[0] ?? 1, 2])
        const fake = make(m, noise)
        const criticLoss = (p: typeof c): NDArray => judge(p, real, 1).add(judge(p, fake, 0))
        const [u, nextCritic] = optimizers.critic.update(grad(criticLoss)(c), memory.critic, c)
        const sharper = optim.applyUpdates(c, u)
        const [loss, g] = valueAndGrad((p: typeof m) => judge(sharper, make(p, noise), 1))(m)
        const [v, nextMaker] = optimizers.maker.update(g, memory.maker, m)
        return [
          {
            maker: optim.applyUpdates(m, v),
            critic: sharper,
            memory: { maker: nextMaker, critic: nextCritic },
          },
          { loss, made: fake.mean() },
        ]
      },
    })
    expect(run.history[0]?.training['made']).toBeLessThan(1)
    expect(Math.abs((run.history.at(-1)?.training['made'] ?? 0) - 3)).toBeLessThan(1)
  })
})

describe('a function of epochs', () => {
  /** Batches of epochs, and which of them were asked for, made, and ended. */
  function watched(count = 3) {
    const events: string[] = []
    const source = (epoch: number): AsyncIterable<{ x: NDArray; y: NDArray }> => {
      events.push(`call ${epoch}`)
      return (async function* () {
        try {
          for (let i = 0; i < count; i++) {
            events.push(`batch ${epoch}.${i}`)
            yield await Promise.resolve({ x: np.full([2, 3], epoch + i / 10), y: np.ones([2, 1]) })
          }
        } finally {
          events.push(`end ${epoch}`)
        }
      })()
    }
    return { events, source }
  }
  const fitted = { model: nn.dense(1), loss: nn.losses.mse, optimizer: optim.sgd(0.01) }
  const epochOf = (epoch: number, count = 3): string[] => [
    `call ${epoch}`,
    ...Array.from({ length: count }, (_, i) => `batch ${epoch}.${i}`),
    `end ${epoch}`,
  ]

  it('is called once for each epoch, and every batch is used once', async () => {
    const { events, source } = watched()
    const run = await train.fit({ ...fitted, data: source, epochs: 2 })
    expect(events).toEqual([...epochOf(0), ...epochOf(1)])
    expect(run.step).toBe(6)
    // With variables nobody has to look at a batch beforehand.
    const variables = fitted.model.init(random.key(0), [3])
    const again = await train.fit({ ...fitted, variables, data: watched().source, epochs: 2 })
    expect(bits(again.state.params)).toEqual(bits(run.state.params))
  })

  it('is called once for each epoch that is left after a checkpoint', async () => {
    const whole = watched()
    const moments: Uint8Array[] = []
    const take = async ({ step, checkpoint }: train.StepEvent<unknown>): Promise<void> =>
      void (step === 4 && moments.push(await checkpoint()))
    const run = await train.fit({
      ...fitted,
      data: whole.source,
      epochs: 3,
      callbacks: [{ onStepEnd: take }],
    })
    const { events, source } = watched()
    const resumed = await train.fit({ ...fitted, data: source, epochs: 3, resume: moments[0] ?? '' })
    expect(events).toEqual([...epochOf(1), ...epochOf(2)])
    expect(bits(resumed.state.params)).toEqual(bits(run.state.params))
  })

  it('is ended where training does not begin', async () => {
    const { events, source } = watched()
    const callbacks = [{ onStart: () => Promise.reject(new Error('no')) }]
    await expect(train.fit({ ...fitted, data: source, callbacks })).rejects.toThrow('no')
    expect(events).toEqual(['call 0', 'batch 0.0', 'end 0'])
    await expect(train.fit({ ...fitted, data: watched(0).source })).rejects.toThrow('at least one batch')
  })
})

describe('memory', () => {
  const columns = data.fromArrays({ x: np.ones([6, 2]), y: np.ones([6, 2]) })
  const identity = nn.activation((y) => y)

  it('of batches is not freed where states or predictions are those very arrays', async () => {
    const run = await train.fit({
      data: data.fromArrays(np.arange(6).astype('float32')),
      state: { last: np.zeros([3]) },
      step: (_, batch) => [{ last: batch }, { loss: batch.mean() }],
      batchSize: 3,
      epochs: 2,
    })
    expect((run.state.last.js() as number[]).every(Number.isInteger)).toBe(true)
    const mine = [np.ones([3]).add(1), np.ones([3])]
    const same = await train.fit({
      data: () => mine,
      state: { last: np.zeros([3]), outside: np.zeros([3]) },
      step: (_, batch) => [{ last: batch, outside: mine[0] as NDArray }, { loss: batch.mean() }],
      validation: () => mine,
      evaluateStep: ({ last }) => ({ loss: last.mean() }),
      epochs: 3,
    })
    expect([same.state.last.js(), same.state.outside.js(), mine[0]?.js(), mine[1]?.js()]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [2, 2, 2],
      [1, 1, 1],
    ])
    const variables = { params: null, state: null }
    const y = await train.predict({ model: identity, variables, data: columns, batchSize: 4 })
    expect(y.sum().item()).toBe(12)
  })

  it('stays flat over thousands of steps', async () => {
    const arrays: number[] = []
    await train.fit({
      data: data.fromArrays({ x: np.ones([64, 2]), y: np.ones([64, 2]) }),
      model: nn.dense(2),
      loss: nn.losses.mse,
      optimizer: optim.adam(1e-3),
      validation: columns,
      batchSize: 1,
      epochs: 60,
      callbacks: [{ onEpochEnd: () => void arrays.push(memoryStats().arrays) }],
    })
    expect((arrays.at(-1) ?? 0) - (arrays[5] ?? 0)).toBeLessThan(5000)
  })
})
