/**
 * State dicts of PyTorch → the names and layouts of this library's layers. Tensors by name → tensors by name; nothing is
 * known of the model but what its names and shapes say.
 */

import type { HostTensor } from './host.js'
import { permute, rows } from './hostLayout.js'
import { dotted, kernelFromTorch, kindOf, type Module, type Put, type TorchOptions } from './torchLayout.js'
import { recurrentFromTorch } from './torchRecurrent.js'

type Tensors = Readonly<Record<string, HostTensor>>

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
    const put: Put = (key, tensor) => out.set(dotted('params', name, key), tensor)
    if (own.has('in_proj_weight')) attention(own, put)
    else if (own.has('weight_ih_l0')) recurrentFromTorch(name, own, put)
    else if (owner === undefined) simple(name, own, options, put)
    else simple(name, own, options, (key, tensor) => out.set(dotted('params', owner, 'output', key), tensor))
    const [mean, variance] = [own.get('running_mean'), own.get('running_var')]
    if (mean !== undefined) out.set(dotted('state', name, 'mean'), mean)
    if (variance !== undefined) out.set(dotted('state', name, 'variance'), variance)
  }
  return Object.fromEntries(out)
}

const statistics = ['running_mean', 'running_var', 'num_batches_tracked']

function simple(name: string, own: Module, options: TorchOptions, put: Put): void {
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
function attention(own: Module, put: Put): void {
  const [weight, bias] = [own.get('in_proj_weight'), own.get('in_proj_bias')]
  const features = (weight?.shape[0] ?? 0) / 3
  ;['query', 'key', 'value'].forEach((part, i) => {
    const [start, end] = [i * features, (i + 1) * features]
    if (weight !== undefined) put(`${part}.kernel`, permute(rows(weight, start, end), [1, 0]))
    if (bias !== undefined) put(`${part}.bias`, rows(bias, start, end))
  })
}
