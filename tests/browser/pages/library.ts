// The library in a page: a jitted training step of a small network, on every device, eager arrays, random bits.

import {
  defaultDevice,
  devices,
  init,
  jit,
  nn,
  numpy as np,
  optim,
  random,
  valueAndGrad,
  type NDArray,
} from '../../../src/index.js'

const model = nn.sequential(nn.dense(16), nn.activation(nn.relu), nn.dense(3))

async function train() {
  const [dataKey, modelKey] = random.split(random.key(7)) as unknown as [random.Key, random.Key]
  const x = random.normal(dataKey, [32, 8])
  const labels = np.argmax(x, 1).mod(3)
  const optimizer = optim.adam(0.05)
  const { params, state } = model.init(modelKey, [8])
  const loss = (weights: typeof params): NDArray => {
    const [logits] = model.apply({ params: weights, state }, x)
    return nn.losses.softmaxCrossEntropy(logits, labels)
  }
  const step = jit((weights: typeof params, memory: optim.OptimizerState) => {
    const [value, gradient] = valueAndGrad(loss)(weights)
    const [updates, next] = optimizer.update(gradient, memory, weights)
    return [optim.applyUpdates(weights, updates), next, value] as const
  })

  let weights = params
  let memory = optimizer.init(params)
  const losses: number[] = []
  for (let i = 0; i < 20; i++) {
    const [nextWeights, nextMemory, value] = step(weights, memory)
    weights = nextWeights
    memory = nextMemory
    losses.push(await value.itemAsync())
  }
  return losses
}

export async function run() {
  await init('webgpu')
  const losses: Record<string, number[]> = {}
  for (const name of ['reference', 'wasm', 'webgpu'] as const) {
    defaultDevice(name)
    losses[name] = await train()
  }
  return { devices: devices().map(({ name }) => name), losses }
}
