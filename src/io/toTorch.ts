/**
 * Parameters and state of this library's layers → the names and layouts of PyTorch's state dicts: the inverse of
 * fromTorch.ts. Tensors by name → tensors by name.
 */

import { fail } from '../core/errors.js'
import type { HostTensor } from './host.js'
import { permute, stackRows } from './hostLayout.js'
import { dotted, kernelToTorch, type Module, type Put, type TorchOptions } from './torchLayout.js'
import { recurrentToTorch } from './torchRecurrent.js'

type Tensors = Readonly<Record<string, HostTensor>>

/** The tensors below `root` (`params` or `state`) by the layer they belong to. */
function layersOf(tensors: Tensors, root: string): Map<string, Map<string, HostTensor>> {
  const layers = new Map<string, Map<string, HostTensor>>()
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!name.startsWith(`${root}.`)) continue
    const path = name.slice(root.length + 1).split('.')
    const key = path.pop() ?? ''
    const layer = path.join('.')
    const own = layers.get(layer) ?? new Map<string, HostTensor>()
    layers.set(layer, own.set(key, tensor))
  }
  return layers
}

/**
 * Tensors of `{ params, state }` (as `io.readSafetensors` reads what `io.writeSafetensors` wrote) under the names and in the
 * layout of a PyTorch state dict: the inverse of `io.fromTorch`, with the same options; rename the tensors where
 * modules have other names. Recurrent layers NAME.0, NAME.1 … with nothing beside them become one module NAME, as
 * PyTorch's `num_layers` makes it, if they can be one and `kinds` does not say that each is 'recurrent' for itself. PyTorch's
 * two biases of a cell are here one, so the second one is zeros. What PyTorch keeps beside (`num_batches_tracked`) is made
 * by `load_state_dict` itself. Errors: `tree` and `shape` for parts of attention layers and cells that do not belong together.
 *
 * @example
 * ```ts
 * import { io } from 'cotangent'
 * const kernel = { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3], dtype: 'float32' } as const
 * const stateDict = io.toTorch({ 'params.head.kernel': kernel })
 * console.log(stateDict['head.weight']?.data) // [1, 4, 2, 5, 3, 6]
 * ```
 */
export function toTorch(tensors: Tensors, options: TorchOptions = {}): Readonly<Record<string, HostTensor>> {
  const out = new Map<string, HostTensor>()
  const layers = layersOf(tensors, 'params')
  for (const [layer, own] of layers) {
    const parent = layer.replace(/(^|\.)(query|key|value|output)$/, '')
    const isAttention =
      parent !== layer && layers.has(dotted(parent, 'query')) && layers.has(dotted(parent, 'output'))
    const put: Put = (key, tensor) => out.set(dotted(layer, key), tensor)
    if (own.has('recurrentKernel')) continue
    if (!isAttention) simple(layer, own, options, put)
    else if (layer.endsWith('output'))
      simple(layer, own, options, (key, tensor) => out.set(dotted(parent, 'out_proj', key), tensor))
    else if (layer.endsWith('query'))
      attention(parent, layers, (key, tensor) => out.set(dotted(parent, key), tensor))
  }
  recurrentToTorch(layers, options, (key, tensor) => out.set(key, tensor))
  for (const [layer, own] of layersOf(tensors, 'state')) {
    const [mean, variance] = [own.get('mean'), own.get('variance')]
    if (mean !== undefined) out.set(dotted(layer, 'running_mean'), mean)
    if (variance !== undefined) out.set(dotted(layer, 'running_var'), variance)
  }
  return Object.fromEntries(out)
}

function simple(layer: string, own: Module, options: TorchOptions, put: Put): void {
  for (const [key, tensor] of own) {
    if (key === 'scale' || key === 'embedding') put('weight', tensor)
    else if (key !== 'kernel') put(key, tensor)
    else {
      const named = Object.hasOwn(options.kinds ?? {}, layer) ? options.kinds?.[layer] : undefined
      put(
        'weight',
        kernelToTorch(layer, named ?? (tensor.shape.length === 2 ? 'dense' : 'conv'), tensor, options),
      )
    }
  }
}

function attention(parent: string, layers: ReadonlyMap<string, Module>, put: Put): void {
  const parts = (key: string): HostTensor[] =>
    ['query', 'key', 'value'].flatMap((name) => layers.get(dotted(parent, name))?.get(key) ?? [])
  const [kernels, biases] = [parts('kernel'), parts('bias')]
  const [first] = kernels
  if (
    kernels.length !== 3 ||
    kernels.some(({ shape }) => shape[0] !== first?.shape[0] || shape[1] !== first?.shape[1])
  )
    fail('shape', {
      operation: 'io.toTorch',
      shapes: kernels.map(({ shape }) => shape),
      expected: `query, key and value kernels of ${parent} of one shape`,
    })
  if (biases.length % 3 !== 0)
    fail('tree', {
      operation: 'io.toTorch',
      path: parent,
      expected: 'a bias of query, key and value, or of none',
      received: `${biases.length}`,
    })
  put('in_proj_weight', stackRows(kernels.map((kernel) => permute(kernel, [1, 0]))))
  if (biases.length === 3) put('in_proj_bias', stackRows(biases))
}
