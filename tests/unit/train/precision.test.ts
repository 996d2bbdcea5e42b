// Mixed precision: what is computed in which type, loss scaling, and models as accurate as in float32.

import { describe, expect, it } from 'vitest'
import { data, nn, numpy as np, optim, random, train, tree, type NDArray } from '../../../src/index.js'
import { nextScaling, precisionPlan, type LossScaling } from '../../../src/train/precision.js'
import { digits } from './digits.js'

const halves = ['float16', 'bfloat16'] as const

describe('mixed precision', () => {
  it('computes the model in the half type, and keeps everything else float32', async () => {
    for (const precision of halves) {
      const seen = new Set<string>()
      const spy: nn.Layer<{ scale: NDArray }, { count: NDArray }> = {
        init: () => ({ params: { scale: np.ones([]) }, state: { count: np.zeros([]) } }),
        apply: ({ params, state }, x) => {
          seen.add(`x ${x.dtype}`)
          seen.add(`params ${params.scale.dtype}`)
          seen.add(`state ${state.count.dtype}`)
          return [x.mul(params.scale), { count: state.count.add(1).astype(precision) }]
        },
      }
      const model = nn.sequential(nn.dense(3), nn.batchNorm(), spy)
      const x = random.normal(random.key(0), [10, 3])
      const variables = model.init(random.key(0), [3])
      seen.clear() // shapes are inferred in float32
      const run = await train.fit({
        model,
        variables,
        loss: (prediction, target) => {
          seen.add(`prediction ${prediction.dtype}`)
          return nn.losses.mse(prediction, target)
        },
        optimizer: optim.adam(0.01),
        data: data.fromArrays({ x, y: x }),
        validation: data.fromArrays({ x, y: x }),
        batchSize: 5,
        precision,
      })
      expect([...seen].sort()).toEqual([
        `params ${precision}`,
        'prediction float32',
        'state float32',
        `x ${precision}`,
      ])
      const { params, state, optimizer } = run.state
      for (const leaf of tree.leaves({ params, state })) expect((leaf as NDArray).dtype).toBe('float32')
      for (const leaf of tree.leaves(optimizer)) expect((leaf as NDArray).dtype).toMatch(/^(float|int)32$/)
      const y = await train.predict({ model, variables: run.state, data: data.fromArrays({ x }), precision })
      expect(y.dtype).toBe('float32')
    }
  })

  it('trains digits as well as float32 does', { timeout: 60_000 }, async () => {
    const { held, training } = await digits()
    const model = nn.sequential(
      nn.flatten(),
      nn.dense(64),
      nn.batchNorm(),
      nn.activation(nn.relu),
      nn.dropout(0.1),
      nn.dense(10),
    )
    const accuracy: Record<string, number> = {}
    for (const precision of ['float32', ...halves] as const) {
      const { history } = await train.fit({
        model,
        loss: nn.losses.softmaxCrossEntropy,
        optimizer: optim.adam(3e-3),
        data: training,
        validation: held,
        batchSize: 64,
        epochs: 6,
        metrics: { accuracy: nn.metrics.accuracy() },
        key: random.key(1),
        precision,
      })
      accuracy[precision] = history.at(-1)?.validation?.accuracy ?? 0
    }
    expect(accuracy['float32']).toBeGreaterThan(0.95)
    // A point of 359 images is 3.6 images.
    for (const precision of halves)
      expect(accuracy[precision]).toBeGreaterThan((accuracy['float32'] ?? 1) - 0.01)
  })

  it('scales the loss so that gradients which float16 has no numbers for survive', async () => {
    // The gradient of a prediction is 1e-7 / 2, which float16 rounds to 5.96e-8 or 0.
    const tiny = (precision: train.Precision) =>
      train.fit({
        model: nn.dense(1, { useBias: false, kernelInit: nn.initializers.ones }),
        loss: (prediction) => prediction.mean().mul(1.1e-8),
        optimizer: optim.sgd(1e6),
        data: data.fromArrays({ x: np.ones([2, 1]) }),
        precision,
      })
    const { state } = await tiny('float16')
    expect(1 - (state.params.kernel.js() as number[][])[0]?.[0]!).toBeCloseTo(0.011, 4)
  })
})

describe('loss scaling', () => {
  const plan = precisionPlan({ dtype: 'float16', growthInterval: 3 }, 'test')
  const scaling = (scale: number, good: number, skipped: number): LossScaling => ({
    scale: np.array(scale, { dtype: 'float32' }),
    good: np.array(good, { dtype: 'int32' }),
    skipped: np.array(skipped, { dtype: 'int32' }),
  })
  const next = (before: LossScaling, isGood: boolean): number[] => {
    const { scale, good, skipped } = nextScaling(before, np.array(isGood), plan)
    return [scale.item(), good.item(), skipped.item()]
  }

  it('doubles after good steps, halves and counts after an overflow, and stays in its bounds', () => {
    expect(next(scaling(8, 0, 5), true)).toEqual([8, 1, 5])
    expect(next(scaling(8, 2, 5), true)).toEqual([16, 0, 5])
    expect(next(scaling(8, 2, 5), false)).toEqual([4, 0, 6])
    expect(next(scaling(1, 0, 0), false)).toEqual([1, 0, 1])
    expect(next(scaling(2 ** 24, 2, 0), true)).toEqual([2 ** 24, 0, 0])
  })

  it('skips a step that overflows: nothing but the scale changes', async () => {
    const x = np.ones([4, 2])
    const model = nn.sequential(nn.dense(1), nn.batchNorm())
    const variables = model.init(random.key(0), [2])
    const run = await train.fit({
      model,
      variables,
      // Gradients of 1e5 and more are infinite in float16 whatever the scale.
      loss: (prediction) => prediction.sum().mul(1e5),
      optimizer: optim.adam(1),
      data: data.fromArrays({ x }),
      epochs: 3,
      precision: { dtype: 'float16', initialScale: 4 },
    })
    const values = (given: unknown): number[][] =>
      tree.leaves(given).map((leaf) => [...(leaf as NDArray).dataSync()])
    expect(values(run.state.params)).toEqual(values(variables.params))
    expect(values(run.state.state)).toEqual(values(variables.state))
    expect(
      values(run.state.optimizer)
        .flat()
        .every((value) => value === 0),
    ).toBe(true)
    expect([run.state.scaling?.scale.item(), run.state.scaling?.skipped.item()]).toEqual([1, 3])
  })
})
