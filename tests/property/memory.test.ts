// Nobody frees anything, and memory stays flat: long training, compiled and eager, on both production devices.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  defaultDevice,
  init,
  jit,
  memoryStats,
  nn,
  numpy as np,
  optim,
  random,
  tree,
  valueAndGrad,
  type DeviceName,
  type NDArray,
} from 'cotangent'
import { isLong } from './support.js'

/** A software adapter takes long for a step: the short run has fewer of them on webgpu. */
const jittedSteps = (device: DeviceName): number => (isLong ? 10_000 : device === 'webgpu' ? 100 : 600)
const eagerSteps = (device: DeviceName): number => (isLong ? 2_000 : device === 'webgpu' ? 20 : 120)
const megabyte = 2 ** 20
/** In the short run compilers and the heap are still warming up. */
const residentSlack = (isLong ? 48 : 128) * megabyte

const model = nn.sequential(nn.dense(32), nn.activation(nn.relu), nn.dense(4))
const optimizer = optim.adam(1e-3)

function training() {
  const [modelKey, dataKey] = random.split(random.key(0), 2)
  const variables = model.init(modelKey as random.Key, [16])
  type Params = typeof variables.params
  const x = random.normal(dataKey as random.Key, [64, 16])
  const y = np.sum(np.reshape(x, [64, 4, 4]), 1)
  const loss = (params: Params): NDArray =>
    np.mean(np.square(model.apply({ params, state: variables.state }, x)[0].sub(y)))
  const step = (params: Params, state: optim.OptimizerState) => {
    const [value, gradient] = valueAndGrad(loss)(params)
    const [updates, next] = optimizer.update(gradient, state, params)
    return [optim.applyUpdates(params, updates), next, value] as const
  }
  return { params: variables.params, state: optimizer.init(variables.params), step }
}

interface Trace {
  readonly live: number[]
  readonly resident: number[]
  readonly losses: number[]
}

/** Runs `steps` steps, reading the loss every `readEvery`, and notes the memory at every reading. */
async function train(
  device: DeviceName,
  compiled: boolean,
  steps: number,
  readEvery: number,
): Promise<Trace> {
  const { params: initial, state: initialState, step } = training()
  const run = compiled ? jit(step, { donateArgnums: [0, 1] }) : step
  let [params, state] = [initial, initialState]
  const trace: Trace = { live: [], resident: [], losses: [] }
  for (let i = 0; i < steps; i++) {
    const [nextParams, nextState, loss] = run(params, state)
    ;[params, state] = [nextParams, nextState]
    if (i % readEvery !== 0) continue
    trace.losses.push(await loss.itemAsync())
    const { liveBytes, pooledBytes } = memoryStats(device)
    trace.live.push(liveBytes + pooledBytes)
    trace.resident.push(process.memoryUsage().rss)
  }
  expect(tree.leaves(params).every((x) => (x as NDArray).shape.length > 0)).toBe(true)
  return trace
}

/** The most in the last half is at most what the first half (after the first tenth, which compiles) had, and `slack`. */
function expectFlat(series: readonly number[], slack: number): void {
  const settled = series.slice(Math.ceil(series.length / 10))
  const half = Math.floor(settled.length / 2)
  const [first, last] = [Math.max(...settled.slice(0, half)), Math.max(...settled.slice(half))]
  expect(last).toBeLessThanOrEqual(first + slack)
}

describe.each(['wasm', 'webgpu'] as const)('%s', (device) => {
  beforeAll(async () => {
    await init(device)
    defaultDevice(device)
  })
  afterAll(() => void defaultDevice('wasm'))

  test(`${jittedSteps(device)} compiled training steps leave nothing behind`, async () => {
    const { live, resident, losses } = await train(device, true, jittedSteps(device), 10)
    // The losses that nobody read wait for the garbage collector.
    expectFlat(live, megabyte)
    expectFlat(resident, residentSlack)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  })
  test(`${eagerSteps(device)} eager training steps, awaited each, leave nothing behind`, async () => {
    const { live, resident, losses } = await train(device, false, eagerSteps(device), 1)
    expectFlat(live, 4 * megabyte)
    expectFlat(resident, residentSlack)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  })
})
