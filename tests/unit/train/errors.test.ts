// What is wrong with the options, batches and steps that users give is said at once, with its fix.

import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  data,
  nn,
  numpy as np,
  optim,
  random,
  train,
  type ErrorCode,
  type NDArray,
} from '../../../src/index.js'

const rows = data.fromArrays({ x: np.ones([6, 3]), y: np.ones([6, 1]) })
const model = {
  model: nn.dense(1) as nn.Layer,
  loss: nn.losses.mse as (prediction: NDArray, target: NDArray) => NDArray,
  optimizer: optim.sgd(0.1),
  data: rows,
}
const step = {
  data: data.fromArrays(np.ones([6])),
  state: { sum: np.array(0.5) },
  step: ({ sum }: { sum: NDArray }, x: NDArray) => [{ sum: sum.add(x.sum()) }, { loss: x.mean() }] as const,
}

async function failure(run: () => Promise<unknown>): Promise<CotangentError> {
  const outcome: unknown = await run().then(
    () => 'no error',
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(CotangentError)
  return outcome as CotangentError
}

/** What a wrong call must say; calls are written as plain JavaScript would. */
type Case = readonly [name: string, change: object, code: ErrorCode, message: RegExp]

const modelCases: readonly Case[] = [
  ['no epochs', { epochs: 0 }, 'argument', /epochs must be a whole number >= 1, got 0/],
  ['half an epoch', { epochs: 1.5 }, 'argument', /epochs must be a whole number >= 1, got 1.5/],
  [
    'an empty dataset',
    { data: data.split(rows, 0)[0] },
    'argument',
    /data must be a dataset with rows, got a dataset of 0 rows/,
  ],
  [
    'an empty validation',
    { validation: data.split(rows, 0)[0] },
    'argument',
    /validation must be a dataset with rows/,
  ],
  [
    'a batch larger than the data',
    { batchSize: 7, dropRemainder: true },
    'argument',
    /batchSize must be at most the 6 rows of data.*smaller batches/,
  ],
  ['a batch of no rows', { batchSize: 0 }, 'argument', /batchSize must be a whole number >= 1/],
  [
    'data that is an array',
    { data: [1] },
    'argument',
    /data must be a dataset or a function epoch => batches.*data.fromArrays/,
  ],
  ['no batches', { data: () => [] }, 'argument', /data must be a source of at least one batch/],
  [
    'batches without x',
    { data: data.fromArrays([np.ones([3, 2]), np.ones([3])]) },
    'argument',
    /a batch must be an object with an array x.*got a list of 2.*data.fromArrays\(\{ x, y \}\)/,
  ],
  [
    'batches of other names',
    { data: data.fromArrays({ images: np.ones([3, 2]) }) },
    'argument',
    /got an object with keys \{images\}/,
  ],
  [
    'a loss of many numbers',
    { loss: (p: NDArray, t: NDArray) => p.sub(t) },
    'shape',
    /the loss that loss gives must be a scalar, got shape \[6, 1\].*np.mean/,
  ],
  [
    'an integer loss',
    { loss: (p: NDArray) => p.sum().astype('int32') },
    'dtype',
    /the loss that loss gives must be a float, got int32/,
  ],
  [
    'no loss',
    { loss: () => undefined },
    'argument',
    /the loss that loss gives must be an array of shape \[\], got undefined/,
  ],
  [
    'a metric called loss',
    { metrics: { loss: nn.metrics.mean() } },
    'argument',
    /metrics must be metrics with other names/,
  ],
  [
    'a metric of many numbers',
    {
      loss: nn.losses.softmaxCrossEntropy,
      data: data.fromArrays({ x: np.ones([2, 3]), y: np.array([0, 1], { dtype: 'int32' }) }),
      model: nn.dense(2),
      metrics: { confusion: nn.metrics.confusionMatrix(2) },
    },
    'shape',
    /metric 'confusion' must give one number, got shape \[2, 2\]/,
  ],
  ['a precision there is not', { precision: 'float8' }, 'argument', /precision must be 'float32', 'float16'/],
  [
    'a scale of zero',
    { precision: { dtype: 'float16', initialScale: 0 } },
    'argument',
    /precision.initialScale must be above 0/,
  ],
  ['no model', { model: undefined }, 'argument', /model must be a layer/],
  [
    'a model and a step',
    { step: step.step, state: step.state },
    'argument',
    /step must be left out where there is a model/,
  ],
  [
    'a layer whose state changes its shape',
    {
      model: {
        ...nn.dense(1),
        init: (...args: Parameters<nn.Layer['init']>) => ({
          ...nn.dense(1).init(...args),
          state: np.zeros([1]),
        }),
        apply: (v: { params: nn.DenseParams; state: NDArray }, x: NDArray) => [
          nn.dense(1).apply({ ...v, state: null }, x)[0],
          np.concatenate([v.state, v.state]),
        ],
      },
    },
    'tree',
    /the model's state, the next state: .* at the root: expected f32\[1\], got f32\[2\]/,
  ],
]

const stepCases: readonly Case[] = [
  [
    'a step that gives its state alone',
    { step: ({ sum }: { sum: NDArray }) => ({ sum }) },
    'argument',
    /what step returns must be a list \[state, \{ loss/,
  ],
  [
    'a step of three results',
    { step: (s: unknown, x: NDArray) => [s, x.mean(), x] },
    'argument',
    /got a list of 3/,
  ],
  [
    'a step that gives a number as loss',
    { step: (s: unknown) => [s, { loss: 1 }] },
    'argument',
    /the loss that step gives must be an array of shape \[\], got number/,
  ],
  [
    'a step without a loss',
    { step: (s: unknown) => [s, {}] },
    'argument',
    /the loss that step gives .* got undefined/,
  ],
  [
    'scores that are an array',
    { step: (s: unknown, x: NDArray) => [s, x.mean()] },
    'argument',
    /the scores that step gives must be an object/,
  ],
  [
    'a score that is no scalar',
    { step: (s: unknown, x: NDArray) => [s, { loss: x.mean(), all: x }] },
    'argument',
    /'all' of the scores that step gives must be an array of shape \[\], got an array of shape \[6\]/,
  ],
  [
    'an async step',
    { step: async (s: unknown, x: NDArray) => [s, { loss: x.mean() }] },
    'asyncFunction',
    /'step' returned a Promise/,
  ],
  [
    'a state with another tree',
    { step: (_: unknown, x: NDArray) => [{ total: x.sum() }, { loss: x.mean() }] },
    'tree',
    /the next state: .*expected an object with keys \{sum\}, got an object with keys \{total\}/,
  ],
  [
    'a state with another dtype',
    { step: ({ sum }: { sum: NDArray }, x: NDArray) => [{ sum: sum.astype('int32') }, { loss: x.mean() }] },
    'tree',
    /at .sum: expected f32\[\], got i32\[\].*astype/,
  ],
  [
    'validation that nobody evaluates',
    { validation: step.data },
    'argument',
    /evaluateStep must be \(state, batch\)/,
  ],
]

describe('fit refuses', () => {
  it.each(modelCases)('%s', async (_, change, code, message) => {
    const error = await failure(() => train.fit({ ...model, ...change }))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
    expect(error.message).toContain('train.fit')
  })

  it.each(stepCases)('%s', async (_, change, code, message) => {
    const error = await failure(() => train.fit({ ...step, ...change }))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
  })
})

describe('callbacks refuse', () => {
  const fit = (callback: train.Callback) => () => train.fit({ ...step, callbacks: [callback] })

  it('monitors that do not exist or have no direction', async () => {
    const missing = await failure(fit(train.earlyStopping({ monitor: 'validation.loss' })))
    expect(missing.message).toMatch(/monitor must be one of training.loss, got 'validation.loss'.*validation/)
    // Where the names are known before, nothing is trained.
    let steps = 0
    const counted = { ...model, callbacks: [{ onStepEnd: () => void steps++ }] }
    for (const callback of [
      train.earlyStopping({ monitor: 'validation.loss' }),
      train.checkpoints('x', { best: { monitor: 'training.accuracy', mode: 'max' } }),
    ]) {
      const callbacks = [...counted.callbacks, callback]
      expect((await failure(() => train.fit({ ...counted, callbacks }))).message).toMatch(
        /monitor must be one of training.loss,/,
      )
    }
    expect(steps).toBe(0)
    expect(() => train.earlyStopping({ monitor: 'training.accuracy' })).toThrow(/mode must be 'min' or 'max'/)
    expect(() => train.earlyStopping({ patience: 0 })).toThrow(/patience must be a whole number >= 1/)
    expect(() => train.earlyStopping({ minDelta: -1 })).toThrow(/minDelta must be at least 0/)
    expect(() => train.checkpoints('x', { every: { steps: 0 } })).toThrow(
      /every.steps must be a whole number/,
    )
    expect(() => train.checkpoints('x', { last: 0 })).toThrow(/last must be a whole number >= 1/)
  })

  it('evaluate and predict name themselves', async () => {
    const wrong = data.fromArrays(np.ones([2]))
    const variables = nn.dense(1).init(random.key(0), [3])
    const predicted = await failure(() => train.predict({ model: nn.dense(1), variables, data: wrong }))
    expect(predicted.message).toMatch(
      /^train.predict: a batch must be an object with an array x.*got an array/,
    )
  })
})
