/**
 * The workloads in jax-js. Its arrays are moved into functions: `.ref` keeps one for a further use.
 */

import * as jax from '@jax-js/jax'
import type { BenchDevice, Library, Prepared } from '../library.js'
import type { parameterNames } from '../workloads.js'
import { adam, type HostTensor, type Workload } from '../workloads.js'

const { numpy: np, nn } = jax
type Arr = jax.Array
type Params = Record<(typeof parameterNames)[number], Arr>
type State = { params: Params; m: Params; v: Params; count: Arr }

function loss({ w1, b1, w2, b2 }: Params, x: Arr, y: Arr): Arr {
  const scale = -1 / (x.shape[0] ?? 1)
  const h = nn.relu(np.matmul(x, w1).add(b1))
  const logits = np.matmul(h, w2).add(b2)
  return nn.logSoftmax(logits).mul(y).sum().mul(scale)
}

const mapParams = (f: (name: keyof Params) => Arr): Params => ({
  w1: f('w1'),
  b1: f('b1'),
  w2: f('w2'),
  b2: f('b2'),
})

function train({ params, m, v, count }: State, x: Arr, y: Arr): [State, Arr] {
  const refs = mapParams((k) => params[k].ref)
  const [value, grads] = jax.valueAndGrad(loss)(refs, x, y) as [Arr, Params]
  const t = count.add(1)
  const c1 = np
    .exp(t.ref.mul(Math.log(adam.b1)))
    .neg()
    .add(1)
  const c2 = np
    .exp(t.ref.mul(Math.log(adam.b2)))
    .neg()
    .add(1)
  const nextM = mapParams((k) => m[k].mul(adam.b1).add(grads[k].ref.mul(1 - adam.b1)))
  const nextV = mapParams((k) => v[k].mul(adam.b2).add(grads[k].ref.mul(grads[k]).mul(1 - adam.b2)))
  const next = mapParams((k) =>
    params[k].sub(
      nextM[k].ref
        .div(c1.ref)
        .div(np.sqrt(nextV[k].ref.div(c2.ref)).add(adam.eps))
        .mul(adam.rate),
    ),
  )
  c1.dispose()
  c2.dispose()
  return [{ params: next, m: nextM, v: nextV, count: t }, value]
}

export async function jaxjs(device: BenchDevice): Promise<Library> {
  const available = await jax.init(device)
  if (!available.includes(device)) throw new Error(`jax-js has no device '${device}' here`)
  jax.defaultDevice(device)
  const array = ({ shape, data }: HostTensor): Arr =>
    np.array(data as Float32Array<ArrayBuffer>, { shape: [...shape] })
  return {
    name: 'jax-js',
    prepare: async (workload) => {
      const arrays = Object.fromEntries(Object.entries(workload.inputs).map(([name, t]) => [name, array(t)]))
      return prepare(workload, arrays)
    },
    close: () => undefined,
  }
}

function prepare(workload: Workload, arrays: Record<string, Arr>): Prepared {
  const get = (name: string): Arr => arrays[name] as Arr
  switch (workload.kind) {
    case 'matmul': {
      const f = jax.jit((a: Arr, b: Arr) => np.matmul(a, b))
      return prepareFunction(() => f(get('a').ref, get('b').ref))
    }
    case 'chain': {
      const f = jax.jit((x: Arr) => np.tanh(x.ref.mul(2).add(1)).mul(np.exp(x.neg())))
      return prepareFunction(() => f(get('x').ref))
    }
    case 'softmax': {
      const f = jax.jit((x: Arr) => nn.softmax(x))
      return prepareFunction(() => f(get('x').ref))
    }
    case 'dispatch':
      return prepareCalls(get('x'), get('y'))
    case 'mlp':
      return prepareTraining(arrays)
  }
}

/** Lazy arrays that nobody waits for are never computed: every result of a sample is kept until it is done. */
function prepareFunction(f: () => Arr): Prepared {
  let pending: Arr[] = []
  let last: Arr | null = null
  return {
    step: () => {
      pending.push(f())
    },
    finish: async () => {
      for (const x of pending) await x.blockUntilReady()
      last?.dispose()
      last = pending.pop() ?? null
      for (const x of pending) x.dispose()
      pending = []
    },
    output: async () => ((await last?.ref.data()) as ArrayLike<number> | undefined) ?? [],
    dispose: () => last?.dispose(),
  }
}

function prepareCalls(x: Arr, y: Arr): Prepared {
  const f = jax.jit((a: Arr, b: Arr) => a.add(b))
  let last = x.ref
  let sum: ArrayLike<number> = []
  return {
    step: () => {
      last = f(last, y.ref)
    },
    finish: async () => {
      sum = await last.data()
      last = x.ref
    },
    output: async () => sum,
    dispose: () => undefined,
  }
}

function prepareTraining(arrays: Record<string, Arr>): Prepared {
  const step = jax.jit(train)
  const get = (name: string): Arr => arrays[name] as Arr
  const params = mapParams((k) => get(k))
  const zeros = (): Params => mapParams((k) => np.zeros(params[k].shape))
  let state: State = { params, m: zeros(), v: zeros(), count: np.array(0, { dtype: 'float32' as jax.DType }) }
  let value: Arr | null = null
  return {
    step: () => {
      value?.dispose()
      ;[state, value] = step(state, get('x').ref, get('y').ref)
    },
    finish: async () => {
      await value?.blockUntilReady()
      await state.params.w1.blockUntilReady()
    },
    output: async () => ((await value?.ref.data()) as ArrayLike<number> | undefined) ?? [],
    dispose: () => undefined,
  }
}
