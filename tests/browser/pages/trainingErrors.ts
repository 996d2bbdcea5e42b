// Wrong training and damaged files in a page: what each mistake says on every device, and that training works afterwards.

import {
  CotangentError,
  data,
  defaultDevice,
  init,
  io,
  nn,
  numpy as np,
  optim,
  random,
  train,
  type NDArray,
} from '../../../src/index.js'

const garbage = Uint8Array.from({ length: 200 }, (_, i) => (i * 97 + 31) & 255)
const urlOf = (bytes: Uint8Array<ArrayBuffer>): string => URL.createObjectURL(new Blob([bytes]))

function problem() {
  const x = random.normal(random.key(1), [24, 3])
  return {
    model: nn.dense(1),
    loss: nn.losses.mse as (prediction: NDArray, target: NDArray) => NDArray,
    optimizer: optim.sgd(0.1),
    data: data.fromArrays({ x, y: np.sum(x, 1, { keepdims: true }) }),
    batchSize: 8,
    epochs: 6,
    key: random.key(2),
  }
}

const mistakes: Readonly<Record<string, (options: ReturnType<typeof problem>) => Promise<unknown>>> = {
  epochs: (options) => train.fit({ ...options, epochs: 0 }),
  loss: (options) => train.fit({ ...options, loss: (p: NDArray, y: NDArray) => p.sub(y) }),
  batch: (options) => train.fit({ ...options, batchSize: 25, dropRemainder: true }),
  safetensors: () => io.readSafetensors(garbage),
  'safetensors of a URL': () => io.readSafetensors(urlOf(garbage)),
  npz: () => io.readNpz(garbage),
  'npz of a URL': () => io.readNpz(urlOf(garbage)),
  npy: () => io.readNpy(garbage),
  checkpoint: (options) => train.fit({ ...options, resume: garbage }),
}

/** The code of a mistake and what it says; the name of the page's blob and of its lines change from run to run. */
async function reportOf(mistake: Promise<unknown>): Promise<readonly [code: string, message: string]> {
  const outcome: unknown = await mistake.then(
    () => 'no error',
    (error: unknown) => error,
  )
  if (!(outcome instanceof CotangentError)) return ['untyped', String(outcome)]
  return [outcome.code, outcome.message.split('\n')[0]?.replace(/blob:[^,]+/, 'a blob') ?? '']
}

async function reports() {
  const own: Record<string, readonly [code: string, message: string]> = {}
  for (const [name, mistake] of Object.entries(mistakes)) own[name] = await reportOf(mistake(problem()))
  const run = await train.fit(problem())
  return { own, losses: run.history.map(({ training }) => training.loss) }
}

export async function run() {
  await init('webgpu')
  const results: Record<string, Awaited<ReturnType<typeof reports>>> = {}
  for (const device of ['wasm', 'webgpu'] as const) {
    defaultDevice(device)
    results[device] = await reports()
  }
  return results
}
