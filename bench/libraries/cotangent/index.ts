/**
 * cotangent: how it is opened, and how a function, a chain of calls and a training step are run.
 */

import {
  devicePut,
  devices,
  init,
  jit,
  numpy as np,
  optim,
  tree,
  valueAndGrad,
  type DeviceName,
  type NDArray,
} from '../../../src/index.js'
import manifest from '../../../package.json' with { type: 'json' }
import type { Library, LibraryOptions, Prepared } from '../../session/library.js'
import { tensorData } from '../../workloads/tensor.js'
import { adam, type Specs, type Workload } from '../../workloads/workload.js'
import { functions, type Arrays } from './functions.js'
import { ganStep } from './gan.js'
import { losses } from './networks.js'

/** The option `threads` is newer than this benchmark: a version that does not know it does not look at it. */
const initDevice = init as (name: DeviceName, options?: { readonly threads?: number }) => Promise<unknown>

export async function openCotangent({ device, threads }: LibraryOptions): Promise<Library> {
  await initDevice(device, threads === 0 ? {} : { threads })
  const array = (data: Float32Array, shape: readonly number[]): NDArray =>
    devicePut(np.array(data).reshape(shape), device)
  const arraysOf = (specs: Specs): Arrays =>
    Object.fromEntries(Object.entries(specs).map(([name, s]) => [name, array(tensorData(s), s.shape)]))
  return {
    version: manifest.version,
    note: devices().find(({ name }) => name === device)?.description ?? '',
    trivial: async () => {
      await jit((x: NDArray) => x.add(1))(array(Float32Array.of(1), [1])).data()
    },
    prepare: async (workload) => prepare(workload, arraysOf(workload.data), arraysOf(workload.params)),
  }
}

function prepare({ kind, callsPerStep }: Workload, data: Arrays, params: Arrays): Prepared {
  if (kind === 'calls') return prepareCalls(data, callsPerStep)
  if (kind === 'gan') return prepareGan(data, params)
  const loss = losses[kind]
  if (loss !== undefined) return prepareTraining(loss, data, params)
  const f = functions[kind]
  if (f === undefined) throw new Error(`no implementation of ${kind}`)
  return prepareFunction(f, data)
}

/** Waits until an array is computed: reading one element is enough. Of a scalar there is nothing to slice. */
async function ready(x: NDArray): Promise<void> {
  if (x.ndim === 0) return void (await x.data())
  using element = x.slice(...x.shape.map(() => 0))
  await element.data()
}

function prepareFunction(f: (arrays: Arrays) => NDArray | readonly NDArray[], data: Arrays): Prepared {
  const compiled = jit(f)
  let last: readonly NDArray[] = []
  const dispose = (): void => last.forEach((x) => x.dispose())
  return {
    step: () => {
      dispose()
      last = tree.leaves(compiled(data)) as NDArray[]
    },
    finish: async () => {
      if (last[0] !== undefined) await ready(last[0])
    },
    output: () => Promise.all(last.map((x) => x.data())),
    dispose: () => {
      dispose()
      tree.leaves(data).forEach((x) => (x as NDArray).dispose())
    },
  }
}

/** Dependent calls: each takes the result of the one before. */
function prepareCalls({ x, y }: Arrays, calls: number): Prepared {
  const f = jit((a: NDArray, b: NDArray) => a.add(b))
  let last = x as NDArray
  return {
    step: () => {
      last = x as NDArray
      for (let i = 0; i < calls; i++) {
        const next = f(last, y as NDArray)
        if (last !== x) last.dispose()
        last = next
      }
    },
    finish: async () => {
      await last.data()
    },
    output: async () => [await last.data()],
    dispose: () => undefined,
  }
}

export const optimizer = optim.adam(adam.rate, { b1: adam.b1, b2: adam.b2, eps: adam.eps })

function prepareTraining(
  loss: (params: Arrays, data: Arrays) => NDArray,
  data: Arrays,
  initial: Arrays,
): Prepared {
  const update = (params: Arrays, state: optim.OptimizerState, batch: Arrays) => {
    const [value, grads] = valueAndGrad(loss)(params, batch)
    const [updates, next] = optimizer.update(grads, state, params)
    return [optim.applyUpdates(params, updates), next, value] as const
  }
  const step = jit(update, { donateArgnums: [0, 1] })
  let params = initial
  let state = optimizer.init(initial)
  let value: NDArray = np.zeros([])
  return {
    step: () => {
      value.dispose()
      ;[params, state, value] = step(params, state, data)
    },
    finish: async () => {
      await value.data()
    },
    output: async () => [await value.data()],
    dispose: () => tree.leaves([params, state, data]).forEach((x) => (x as NDArray).dispose()),
  }
}

/** Both networks in one program: the discriminator learns first, then the generator from the new one. */
function prepareGan(data: Arrays, params: Arrays): Prepared {
  const of = (prefix: string): Arrays =>
    Object.fromEntries(Object.entries(params).filter(([name]) => name.startsWith(prefix)))
  const step = jit(ganStep(optimizer), { donateArgnums: [0, 1] })
  let networks = { g: of('g'), d: of('d') }
  let states = { g: optimizer.init(networks.g), d: optimizer.init(networks.d) }
  let values: readonly NDArray[] = []
  return {
    step: () => {
      values.forEach((x) => x.dispose())
      ;[networks, states, values] = step(networks, states, data)
    },
    finish: async () => {
      await values[0]?.data()
    },
    output: () => Promise.all(values.map((x) => x.data())),
    dispose: () => tree.leaves([networks, states, data]).forEach((x) => (x as NDArray).dispose()),
  }
}
