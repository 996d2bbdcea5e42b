/**
 * Mixed precision on WebGPU: the shipped digits are learnt as well in half types as in float32.
 */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { data, defaultDevice, init, nn, optim, random, train } from '../../src/index.js'
import { digits } from '../unit/train/digits.js'

beforeAll(async () => {
  await init('webgpu')
  defaultDevice('webgpu')
})
afterAll(() => void defaultDevice('wasm'))

test('digits are learnt as well in half types as in float32', async () => {
  const all = await digits()
  // Whole batches only: each shape is compiled for itself, which takes long on a software adapter.
  const [held] = data.split(all.held, 256)
  const { training } = all
  const model = nn.sequential(
    nn.flatten(),
    nn.dense(32),
    nn.batchNorm(),
    nn.activation(nn.relu),
    nn.dense(10),
  )
  const accuracy: number[] = []
  for (const precision of ['float32', 'float16', 'bfloat16'] as const) {
    const { history, state } = await train.fit({
      model,
      loss: nn.losses.softmaxCrossEntropy,
      optimizer: optim.adam(1e-2),
      data: training,
      validation: held,
      batchSize: 128,
      dropRemainder: true,
      epochs: 3,
      metrics: { accuracy: nn.metrics.accuracy() },
      key: random.key(1),
      precision,
    })
    accuracy.push(history.at(-1)?.validation?.accuracy ?? 0)
    const skipped = await state.scaling?.skipped.itemAsync()
    expect(skipped).toBe(precision === 'float16' ? 0 : undefined)
  }
  const [full = 1, ...halves] = accuracy
  expect(full).toBeGreaterThan(0.9)
  for (const half of halves) expect(half).toBeGreaterThan(full - 0.01)
})
