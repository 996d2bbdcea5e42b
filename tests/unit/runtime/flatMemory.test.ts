/**
 * Training does not leak: 10,000 jitted steps with donated parameters, and 2,000 eager steps awaited one by one,
 * on memoryStats() and on the process's resident size.
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  defaultDevice,
  grad,
  jit,
  memoryStats,
  numpy as np,
  scope,
  type DeviceName,
  type NDArray,
} from '../../../src/index.js'

const devices: readonly DeviceName[] = ['wasm', 'reference']
const megabyte = 2 ** 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects garbage, and what only finalizers held: they run between tasks. */
async function collectAll(): Promise<void> {
  collect()
  await new Promise((resolve) => setTimeout(resolve, 1))
  collect()
}

/** The resident size without garbage, which the engine keeps for as long as it likes. */
async function residentSize(): Promise<number> {
  await collectAll()
  return process.memoryUsage().rss
}

interface Params {
  readonly w1: NDArray
  readonly w2: NDArray
}

const loss = ({ w1, w2 }: Params, x: NDArray, y: NDArray): NDArray => {
  const error = np.matmul(np.tanh(np.matmul(x, w1)), w2).sub(y)
  return error.mul(error).mean()
}
const update = (params: Params, x: NDArray, y: NDArray): Params => {
  const d = grad(loss)(params, x, y)
  return { w1: params.w1.sub(d.w1.mul(0.1)), w2: params.w2.sub(d.w2.mul(0.1)) }
}
const start = (): Params => ({
  w1: np.linspace(-1, 1, 12).reshape([3, 4]),
  w2: np.linspace(-1, 1, 4).reshape([4, 1]),
})

/** The largest of what `measure` gave in the first fifth of the steps, and after it. */
async function watch(
  steps: number,
  step: (i: number) => Promise<void>,
  measure: () => number,
): Promise<readonly [early: number, late: number]> {
  let [early, late] = [0, 0]
  for (let i = 0; i < steps; i++) {
    await step(i)
    if (i < steps / 5) early = Math.max(early, measure())
    else late = Math.max(late, measure())
  }
  return [early, late]
}

describe.each(devices)('on %s', (device) => {
  test('10,000 jitted steps hold exactly the parameters and the data', async () => {
    defaultDevice(device)
    const others = memoryStats(device).arrays
    const step = jit(update, { donateArgnums: [0] })
    const [x, y, first] = scope(() => {
      const x = np.ones([5, 3]).mul(np.linspace(0, 1, 3))
      const y = np.linspace(0, 1, 5).reshape([5, 1])
      return [x, y, step(start(), x, y)] as const
    })
    let params = first
    const before = { ...memoryStats(device) }
    expect(before.arrays - others).toBe(4)
    const rss: number[] = []
    const [early, late] = await watch(
      10_000,
      async (i) => {
        params = step(params, x, y)
        if (i % 100 === 0) await params.w1.data()
        if (i % 500 === 499) rss.push(await residentSize())
      },
      () => memoryStats(device).arrays,
    )
    expect([early, late]).toEqual([before.arrays, before.arrays])
    expect(memoryStats(device).liveBytes).toBe(before.liveBytes)
    // From the first fifth on: before it the engine itself still grows to its working size. The least of some, since the
    // collector is late at times.
    expect(Math.min(...rss.slice(-4)) - Math.min(...rss.slice(3, 7))).toBeLessThan(20 * megabyte)
    expect(await params.w1.data()).toSatisfy((w: Float32Array) => w.every(Number.isFinite))
  }, 120_000)

  test('2,000 eager steps, awaited, stay below a bound that does not grow', async () => {
    defaultDevice(device)
    const [x, y] = [np.ones([5, 3]).mul(np.linspace(0, 1, 3)), np.linspace(0, 1, 5).reshape([5, 1])]
    let params = start()
    const rss: number[] = []
    const [early, late] = await watch(
      2000,
      async (i) => {
        params = update(params, x, y)
        await params.w1.data()
        if (i % 400 === 399) rss.push(process.memoryUsage().rss)
      },
      () => memoryStats(device).arrays,
    )
    expect(late).toBeLessThan(1.2 * early)
    expect(late).toBeLessThan(12_000)
    expect((rss.at(-1) ?? Infinity) - (rss[0] ?? 0)).toBeLessThan(60 * megabyte)
    expect(await loss(params, x, y).itemAsync()).toBeLessThan(0.2)
  }, 120_000)
})
