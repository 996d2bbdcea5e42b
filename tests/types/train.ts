// What training says about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { data, nn, numpy as np, optim, random, train, type NDArray } from '../../src/index.js'

const rows = data.fromArrays({ x: np.ones([4, 3]), y: np.ones([4, 2]) })
const hosted = data.fromArrays({
  x: { data: new Float32Array(4), shape: [4, 1], dtype: 'float32' } as const,
  y: { labels: { data: new Int32Array(4), shape: [4], dtype: 'int32' } as const, weights: np.ones([4]) },
})
const model = nn.sequential(nn.dense(4), nn.batchNorm(), nn.dense(2))
const common = { model, optimizer: optim.adam(1e-3), key: random.key(0) }

// State, parameters and the names of metrics follow the model and the options.
const run = await train.fit({
  ...common,
  loss: nn.losses.mse,
  data: rows,
  metrics: { r2: nn.metrics.r2(), error: nn.metrics.mean() },
  callbacks: [
    train.earlyStopping(),
    train.checkpoints('folder'),
    { onEpochEnd: ({ state }) => expectTypeOf(state.params[0]).toEqualTypeOf<nn.DenseParams>() && undefined },
  ],
})
expectTypeOf(run.state.params[0]).toEqualTypeOf<nn.DenseParams>()
expectTypeOf(run.state.state[1]).toEqualTypeOf<nn.BatchNormState>()
expectTypeOf(run.history[0]!.training.r2).toEqualTypeOf<number>()
expectTypeOf(run.history[0]!.validation).toEqualTypeOf<Readonly<
  Record<'loss' | 'r2' | 'error', number>
> | null>()
// @ts-expect-error there is no such metric
void run.history[0]!.training.accuracy

// Losses get what the batches have: y, a tree, or the whole batch without one.
await train.fit({
  ...common,
  data: hosted,
  loss: (prediction, target) => {
    expectTypeOf(target).toEqualTypeOf<{ labels: NDArray; weights: NDArray }>()
    return prediction.mean()
  },
})
await train.fit({
  ...common,
  data: (epoch: number) => [{ x: np.ones([2, 3]).mul(epoch) }],
  loss: (prediction, batch) => prediction.sub(batch.x).mean(),
})

// A step has the state and the batches that were given.
const stepped = await train.fit({
  data: data.fromArrays([np.ones([4]), np.ones([4])] as const),
  state: { a: np.ones([2]), deep: [np.ones([])] },
  step: (state, [x], key) => {
    expectTypeOf(state.a).toEqualTypeOf<NDArray>()
    expectTypeOf(key).toEqualTypeOf<random.Key>()
    return [state, { loss: x.mean(), other: x.sum() }]
  },
})
expectTypeOf(stepped.state.deep[0]).toEqualTypeOf<NDArray | undefined>()

// Evaluation takes the state of a run as variables.
const scores = await train.evaluate({
  model,
  variables: run.state,
  data: rows,
  loss: nn.losses.mse,
  metrics: { r2: nn.metrics.r2() },
})
expectTypeOf(scores.r2).toEqualTypeOf<number>()
expectTypeOf(await train.predict({ model, variables: run.state, data: rows })).toEqualTypeOf<NDArray>()

// @ts-expect-error this is not a monitor
train.earlyStopping({ monitor: 'val_loss' })
// @ts-expect-error a precision that there is not
void train.fit({ ...common, loss: nn.losses.mse, data: rows, precision: 'float64' })
// @ts-expect-error the loss must be an array
void train.fit({ ...common, loss: () => 1, data: rows })

// Callbacks of any state do not widen the state of a step.
await train.fit({
  data: data.fromArrays(np.ones([4])),
  state: np.ones([]),
  step: (total, x) => [total.add(x.sum()), { loss: x.mean() }],
  callbacks: [train.earlyStopping(), { onEnd: ({ state }) => void state.mul(2) }],
})
