/**
 * The workloads in cotangent.
 */

import { devicePut, init, jit, nn, numpy as np, valueAndGrad, type NDArray } from '../../src/index.js'
import type { BenchDevice, Library, Prepared } from '../library.js'
import type { parameterNames } from '../workloads.js'
import { adam, type HostTensor, type Workload } from '../workloads.js'

type Params = Readonly<Record<(typeof parameterNames)[number], NDArray>>
interface State {
  readonly params: Params
  readonly m: Params
  readonly v: Params
  readonly count: NDArray
}

const functions = {
  matmul: ({ a, b }: Arrays) => np.matmul(a as NDArray, b as NDArray),
  chain: ({ x }: Arrays) => np.tanh((x as NDArray).mul(2).add(1)).mul(np.exp((x as NDArray).neg())),
  softmax: ({ x }: Arrays) => nn.softmax(x as NDArray),
}
type Arrays = Readonly<Record<string, NDArray>>

function loss({ w1, b1, w2, b2 }: Params, x: NDArray, y: NDArray): NDArray {
  const h = nn.relu(np.matmul(x, w1).add(b1))
  const logits = np.matmul(h, w2).add(b2)
  return nn
    .logSoftmax(logits)
    .mul(y)
    .sum()
    .mul(-1 / (x.shape[0] ?? 1))
}

const mapParams = (f: (name: keyof Params) => NDArray): Params => ({
  w1: f('w1'),
  b1: f('b1'),
  w2: f('w2'),
  b2: f('b2'),
})

function train({ params, m, v, count }: State, x: NDArray, y: NDArray): [State, NDArray] {
  const [value, grads] = valueAndGrad(loss)(params, x, y)
  const t = count.add(1)
  const correction = (b: number): NDArray =>
    np
      .exp(t.mul(Math.log(b)))
      .neg()
      .add(1)
  const [c1, c2] = [correction(adam.b1), correction(adam.b2)]
  const nextM = mapParams((k) => m[k].mul(adam.b1).add(grads[k].mul(1 - adam.b1)))
  const nextV = mapParams((k) => v[k].mul(adam.b2).add(grads[k].mul(grads[k]).mul(1 - adam.b2)))
  const next = mapParams((k) =>
    params[k].sub(
      nextM[k]
        .div(c1)
        .div(np.sqrt(nextV[k].div(c2)).add(adam.eps))
        .mul(adam.rate),
    ),
  )
  return [{ params: next, m: nextM, v: nextV, count: t }, value]
}

export async function cotangent(device: BenchDevice): Promise<Library> {
  await init(device)
  const array = ({ shape, data }: HostTensor): NDArray => devicePut(np.array(data).reshape(shape), device)
  const arraysOf = (workload: Workload): Record<string, NDArray> =>
    Object.fromEntries(Object.entries(workload.inputs).map(([name, t]) => [name, array(t)]))
  return {
    name: 'cotangent',
    prepare: async (workload) => {
      const arrays = arraysOf(workload)
      if (workload.kind === 'mlp') return prepareTraining(arrays)
      if (workload.kind === 'dispatch') return prepareCalls(arrays)
      return prepareFunction(jit(functions[workload.kind]), arrays)
    },
    close: () => undefined,
  }
}

function prepareFunction(f: (arrays: Arrays) => NDArray, arrays: Arrays): Prepared {
  let last: NDArray | null = null
  return {
    step: () => {
      last?.dispose()
      last = f(arrays)
    },
    finish: async () => {
      await last?.slice(...last.shape.map(() => 0)).data()
    },
    output: async () => (await last?.data()) ?? [],
    dispose: () => last?.dispose(),
  }
}

function prepareCalls({ x, y }: Arrays): Prepared {
  const f = jit((a: NDArray, b: NDArray) => a.add(b))
  let last = x as NDArray
  let sum: ArrayLike<number> = []
  return {
    // Dependent calls: each takes the result of the one before.
    step: () => {
      const next = f(last, y as NDArray)
      if (last !== x) last.dispose()
      last = next
    },
    finish: async () => {
      sum = await last.data()
      last = x as NDArray
    },
    output: async () => sum,
    dispose: () => undefined,
  }
}

function prepareTraining(arrays: Arrays): Prepared {
  const step = jit(train, { donateArgnums: [0] })
  const x = arrays['x'] as NDArray
  const y = arrays['y'] as NDArray
  const params = mapParams((k) => arrays[k] as NDArray)
  let state: State = {
    params,
    m: mapParams((k) => np.zerosLike(params[k])),
    v: mapParams((k) => np.zerosLike(params[k])),
    count: np.zeros([]),
  }
  let value: NDArray = np.zeros([])
  return {
    step: () => {
      value.dispose()
      ;[state, value] = step(state, x, y)
    },
    finish: async () => {
      await value.data()
    },
    output: () => value.data(),
    dispose: () => undefined,
  }
}
