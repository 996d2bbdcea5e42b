/** Worker threads of the wasm device: their number, equal results, growth, loss, and the end of the process. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import {
  CotangentError,
  devices,
  init,
  jit,
  lax,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'
import { avalOf } from '../../../src/core/aval.js'
import { makeEquation, makeVar } from '../../../src/core/jaxpr.js'
import { registerBackend } from '../../../src/runtime/devices.js'
import { launchWorker, type Launch, type WorkerHandle } from '../../../src/runtime/wasm/environment.js'
import { createWasmBackend } from '../../../src/runtime/wasm/index.js'

const workers: WorkerHandle[] = []
let launch: Launch = launchWorker
registerBackend('wasm', {
  kind: 'sync',
  make: () =>
    createWasmBackend({
      serialBelow: 0,
      launch: (data, ended) => {
        const worker = launch(data, ended)
        workers.push(worker)
        return worker
      },
    }),
})

afterEach(() => {
  launch = launchWorker
})

const description = (): string => devices().find((d) => d.name === 'wasm')?.description ?? ''

const logistic = jit((x: NDArray) =>
  lax.foriLoop(0, 50, (_, y: NDArray) => y.mul(3.7).mul(y.neg().add(1)), x),
)
/** Steps until 1 is reached, for all at once. */
const collatz = jit((x: NDArray) => {
  const { steps } = lax.whileLoop(
    ({ y }) => np.any(np.greater(y, 1)),
    ({ y, steps: count }) => {
      const going = np.greater(y, 1)
      const next = np.where(np.equal(y.mod(2), 1), y.mul(3).add(1), np.floorDivide(y, 2))
      return { y: np.where(going, next, y), steps: count.add(going.astype('int32')) }
    },
    { y: x, steps: np.zerosLike(x) },
  )
  return steps
})
/** The layers in the middle share their code. */
const layers = jit((x: NDArray, w: NDArray) => {
  let h = x
  for (let i = 0; i < 4; i++) h = np.tanh(np.matmul(h, w))
  return np.matmul(h, w).sum(0)
})

/** Everything above as numbers. */
function results(): number[][] {
  const key = random.key(3)
  const x = random.uniform(key, [37])
  const w = random.normal(key, [37, 37])
  const steps = collatz(np.arange(1, 60))
  return [logistic(x), steps, layers(w, w)].map((y) => [...y.dataSync()].map(Number))
}

describe('threads', () => {
  it('give the same results, however many they are', async () => {
    await init('wasm', { threads: 1 })
    expect(description()).toMatch(/, 1 thread$/)
    const expected = results()
    for (const threads of [2, 3, 1, 5]) {
      await init('wasm', { threads })
      expect(description()).toMatch(new RegExp(`, ${threads} threads?$`))
      // The second run finds its programs in the workers.
      for (let round = 0; round < 2; round++) expect(results()).toEqual(expected)
    }
  })

  it('leave arrays alive when their number changes', async () => {
    await init('wasm', { threads: 2 })
    const x = np.arange(5)
    await init('wasm', { threads: 3 })
    expect(x.add(1).js()).toEqual([1, 2, 3, 4, 5])
  })

  it('see memory that has grown since they started', async () => {
    await init('wasm', { threads: 2 })
    const add = jit((x: NDArray) => x.add(1))
    expect(
      add(np.zeros([100]))
        .sum()
        .item(),
    ).toBe(100)
    // 64 MB more each time; then a program that the worker has not loaded yet, at an address of the new memory.
    const large = Array.from({ length: 3 }, (_, i) => np.full([16_000_000], i).add(1))
    const late = jit((x: NDArray) => x.mul(2).sum())
    expect(large.map((x) => late(x).item())).toEqual([32e6, 64e6, 96e6])
    expect(
      add(np.ones([100]))
        .sum()
        .item(),
    ).toBe(200)
    for (const x of large) x.dispose()
  })

  it('refuses numbers of threads that make no sense', async () => {
    for (const threads of [0, 1.5, 65, -1, NaN])
      await expect(init('wasm', { threads })).rejects.toThrow(
        `init: threads must be a whole number from 1 to 64, got ${threads}.`,
      )
    await expect(init('reference', { threads: 2 })).rejects.toThrow(
      "init: threads must be left out for a device other than 'wasm', got 2.",
    )
  })

  it('are started by the second run with something to share', () => {
    let started = 0
    const backend = createWasmBackend({
      threads: 4,
      launch: () => {
        started++
        return { stop: () => undefined }
      },
    })
    const double = (size: number, runs: number): void => {
      const x = makeVar(avalOf([size], 'float32'))
      const y = makeVar(x.aval)
      const jaxpr = { inputs: [x], equations: [makeEquation('add', [x, x], [y], {})], outputs: [y] }
      const executable = backend.compile(jaxpr, [false])
      const input = backend.put(x.aval, new Float32Array(size))
      for (let i = 0; i < runs; i++) executable.run([input], [false])
    }
    double(1000, 2)
    double(1_000_000, 1)
    expect(started).toBe(0)
    double(2_000_000, 2)
    expect(started).toBe(3)
  })
})

describe('a worker that is lost', () => {
  const lost = (error: unknown): boolean => error instanceof CotangentError && error.code === 'device'
  const recovers = async (): Promise<void> => {
    await init('wasm', { threads: 2 })
    expect(np.arange(1000).add(1).sum().item()).toBe(500_500)
    expect(description()).toMatch(/, 2 threads$/)
  }

  it('while idle loses the device, with a typed error', async () => {
    await init('wasm', { threads: 2 })
    const x = np.arange(1000).add(1)
    workers.at(-1)?.stop()
    await new Promise((resolve) => {
      setTimeout(resolve, 200)
    })
    expect(() => x.add(1)).toThrow(
      "add: device 'wasm': a worker thread is gone: it exited with code 1. Its arrays are gone: call `await init('wasm')` and make them again.",
    )
    await recovers()
  })

  it('just before a run does not hang it', { timeout: 60_000 }, async () => {
    await init('wasm', { threads: 2 })
    const x = np.arange(1000).add(1)
    workers.at(-1)?.stop()
    // Nobody can tell yet: the event of its end comes when this function has returned.
    let error: unknown
    try {
      for (let i = 0; i < 100; i++) x.add(i)
    } catch (caught) {
      error = caught
    }
    expect(lost(error), String(error)).toBe(true)
    expect(String(error)).toMatch(/a worker thread (did not do its part|failed)/)
    expect(() => x.add(1)).toThrow(/Its arrays are gone/)
    await recovers()
  })

  it('before it is ready leaves the main thread to work alone', async () => {
    await init('wasm', { threads: 2 })
    launch = (_, ended) => {
      setTimeout(() => ended('it is forbidden'), 1)
      return { stop: () => undefined }
    }
    await init('wasm', { threads: 4 })
    expect(description()).toMatch(/, 1 thread \(it is forbidden\)$/)
    expect(np.arange(1000).add(1).sum().item()).toBe(500_500)
    launch = () => {
      throw new Error('no workers here')
    }
    await init('wasm', { threads: 3 })
    expect(description()).toMatch(/, 1 thread \(no workers here\)$/)
    expect(np.arange(1000).add(1).sum().item()).toBe(500_500)
    launch = launchWorker
    await recovers()
  })
})

it('the process ends by itself while workers sleep or are about to start', { timeout: 60_000 }, () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  for (const wait of [0, 300]) {
    const code = `
      import { devices, numpy as np } from './src/index.ts'
      const x = np.arange(1_000_000).mul(2).sum()
      setTimeout(() => console.log(devices()[0].description, np.ones([300_000]).add(1).sum().item()), ${wait})`
    const { stdout, status, signal } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', code],
      { cwd: root, encoding: 'utf8', timeout: 25_000 },
    )
    expect({ status, signal }).toEqual({ status: 0, signal: null })
    expect(stdout).toMatch(/WebAssembly SIMD.* 600000/)
  }
})
