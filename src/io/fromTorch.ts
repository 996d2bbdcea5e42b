/**
 * State dicts of PyTorch → the names and layouts of this library's layers. Tensors by name → tensors by name; nothing is
 * known of the model but what its names and shapes say.
 */

import { fail } from '../core/errors.js'
import type { HostTensor } from './host.js'
import { add, permute, rows, stackRows, zeros } from './hostLayout.js'
import { kernelFromTorch, kindOf, type TorchOptions } from './torchLayout.js'

type Tensors = Readonly<Record<string, HostTensor>>
/** The tensors of one module by the last part of their names. */
type Module = ReadonlyMap<string, HostTensor>

const dotted = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('.')

function modulesOf(tensors: Tensors): Map<string, Map<string, HostTensor>> {
  const modules = new Map<string, Map<string, HostTensor>>()
  for (const [name, tensor] of Object.entries(tensors)) {
    const cut = name.lastIndexOf('.')
    const module = cut < 0 ? '' : name.slice(0, cut)
    const own = modules.get(module) ?? new Map<string, HostTensor>()
    modules.set(module, own.set(name.slice(cut + 1), tensor))
  }
  return modules
}

/**
 * The tensors of a PyTorch state dict (as `io.readSafetensors` reads it) under the names and in the layout of the layers
 * here: `params.NAME.kernel` for `NAME.weight`, and so on, to be put into `{ params, state }` by `io.loadInto`, whose
 * `rename` makes paths of PyTorch's names of modules.
 *
 * | PyTorch | here |
 * |---|---|
 * | Linear [outputs, inputs] | dense [inputs, outputs] |
 * | Conv1d … Conv3d [outputs, inputs, ...window] | conv [...window, inputs, outputs] |
 * | ConvTranspose (named in `kinds`) [inputs, outputs, ...window] | convTranspose, its window reversed |
 * | Embedding (named in `kinds`) | embedding |
 * | BatchNorm: weight, bias, running_mean, running_var | scale and bias; `state.NAME.mean` and `.variance` |
 * | LayerNorm, GroupNorm, RMSNorm | scale and bias |
 * | RNN, LSTM, GRU, of several layers (`NAME.0`, `NAME.1`) or both ways | rnn, lstm, gru; the two biases added up |
 * | MultiheadAttention | multiHeadAttention: query, key, value, output |
 *
 * Other tensors keep name and layout, after `params.`. A dense layer after `flatten` needs `flattened`: PyTorch flattens
 * channels first. Errors: `shape` and `argument` where a tensor is not what its name or the options say.
 * Source: torch.nn.
 *
 * @example
 * ```ts
 * import { io, nn, random } from 'cotangent'
 * const tensor = (shape: readonly number[]) =>
 *   ({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, dtype: 'float32' }) as const
 * const stateDict = {
 *   'features.0.weight': tensor([8, 3, 5, 5]), // Conv2d
 *   'features.0.bias': tensor([8]),
 *   'head.weight': tensor([10, 8 * 4 * 4]), // Linear
 *   'head.bias': tensor([10]),
 * }
 * const model = nn.sequential(nn.conv(8, 5), nn.maxPool(2), nn.flatten(), nn.dense(10))
 * const converted = io.fromTorch(stateDict, { flattened: { head: [8, 4, 4] } })
 * const { tree } = io.loadInto(model.init(random.key(0), [8, 8, 3]), converted, {
 *   rename: [[/features\.0/, '0'], [/head/, '3']],
 * })
 * console.log(tree.params[3].kernel.shape) // [128, 10]
 * ```
 */
export function fromTorch(
  tensors: Tensors,
  options: TorchOptions = {},
): Readonly<Record<string, HostTensor>> {
  const out = new Map<string, HostTensor>()
  const modules = modulesOf(tensors)
  const attentions = [...modules].flatMap(([name, own]) => (own.has('in_proj_weight') ? [name] : []))
  for (const [name, own] of modules) {
    const owner = attentions.find((attention) => dotted(attention, 'out_proj') === name)
    const put = (key: string, tensor: HostTensor): unknown => out.set(dotted('params', name, key), tensor)
    if (own.has('in_proj_weight')) attention(own, put)
    else if (own.has('weight_ih_l0')) recurrent(name, own, put)
    else if (owner === undefined) simple(name, own, options, put)
    else simple(name, own, options, (key, tensor) => out.set(dotted('params', owner, 'output', key), tensor))
    const [mean, variance] = [own.get('running_mean'), own.get('running_var')]
    if (mean !== undefined) out.set(dotted('state', name, 'mean'), mean)
    if (variance !== undefined) out.set(dotted('state', name, 'variance'), variance)
  }
  return Object.fromEntries(out)
}

const statistics = ['running_mean', 'running_var', 'num_batches_tracked']

function simple(
  name: string,
  own: Module,
  options: TorchOptions,
  put: (key: string, tensor: HostTensor) => unknown,
): void {
  for (const [key, tensor] of own) {
    if (statistics.includes(key)) continue
    if (key !== 'weight') {
      put(key, tensor)
      continue
    }
    const kind = kindOf(name, tensor, options)
    const names = {
      dense: 'kernel',
      conv: 'kernel',
      convTranspose: 'kernel',
      embedding: 'embedding',
      norm: 'scale',
    }
    put(names[kind], kernelFromTorch(name, kind, tensor, options))
  }
}

/** in_proj is query, key and value on top of each other. */
function attention(own: Module, put: (key: string, tensor: HostTensor) => unknown): void {
  const [weight, bias] = [own.get('in_proj_weight'), own.get('in_proj_bias')]
  const features = weight?.shape[1] ?? 0
  ;['query', 'key', 'value'].forEach((part, i) => {
    const [start, end] = [i * features, (i + 1) * features]
    if (weight !== undefined) put(`${part}.kernel`, permute(rows(weight, start, end), [1, 0]))
    if (bias !== undefined) put(`${part}.bias`, rows(bias, start, end))
  })
}

/** weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0; more layers have other numbers, the way back `_reverse`. */
function recurrent(name: string, own: Module, put: (key: string, tensor: HostTensor) => unknown): void {
  const isDeep = own.has('weight_ih_l1')
  const isBidirectional = own.has('weight_ih_l0_reverse')
  for (const key of own.keys()) {
    const [, layer, reverse] = /^weight_ih_l(\d+)(_reverse)?$/.exec(key) ?? []
    if (layer === undefined) continue
    const direction = isBidirectional ? (reverse === undefined ? 'forward' : 'backward') : ''
    const part = (what: string): HostTensor | undefined => own.get(`${what}_l${layer}${reverse ?? ''}`)
    for (const [what, tensor] of cell(dotted(name, key), part))
      put(dotted(isDeep ? layer : '', direction, what), tensor)
  }
}

/** Gates are in the same order here; of the two biases only the GRU's new value needs both. */
function cell(
  name: string,
  part: (what: string) => HostTensor | undefined,
): (readonly [string, HostTensor])[] {
  const [input, state] = [part('weight_ih'), part('weight_hh')]
  const [width = 0, units = 0] = state?.shape ?? []
  const gates = width / units
  if (input === undefined || state === undefined || ![1, 3, 4].includes(gates) || input.shape[0] !== width)
    return fail('shape', {
      operation: 'io.fromTorch',
      shapes: [input?.shape ?? [], state?.shape ?? []],
      expected: `${name} [gates · units, inputs] and its weight_hh [gates · units, units] with 1, 3 or 4 gates`,
    })
  const none = zeros([width], input.dtype)
  const [inputBias, stateBias] = [part('bias_ih') ?? none, part('bias_hh') ?? none]
  const kernels = [
    ['kernel', permute(input, [1, 0])],
    ['recurrentKernel', permute(state, [1, 0])],
  ] as const
  if (gates !== 3) return [...kernels, ['bias', add(inputBias, stateBias)]]
  const outer = stackRows([rows(stateBias, 0, 2 * units), zeros([units], input.dtype)])
  return [
    ...kernels,
    ['bias', add(inputBias, outer)],
    ['recurrentBias', rows(stateBias, 2 * units, 3 * units)],
  ]
}
