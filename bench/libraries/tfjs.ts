/**
 * The workloads in TensorFlow.js, eager as its users write them.
 */

import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import type * as Tf from '@tensorflow/tfjs'
import type { BenchDevice, Library, Prepared } from '../library.js'
import { adam, parameterNames, type HostTensor, type Workload } from '../workloads.js'

// Its ES modules do not resolve in Node; the CommonJS builds do.
const require = createRequire(import.meta.url)
const tf = require('@tensorflow/tfjs') as typeof Tf

export async function tfjs(device: BenchDevice): Promise<Library> {
  if (device === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths: (path: string) => void }
    wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'))
  } else {
    require('@tensorflow/tfjs-backend-webgpu')
  }
  if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js has no backend '${device}' here`)
  await tf.ready()
  const array = ({ shape, data }: HostTensor): Tf.Tensor => tf.tensor(data, [...shape])
  return {
    name: 'TensorFlow.js',
    prepare: async (workload) =>
      prepare(
        workload,
        Object.fromEntries(Object.entries(workload.inputs).map(([name, t]) => [name, array(t)])),
      ),
    close: () => undefined,
  }
}

function prepare(workload: Workload, arrays: Record<string, Tf.Tensor>): Prepared {
  const get = (name: string): Tf.Tensor => arrays[name] as Tf.Tensor
  switch (workload.kind) {
    case 'matmul':
      return prepareFunction(() => tf.matMul(get('a'), get('b')))
    case 'chain':
      return prepareFunction(() =>
        tf.tidy(() => tf.mul(tf.tanh(tf.add(tf.mul(get('x'), 2), 1)), tf.exp(tf.neg(get('x'))))),
      )
    case 'softmax':
      return prepareFunction(() => tf.softmax(get('x')))
    case 'dispatch':
      return prepareCalls(get('x'), get('y'))
    case 'mlp':
      return prepareTraining(arrays)
  }
}

/** Reading one element waits for the whole tensor. */
const firstElement = (x: Tf.Tensor): Tf.Tensor => tf.tidy(() => tf.slice(tf.reshape(x, [-1]), 0, 1))

function prepareFunction(f: () => Tf.Tensor): Prepared {
  let last: Tf.Tensor | null = null
  return {
    step: () => {
      last?.dispose()
      last = f()
    },
    finish: async () => {
      if (last !== null) await firstElement(last).data()
    },
    output: async () => (await last?.data()) ?? [],
    dispose: () => last?.dispose(),
  }
}

function prepareCalls(x: Tf.Tensor, y: Tf.Tensor): Prepared {
  let last = x
  let sum: ArrayLike<number> = []
  return {
    step: () => {
      const next = tf.add(last, y)
      if (last !== x) last.dispose()
      last = next
    },
    finish: async () => {
      sum = await last.data()
      last = x
    },
    output: async () => sum,
    dispose: () => undefined,
  }
}

function prepareTraining(arrays: Record<string, Tf.Tensor>): Prepared {
  const variables = Object.fromEntries(
    parameterNames.map((name) => [name, tf.variable(arrays[name] as Tf.Tensor)]),
  )
  const optimizer = new tf.AdamOptimizer(adam.rate, adam.b1, adam.b2, adam.eps)
  const get = (name: string): Tf.Variable => variables[name] as Tf.Variable
  const [x, y] = [arrays['x'] as Tf.Tensor2D, arrays['y'] as Tf.Tensor2D]
  const loss = (): Tf.Scalar => {
    const h = tf.relu(tf.add(tf.matMul(x, get('w1') as Tf.Tensor2D), get('b1')))
    const logits = tf.add(tf.matMul(h as Tf.Tensor2D, get('w2') as Tf.Tensor2D), get('b2'))
    return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), y)), -1 / x.shape[0])
  }
  let value: Tf.Scalar | null = null
  return {
    step: () => {
      value?.dispose()
      value = optimizer.minimize(loss, true)
    },
    finish: async () => {
      await value?.data()
      await firstElement(get('b2')).data()
    },
    output: async () => (await value?.data()) ?? [],
    dispose: () => undefined,
  }
}
