/**
 * TensorFlow.js: how it is opened, and how a function, a chain of calls and a training step are run; eager, as its users
 * write them.
 */

import type * as Tfjs from '@tensorflow/tfjs'
import manifest from '../../package.json' with { type: 'json' }
import type { Library, LibraryOptions, Prepared } from '../../session/library.js'
import { tensorData } from '../../workloads/tensor.js'
import { adam, type Specs, type Workload } from '../../workloads/workload.js'
import { functionsOf, get, type Tensors } from './functions.js'
import { ganLosses } from './gan.js'
import { load, type Tf } from './load.js'
import { lossesOf } from './networks.js'

type Tensor = Tfjs.Tensor
type Loss = (params: Tensors, data: Tensors) => Tfjs.Scalar

export async function openTfjs({ device, threads }: LibraryOptions): Promise<Library> {
  const { tf, wasm } = await load(device)
  // By itself it takes half of the cores.
  if (wasm !== null)
    wasm.setThreadsCount(threads > 0 ? threads : (globalThis.navigator?.hardwareConcurrency ?? 1))
  if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js has no backend '${device}' here`)
  await tf.ready()
  const tensorsOf = (specs: Specs): Tensors =>
    Object.fromEntries(
      Object.entries(specs).map(([name, s]) => [name, tf.tensor(tensorData(s), [...s.shape])]),
    )
  return {
    version: manifest.dependencies['@tensorflow/tfjs'],
    note: wasm === null ? '' : await threadsOf(tf, () => wasm.getThreadsCount()),
    trivial: async () => {
      await tf.add(tf.tensor([1]), 1).data()
    },
    prepare: async (workload) => prepare(tf, workload, tensorsOf(workload.data), tensorsOf(workload.params)),
  }
}

async function threadsOf(tf: Tf, count: () => number): Promise<string> {
  const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')
  if (threaded !== true) return '1 thread: it has no threads in Node'
  // Version 4.22 starts one, whatever it is told.
  return count() === 1 ? '1 thread, as its threaded build says' : `${count()} threads`
}

function prepare(tf: Tf, workload: Workload, data: Tensors, params: Tensors): Prepared {
  const { kind, callsPerStep } = workload
  if (kind === 'calls') return prepareCalls(tf, data, callsPerStep)
  if (kind === 'gan') return prepareGan(tf, data, params)
  const loss = lossesOf(tf)[kind]
  if (loss !== undefined) return prepareTraining(tf, loss, data, params)
  const f = functionsOf(tf)[kind]
  if (f === undefined) throw new Error(`no implementation of ${kind}`)
  return prepareFunction(tf, () => f(data), data)
}

/** Reading one element waits for the whole tensor. */
async function ready(tf: Tf, x: Tensor): Promise<void> {
  const element = tf.tidy(() => tf.slice(tf.reshape(x, [-1]), 0, 1))
  await element.data()
  element.dispose()
}

function prepareFunction(tf: Tf, f: () => Tensor[], data: Tensors): Prepared {
  let last: Tensor[] = []
  return {
    step: () => {
      tf.dispose(last)
      last = tf.tidy(f)
    },
    finish: async () => {
      for (const x of last) await ready(tf, x)
    },
    output: () => Promise.all(last.map((x) => x.data())),
    dispose: () => tf.dispose([last, data] as never),
  }
}

function prepareCalls(tf: Tf, data: Tensors, calls: number): Prepared {
  const [x, y] = [get(data, 'x'), get(data, 'y')]
  let last: Tensor = x
  return {
    step: () => {
      if (last !== x) last.dispose()
      last = x
      for (let i = 0; i < calls; i++) {
        const next = tf.add(last, y)
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

const variablesOf = (tf: Tf, params: Tensors): Record<string, Tfjs.Variable> =>
  Object.fromEntries(
    Object.entries(params).map(([name, x]) => {
      const variable = tf.variable(x)
      x.dispose()
      return [name, variable]
    }),
  )

const makeAdam = (tf: Tf): Tfjs.AdamOptimizer => new tf.AdamOptimizer(adam.rate, adam.b1, adam.b2, adam.eps)

function prepareTraining(tf: Tf, loss: Loss, data: Tensors, params: Tensors): Prepared {
  const variables = variablesOf(tf, params)
  const optimizer = makeAdam(tf)
  const [last = null] = Object.values(variables).slice(-1)
  let value: Tfjs.Scalar | null = null
  return {
    step: () => {
      value?.dispose()
      value = optimizer.minimize(() => loss(variables, data), true)
    },
    finish: async () => {
      await value?.data()
      if (last !== null) await ready(tf, last)
    },
    output: async () => (value === null ? [] : [await value.data()]),
    dispose: () => {
      tf.dispose([variables, data, value] as never)
      optimizer.dispose()
    },
  }
}

function prepareGan(tf: Tf, data: Tensors, params: Tensors): Prepared {
  const variables = variablesOf(tf, params)
  const of = (prefix: string): Tfjs.Variable[] =>
    Object.entries(variables).flatMap(([name, x]) => (name.startsWith(prefix) ? [x] : []))
  const optimizers = { g: makeAdam(tf), d: makeAdam(tf) }
  const losses = ganLosses(tf, variables, data)
  let values: (Tfjs.Scalar | null)[] = []
  return {
    step: () => {
      tf.dispose(values as Tfjs.Scalar[])
      values = [
        optimizers.d.minimize(losses.discriminator, true, of('d')),
        optimizers.g.minimize(losses.generator, true, of('g')),
      ]
    },
    finish: async () => {
      for (const x of [...values, ...Object.values(variables)]) if (x !== null) await ready(tf, x)
    },
    output: () => Promise.all(values.flatMap((x) => (x === null ? [] : [x.data()]))),
    dispose: () => {
      tf.dispose([variables, data, values] as never)
      optimizers.g.dispose()
      optimizers.d.dispose()
    },
  }
}
