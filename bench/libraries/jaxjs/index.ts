/**
 * jax-js: how it is opened, and how a function, a chain of calls and a training step are run. Its arrays are moved into
 * functions: `.ref` keeps one for a further use.
 */

import * as jax from '@jax-js/jax'
import manifest from '../../package.json' with { type: 'json' }
import type { Library, LibraryOptions, Prepared } from '../../session/library.js'
import { tensorData } from '../../workloads/tensor.js'
import type { Kind, Specs, Workload } from '../../workloads/workload.js'
import { initialState, update, type Loss, type State } from './adam.js'
import { functions, get, mapValues, type Arr, type Arrays } from './functions.js'
import { ganStep, type GanState } from './gan.js'
import { channelsFirst, channelsLast } from './layout.js'
import { losses } from './networks.js'

const { numpy: np } = jax

export async function openJaxJs({ device }: LibraryOptions): Promise<Library> {
  const available = await jax.init(device)
  if (!available.includes(device)) throw new Error(`jax-js has no device '${device}' here`)
  jax.defaultDevice(device)
  const arraysOf = (specs: Specs): Arrays =>
    Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => {
        const { data, shape } = channelsFirst(name, spec, tensorData(spec))
        return [name, np.array(data, { shape: [...shape] })]
      }),
    )
  const threads = device === 'wasm' && typeof Worker === 'undefined' ? '1 thread: it needs web workers' : ''
  return {
    version: manifest.dependencies['@jax-js/jax'],
    note: threads,
    trivial: async () => {
      await jax
        .jit((x: Arr) => x.add(1))(np.zeros([1]))
        .data()
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
  return prepareFunction(kind, f, data)
}

const refs = (arrays: Arrays): Arrays => mapValues(arrays, (x) => x.ref)
const read = async (x: Arr): Promise<ArrayLike<number>> => (await x.ref.data()) as ArrayLike<number>

/** Lazy arrays that nobody waits for are never computed: every result of a sample is kept until it is done. */
function prepareFunction(kind: Kind, f: (arrays: Arrays) => Arr[], data: Arrays): Prepared {
  const compiled = jax.jit(f)
  let pending: Arr[][] = []
  let last: Arr[] = []
  return {
    step: () => {
      pending.push(compiled(refs(data)) as Arr[])
    },
    finish: async () => {
      await jax.blockUntilReady(pending)
      jax.tree.dispose(last)
      last = pending.pop() ?? []
      jax.tree.dispose(pending)
      pending = []
    },
    output: () => Promise.all(last.map(async (x) => channelsLast(kind, x.shape, await read(x)))),
    dispose: () => jax.tree.dispose([last, data]),
  }
}

function prepareCalls(data: Arrays, calls: number): Prepared {
  const f = jax.jit((a: Arr, b: Arr) => a.add(b))
  const [x, y] = [get(data, 'x'), get(data, 'y')]
  let last = x.ref
  return {
    step: () => {
      last.dispose()
      last = x.ref
      for (let i = 0; i < calls; i++) last = f(last, y.ref)
    },
    finish: async () => {
      await last.blockUntilReady()
    },
    output: async () => [await read(last)],
    dispose: () => undefined,
  }
}

function prepareTraining(loss: Loss, data: Arrays, params: Arrays): Prepared {
  const step = jax.jit((state: State, batch: Arrays): [State, Arr] =>
    update(loss, state, batch),
  ) as unknown as (state: State, batch: Arrays) => [State, Arr]
  let state = initialState(params)
  let value: Arr | null = null
  return {
    step: () => {
      value?.dispose()
      ;[state, value] = step(state, refs(data))
    },
    finish: async () => {
      await jax.blockUntilReady([value, state.params])
    },
    output: async () => (value === null ? [] : [await read(value)]),
    dispose: () => jax.tree.dispose([state, data]),
  }
}

function prepareGan(data: Arrays, params: Arrays): Prepared {
  const step = jax.jit(ganStep) as unknown as (state: GanState, batch: Arrays) => [GanState, Arr[]]
  const of = (prefix: string): Arrays =>
    Object.fromEntries(Object.entries(params).filter(([name]) => name.startsWith(prefix)))
  let state: GanState = { g: initialState(of('g')), d: initialState(of('d')) }
  let values: Arr[] = []
  return {
    step: () => {
      jax.tree.dispose(values)
      ;[state, values] = step(state, refs(data))
    },
    finish: async () => {
      await jax.blockUntilReady([values, state.g.params, state.d.params])
    },
    output: () => Promise.all(values.map(read)),
    dispose: () => jax.tree.dispose([state, data]),
  }
}
