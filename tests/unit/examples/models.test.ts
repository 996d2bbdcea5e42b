// Every loss of every model of the examples, on an instance small enough for the reference device: its derivative is
// right in float64, and float32 on wasm gives the same loss and the same gradients.

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  defaultDevice,
  devicePutAsync,
  jit,
  NDArray,
  random,
  tree,
  valueAndGrad,
  type DeviceName,
} from 'cotangent'
import { checkGrads } from 'cotangent/testing'
import type { Instance, Instances } from '../../../examples/support/instance.js'

const folder = fileURLToPath(new URL('../../../examples/models', import.meta.url))
const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
/** Files of parts that have no loss of their own. */
const parts = new Set(['randomShift'])

const cases: (readonly [name: string, Instance])[] = []
for (const file of files) {
  const { instances = {} } = (await import(pathToFileURL(join(folder, file)).href)) as {
    instances?: Instances
  }
  const name = basename(file, '.ts')
  if (Object.keys(instances).length === 0 && !parts.has(name)) throw new Error(`${file} exports no instances`)
  for (const [loss, instance] of Object.entries(instances))
    cases.push([loss === name ? name : `${name}: ${loss}`, instance])
}

type Loss = (params: unknown, ...rest: readonly unknown[]) => NDArray

/** Runs on a device with it as the default one. */
async function on<T>(device: DeviceName, run: () => Promise<T>): Promise<T> {
  const before = defaultDevice()
  defaultDevice(device)
  try {
    return await run()
  } finally {
    defaultDevice(before)
  }
}

const toDouble = (leaf: unknown): unknown =>
  leaf instanceof NDArray && leaf.dtype === 'float32' ? leaf.astype('float64') : leaf

type Arguments = readonly [params: unknown, ...rest: unknown[]]

/** The arguments of an instance, parameters a little off: biases start at zero, where a ReLU has its kink. */
function argumentsOf(instance: Instance): Arguments {
  const key = random.key(3)
  const [params, ...rest] = instance.args(key)
  let at = 0
  const moved = tree.map((leaf: unknown) => {
    if (!(leaf instanceof NDArray) || leaf.dtype !== 'float32') return leaf
    return leaf.add(random.normal(random.foldIn(key, at++), leaf.shape).mul(0.1))
  }, params)
  return [moved, ...rest]
}

/** The same as float64 on the reference device. */
async function exactArguments(instance: Instance): Promise<Arguments> {
  const args = await on('wasm', () => Promise.resolve(argumentsOf(instance)))
  const [params, ...rest] = await devicePutAsync(args, 'reference')
  return [tree.map(toDouble, params), ...rest.map((one) => tree.map(toDouble, one))]
}

/** The loss, then the gradient of each leaf of the parameters. */
async function lossAndGradient(loss: Loss, args: readonly unknown[], compiled: boolean): Promise<number[][]> {
  const differentiated = valueAndGrad(loss) as (...given: unknown[]) => unknown
  const run = compiled ? (jit(differentiated) as typeof differentiated) : differentiated
  const leaves = tree.leaves(run(...args)) as NDArray[]
  return Promise.all(leaves.map(async (leaf) => Array.from(await leaf.astype('float32').data())))
}

const norm = (values: readonly number[]): number => Math.hypot(...values)

describe.each(cases)('%s', (_name, instance) => {
  const loss = instance.loss as Loss

  it('has the derivative that central differences show', async () => {
    await on('reference', async () => {
      const [params, ...rest] = await exactArguments(instance)
      // A step so small that hardly any ReLU or maximum changes sides within it.
      await checkGrads((p: unknown) => loss(p, ...rest), [params], { order: 1, eps: 2 ** -22 })
    })
  })

  it('has the loss and gradients of float64 on wasm', async () => {
    const exact = await on('reference', async () =>
      lossAndGradient(loss, await exactArguments(instance), false),
    )
    const found = await on('wasm', () => lossAndGradient(loss, argumentsOf(instance), true))
    expect(found.length).toBe(exact.length)
    const largest = Math.max(...exact.slice(1).map(norm))
    found.forEach((leaf, i) => {
      const expected = exact[i] ?? []
      const difference = norm(leaf.map((value, j) => value - (expected[j] ?? NaN)))
      // Some gradients are zero but for rounding (biases before a normalisation): what counts is the whole.
      expect(difference).toBeLessThanOrEqual(
        1e-4 * (i === 0 ? norm(expected) : norm(expected) + 1e-2 * largest),
      )
    })
  })
})
