// The wasm device in a page, computing on its main thread with workers where it may have them: what it says of itself,
// results with one thread and with two, what idle workers and synchronous code in between do, and times.

import { devices, init, jit, lax, numpy as np, random, type NDArray } from '../../../src/index.js'

const network = jit((x: NDArray, w: NDArray) =>
  lax.foriLoop(0, 20, (_, h: NDArray) => np.tanh(np.matmul(h, w).mul(0.1)), x),
)
const x = random.normal(random.key(1), [256, 256])
const w = random.normal(random.key(2), [256, 256])

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

async function sums(): Promise<number[]> {
  const found: number[] = []
  for (let round = 0; round < 3; round++) {
    // Twice in one task, then with time for workers to fall asleep.
    for (let i = 0; i < 2; i++) found.push((await network(x, w).sum().data())[0] ?? NaN)
    await pause(20)
  }
  return found
}

/** The least milliseconds that a run of the network took. */
function time(): number {
  let least = Infinity
  for (let i = 0; i < 20; i++) {
    const start = performance.now()
    network(x, w).dispose()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

export async function run() {
  // At once, before any worker can have started: a page's workers start when its script returns.
  const first = (await network(x, w).sum().data())[0] ?? NaN
  const found = []
  for (const threads of [1, 2]) {
    const start = performance.now()
    await init('wasm', { threads })
    const boot = performance.now() - start
    const description = devices().find(({ name }) => name === 'wasm')?.description ?? ''
    found.push({ threads, description, boot, sums: await sums(), milliseconds: time() })
  }
  const text = new TextDecoder().decode(
    np.full([3], 65, { dtype: 'uint8' }).add(np.arange(3).astype('uint8')).dataSync(),
  )
  return { first, found, text, isolated: globalThis.crossOriginIsolated }
}
