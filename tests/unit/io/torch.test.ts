// State dicts that PyTorch wrote: loaded into the same models here they give PyTorch's outputs, and they are written as
// they were read.

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  CotangentError,
  defaultDevice,
  io,
  nn,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'
import { toDevice } from '../../../src/io/host.js'

defaultDevice('reference')

/** A recorded model: its state dict, an input and the output for it, channels last if they are images. */
async function recorded(name: string, isImage = false) {
  const path = fileURLToPath(new URL(`data/torch-${name}.safetensors`, import.meta.url))
  const { tensors } = await io.readSafetensors(path)
  const { 'example/input': x, 'example/output': y, ...stateDict } = tensors
  const example = (tensor: io.HostTensor | undefined): NDArray => {
    const array = toDevice(tensor!)
    return isImage && array.ndim > 2 ? np.moveaxis(array, 1, -1) : array
  }
  return { stateDict, x: example(x), y: example(y) }
}

function expectClose(received: NDArray, expected: NDArray): void {
  expect(received.shape).toEqual(expected.shape)
  const wanted = expected.dataSync()
  received.dataSync().forEach((value: number, i: number) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 5))
}

const key = random.key(1)

describe('models of PyTorch give its outputs', () => {
  it('a convolutional net with batch normalisation, groups and a dense layer after flatten', async () => {
    const { stateDict, x, y } = await recorded('cnn', true)
    const model = nn.sequential(
      nn.conv(4, 3),
      nn.batchNorm(),
      nn.activation(nn.relu),
      nn.maxPool(2),
      nn.conv(6, [3, 1], { groups: 2, useBias: false }),
      nn.activation(nn.relu),
      nn.flatten(),
      nn.dense(10),
    )
    const converted = io.fromTorch(stateDict, { flattened: { 7: [6, 4, 3] } })
    const { tree: variables, report } = io.loadInto(model.init(key, [8, 6, 3]), converted)
    expect(report.loaded.length).toBe(9)
    expectClose(model.apply(variables, x)[0], y)
    // Read in the other order, the same numbers are another function.
    const wrong = io.loadInto(model.init(key, [8, 6, 3]), io.fromTorch(stateDict)).tree
    expect(np.allclose(model.apply(wrong, x)[0], y).item()).toBe(0)
  })

  it('embedding, layer normalisation and multi-head attention', async () => {
    const { stateDict, x, y } = await recorded('text')
    const model = nn.sequential(
      nn.embedding(11, 8),
      nn.layerNorm({ epsilon: 1e-5 }),
      nn.multiHeadAttention({ heads: 2 }),
      nn.dense(3, { useBias: false }),
    )
    const modules = ['embed', 'norm', 'attention', 'head']
    const { tree: variables } = io.loadInto(
      model.init(key, [5]),
      io.fromTorch(stateDict, { kinds: { embed: 'embedding' } }),
      {
        rename: (name) => name.replace(/(?<=^params\.)\w+/, (module) => String(modules.indexOf(module))),
      },
    )
    expectClose(model.apply(variables, x)[0], y)
  })

  it('a transposed convolution', async () => {
    const { stateDict, x, y } = await recorded('upsampling', true)
    const model = nn.sequential(nn.convTranspose(2, [3, 3], { strides: 2, padding: 'VALID' }))
    const { tree: variables } = io.loadInto(
      model.init(key, [4, 5, 3]),
      io.fromTorch(stateDict, { kinds: { 0: 'convTranspose' } }),
    )
    expectClose(model.apply(variables, x)[0], y)
  })

  it('a convolution of signals and group normalisation', async () => {
    const { stateDict, x, y } = await recorded('signal', true)
    const model = nn.sequential(
      nn.conv(3, [4], { strides: 2, padding: 'VALID' }),
      nn.groupNorm(3, { epsilon: 1e-5 }),
    )
    const { tree: variables } = io.loadInto(model.init(key, [9, 2]), io.fromTorch(stateDict))
    expectClose(model.apply(variables, x)[0], y)
  })

  const bothWays = { bidirectional: true, returnSequence: true } as const
  it.each([
    ['lstm', nn.lstm(4, { returnSequence: true })],
    ['gru', nn.gru(4, bothWays)],
    ['rnn', nn.rnn(4, { returnSequence: true })],
    ['deepLstm', nn.sequential(nn.lstm(4, bothWays), nn.lstm(4, bothWays))],
  ] as [string, nn.Layer][])('%s', async (name, model) => {
    const { stateDict, x, y } = await recorded(name)
    const { tree: variables } = io.loadInto(model.init(key, [5, 3]), io.fromTorch(stateDict), {
      rename: [[/^params\.rnn/, 'params']],
    })
    expectClose(model.apply(variables, x)[0], y)
  })
})

describe('what is written for PyTorch', () => {
  it.each([
    ['cnn', { flattened: { 7: [6, 4, 3] } }],
    ['text', { kinds: { embed: 'embedding' } }],
    ['upsampling', { kinds: { 0: 'convTranspose' } }],
    ['signal', {}],
  ] as [string, io.TorchOptions][])('%s is what was read', async (name, options) => {
    const { stateDict } = await recorded(name)
    const { '1.num_batches_tracked': _, ...expected } = stateDict
    expect(io.toTorch(io.fromTorch(stateDict, options), options)).toEqual(expected)
  })

  it.each(['lstm', 'gru', 'rnn', 'deepLstm'])(
    '%s is the same module, whose biases are divided otherwise',
    async (name) => {
      const { stateDict } = await recorded(name)
      const converted = io.fromTorch(stateDict)
      const written = io.toTorch(converted)
      for (const [key, tensor] of Object.entries(stateDict))
        if (key.includes('weight')) expect(written[key]).toEqual(tensor)
      expect(io.fromTorch(written)).toEqual(converted)
    },
  )

  it('layers that cannot be one module of PyTorch, or are not to be, are modules of their own', async () => {
    const named = async (model: nn.Layer, options?: io.TorchOptions): Promise<string[]> => {
      const { tensors } = await io.readSafetensors(await io.toSafetensors(model.init(key, [5, 3])))
      return Object.keys(io.toTorch(tensors, options)).filter((name) => name.includes('weight_ih'))
    }
    const lstm = (units: number) => nn.lstm(units, { returnSequence: true }) as nn.Layer
    const [one, two] = [
      ['weight_ih_l0', 'weight_ih_l1'],
      ['0.weight_ih_l0', '1.weight_ih_l0'],
    ]
    expect(await named(nn.sequential(lstm(4), lstm(4)))).toEqual(one)
    expect(await named(nn.sequential(lstm(4), lstm(2)))).toEqual(two)
    expect(await named(nn.sequential(lstm(4), lstm(4), nn.dense(2)))).toEqual(two)
    const kinds = { 0: 'recurrent', 1: 'recurrent' } as const
    expect(await named(nn.sequential(lstm(4), lstm(4)), { kinds })).toEqual(two)
  })
})

describe('errors', () => {
  const tensor = (...shape: number[]): io.HostTensor => ({
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    shape,
    dtype: 'float32',
  })
  it.each([
    [
      'a kind that does not fit',
      () => io.fromTorch({ 'a.weight': tensor(2, 3) }, { kinds: { a: 'conv' } }),
      'a weight of a that is of kind conv',
    ],
    [
      'a flattened shape of other inputs',
      () => io.fromTorch({ 'a.weight': tensor(2, 3) }, { flattened: { a: [2, 2] } }),
      'a shape of 3 elements',
    ],
    [
      'a cell with two gates',
      () => io.fromTorch({ 'a.weight_ih_l0': tensor(4, 3), 'a.weight_hh_l0': tensor(4, 2) }),
      'with 1, 3 or 4 gates',
    ],
    [
      'attention to other features',
      () => io.toTorch({ 'params.query.kernel': tensor(2, 2), 'params.output.kernel': tensor(2, 2) }),
      'query, key and value kernels',
    ],
    [
      'attention with a bias of the query alone',
      () =>
        io.toTorch(
          Object.fromEntries([
            ...['query', 'key', 'value', 'output'].map((part) => [`params.${part}.kernel`, tensor(2, 2)]),
            ['params.query.bias', tensor(2)],
          ]) as Record<string, io.HostTensor>,
        ),
      'a bias of query, key and value, or of none',
    ],
    [
      'a GRU without its second bias',
      () =>
        io.toTorch({
          'params.kernel': tensor(2, 6),
          'params.recurrentKernel': tensor(2, 6),
          'params.bias': tensor(6),
        }),
      'expected kernel, recurrentKernel, bias and recurrentBias',
    ],
    [
      'half a cell',
      () => io.toTorch({ 'params.a.recurrentKernel': tensor(2, 2) }),
      'expected kernel, recurrentKernel and bias',
    ],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })

  it('loading is strict, and says everything that does not fit', () => {
    const model = nn.sequential(nn.dense(2), nn.dense(3))
    const variables = model.init(key, [4])
    const tensors = io.fromTorch({
      '0.weight': tensor(2, 4),
      '0.bias': tensor(3),
      '2.weight': tensor(3, 2),
      '1.weight': tensor(3, 2),
    })
    const { report, tree: loaded } = io.loadInto(variables, tensors, { strict: false })
    expect(report).toEqual({
      loaded: ['params.0.kernel', 'params.1.kernel'],
      missing: ['params.1.bias'],
      unexpected: ['params.2.kernel'],
      mismatched: [{ name: 'params.0.bias', expected: 'float32 [2]', received: 'float32 [3]' }],
    })
    // A comparison of booleans: of arrays, the test runner compares items.
    expect(loaded.params[0].bias === variables.params[0].bias).toBe(true)
    expect(loaded.params[0].kernel === variables.params[0].kernel).toBe(false)
    expect(() => io.loadInto(variables, tensors)).toThrow(
      'expected a tensor that fits each leaf, and no others, got no tensor for params.1.bias; no leaf for params.2.kernel; float32 [3] for params.0.bias, which is float32 [2]. Give `rename`',
    )
  })

  it('two tensors of one name are an error, null leaves one out, floats become the dtype of the leaf', () => {
    const one = { a: tensor(1), b: tensor(1) }
    expect(() => io.loadInto({ x: np.zeros([1]) }, one, { rename: { a: 'x', b: 'x' } })).toThrow(
      'one tensor of this name',
    )
    const { report } = io.loadInto({ a: np.zeros([1]) }, one, { rename: { b: null } })
    expect(report.loaded).toEqual(['a'])
    const half = { x: { data: Float64Array.of(1 + 2 ** -11), shape: [1], dtype: 'float64' } } as const
    expect(io.loadInto({ x: { shape: [1], dtype: 'float16' } as const }, half).tree.x.js()).toEqual([1])
    expect(() => io.loadInto({ x: np.zeros([1], { dtype: 'int32' }) }, half)).toThrow(
      'float64 [1] for x, which is int32 [1]',
    )
  })
})
