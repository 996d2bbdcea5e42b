// train.fit in a page: both devices, a checkpoint in memory instead of a file, callbacks without files.

import {
  CotangentError,
  data,
  defaultDevice,
  init,
  nn,
  numpy as np,
  optim,
  random,
  train,
} from '../../../src/index.js'

async function learn(precision: train.Precision) {
  const x = random.normal(random.key(1), [60, 4])
  const lines: string[] = []
  const moments: Uint8Array[] = []
  const options = {
    model: nn.sequential(nn.dense(8), nn.activation(nn.relu), nn.dropout(0.1), nn.dense(4)),
    loss: nn.losses.softmaxCrossEntropy,
    optimizer: optim.adam(0.03),
    data: data.fromArrays({ x, y: np.argmax(x, 1) }),
    metrics: { accuracy: nn.metrics.accuracy() },
    batchSize: 16,
    epochs: 12,
    key: random.key(2),
    precision,
  }
  const run = await train.fit({
    ...options,
    callbacks: [
      train.progress({ writer: (line) => lines.push(line) }),
      train.earlyStopping({ patience: 20 }),
      { onStepEnd: async ({ step, checkpoint }) => void (step === 30 && moments.push(await checkpoint())) },
    ],
  })
  const resumed = await train.fit({ ...options, resume: moments[0] ?? new Uint8Array() })
  const weights = async ({ state }: typeof run) => [...(await state.params[0].kernel.data())]
  return {
    lines: lines.length,
    losses: run.history.map(({ training }) => training.loss),
    accuracy: run.history.at(-1)?.training.accuracy ?? 0,
    weights: await weights(run),
    // Early stopping gave the best epoch; the resumed run gives the last.
    resumedHistory: resumed.history.map(({ training }) => training.loss),
  }
}

/** What a page says of files. */
async function refusal(callback: train.Callback): Promise<string> {
  const options = { data: data.fromArrays(np.ones([2])), state: np.array(0.5) }
  return train.fit({ ...options, step: (s, x) => [s, { loss: x.mean() }], callbacks: [callback] }).then(
    () => 'no error',
    (error: unknown) => (error instanceof CotangentError ? error.message : String(error)),
  )
}

export async function run() {
  // Without a writer there is nothing to write to.
  const silent = Object.keys(train.progress()).length
  const refusals = [await refusal(train.csvLog('x')), await refusal(train.checkpoints('x'))]
  await init('webgpu')
  const results: Record<string, Awaited<ReturnType<typeof learn>>> = {}
  for (const [device, precision] of [
    ['wasm', 'float32'],
    ['webgpu', 'float32'],
    ['webgpu', 'float16'],
  ] as const) {
    defaultDevice(device)
    results[`${device} ${precision}`] = await learn(precision)
  }
  return { silent, refusals, results }
}
