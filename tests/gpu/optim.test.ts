/**
 * A compiled step of many wrapped optimizers computes on WebGPU what it computes on WASM, with one trace for all steps.
 */

import { expect, test } from 'vitest'
import {
  defaultDevice,
  init,
  jit,
  numpy as np,
  optim,
  tree,
  type DeviceName,
  type NDArray,
} from '../../src/index.js'

const optimizer = optim.multiSteps(
  optim.applyIfFinite(
    optim.chain(
      optim.clipByGlobalNorm(2),
      optim.multiTransform(
        {
          body: optim.injectHyperparams(optim.lamb)(optim.linearOnecycleSchedule(6, 0.2), {
            weightDecay: 0.1,
          }),
          head: optim.chain(optim.ema(0.5), optim.injectHyperparams(optim.sgd)(0.1)),
        },
        { body: 'body', head: 'head' },
      ),
    ),
    3,
  ),
  2,
)

interface Params {
  readonly body: NDArray
  readonly head: NDArray
}

/** The parameters after each of eight steps; the gradients of the third hold a NaN, and a rate changes in the middle. */
async function trajectory(device: DeviceName): Promise<number[]> {
  await init(device)
  defaultDevice(device)
  const step = jit((params: Params, state: optim.MultiStepsState, t: NDArray) => {
    const gradients = {
      body: np.sin(params.body.add(t)),
      head: np.cos(params.head.mul(t)).mul(np.where(np.equal(t, 3), NaN, 1)),
    }
    const [updates, next] = optimizer.update(gradients, state, params)
    return [optim.applyUpdates(params, updates), next] as const
  })
  let params: Params = {
    body: np.array([
      [1, -2, 3],
      [0.5, 0, -1],
    ]),
    head: np.array([2, -1]),
  }
  let state = optimizer.init(params)
  const seen: number[] = []
  for (let t = 0; t < 8; t++) {
    if (t === 4) state = optim.setHyperparams(state, { learningRate: 0.05 })
    ;[params, state] = step(params, state, np.array(t))
    for (const leaf of tree.leaves(params)) seen.push(...(await (leaf as NDArray).data()))
  }
  expect(step.traces).toHaveLength(1)
  expect(await state.gradientStep.itemAsync()).toBe(4)
  return seen
}

test('wrapped optimizers', async () => {
  const [wasm, webgpu] = [await trajectory('wasm'), await trajectory('webgpu')]
  expect(webgpu).toHaveLength(wasm.length)
  for (const [i, x] of webgpu.entries()) expect(x).toBeCloseTo(wasm[i] ?? NaN, 5)
  // Every second step moves something, the one with a NaN nothing.
  const moved = wasm.map((x, i) => i >= 8 && x !== wasm[i - 8])
  const steps = Array.from({ length: 8 }, (_, t) => moved.slice(8 * t, 8 * t + 8).some(Boolean))
  expect(steps).toEqual([false, true, false, false, false, true, false, true])
})
