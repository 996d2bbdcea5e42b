/** Memory of the benchmark's training steps at full size: hardly more than what has to live at one moment. */

import { describe, expect, it } from 'vitest'
import { jit, optim, valueAndGrad, type NDArray } from '../../../src/index.js'
import { losses } from '../../../bench/libraries/cotangent/networks.js'
import type { Arrays } from '../../../bench/libraries/cotangent/functions.js'
import { workloads } from '../../../bench/workloads/index.js'
import type { Specs, Workload } from '../../../bench/workloads/workload.js'

/** Arrays by shape alone. */
const structs = (specs: Specs): Arrays =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
  ) as unknown as Arrays

/** What the planner says of the memory of a training step whose parameters and moments are given away. */
function memoryOf({ kind, params, data }: Workload): string {
  const loss = losses[kind] as (params: Arrays, data: Arrays) => NDArray
  const { update } = optim.scaleByAdam()
  const [p, x] = [structs(params), structs(data)]
  const step = (weights: Arrays, state: optim.OptimizerState, batch: Arrays): unknown => {
    const [value, gradients] = valueAndGrad(loss)(weights, batch)
    const [updates, next] = update(gradients, state, weights)
    return [optim.applyUpdates(weights, updates), next, value]
  }
  const state = { count: { shape: [], dtype: 'int32' }, mu: p, nu: p } as unknown as optim.OptimizerState
  return jit(step, { donateArgnums: [0, 1] }).lower(p, state, x)['memory'] ?? ''
}

/** Bytes taken and the lower bound, of a line that says both. */
function ratio(memory: string, line: RegExp): number {
  const [, taken, least] = line.exec(memory) ?? []
  return Number(taken) / Number(least)
}

const steps = workloads('full').filter(({ kind, firstCall }) => kind in losses && !firstCall)

describe.each(steps.map((w) => [w.name, w] as const))('%s', (_name, workload) => {
  const memory = memoryOf(workload)
  it('keeps intermediates within a quarter of what liveness demands', () => {
    expect(ratio(memory, /^arena: (\d+) bytes.*liveness (\d+) bytes/m)).toBeLessThanOrEqual(1.25)
  })
  it('does so with the workspace of its kernels too', () => {
    expect(ratio(memory, /^with the workspace.*: (\d+) bytes;.*liveness (\d+) bytes/m)).toBeLessThanOrEqual(
      1.25,
    )
  })
})

it('covers all networks', () => {
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(Object.keys(losses)))
})
