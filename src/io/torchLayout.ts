/**
 * How PyTorch lays out what layers here lay out otherwise: dense kernels [outputs, inputs], convolution kernels
 * [outputs, inputs, ...window], the window of transposed convolutions reversed. One tensor ↔ one tensor.
 */

import { fail } from '../core/errors.js'
import { range, showShape, sizeOf, type Shape } from '../core/shape.js'
import type { HostTensor } from './host.js'
import { permute, reshape, reverse } from './hostLayout.js'

/** The tensors of one module or layer by the last part of their names. */
export type Module = ReadonlyMap<string, HostTensor>
export type Put = (key: string, tensor: HostTensor) => unknown

export const dotted = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('.')

/** What a module of PyTorch with one `weight` is. */
type WeightKind = 'dense' | 'conv' | 'convTranspose' | 'embedding' | 'norm'
/** What a module of PyTorch is. */
export type TorchKind = WeightKind | 'recurrent'

/** What the names and shapes of tensors do not say; keys are names of modules, such as `encoder.0`. */
export interface TorchOptions {
  /**
   * Kinds of modules whose tensors say something else: embeddings look like dense layers, transposed convolutions like
   * others, and recurrent modules in a list (`NAME.0`, `NAME.1`) like the layers of one module.
   */
  readonly kinds?: Readonly<Record<string, TorchKind>>
  /**
   * Dense layers that read a flattened image: its shape [channels, ...spatial] in PyTorch. Here channels come last, so
   * the inputs of the layer are in another order.
   */
  readonly flattened?: Readonly<Record<string, Shape>>
}

/** The kind of a module, from its weight where nobody says it. */
export function kindOf(module: string, weight: HostTensor, { kinds = {} }: TorchOptions): WeightKind {
  const rank = weight.shape.length
  const kind = Object.hasOwn(kinds, module) ? kinds[module] : undefined
  if (kind === undefined) return rank === 1 ? 'norm' : rank === 2 ? 'dense' : 'conv'
  const fits = {
    dense: rank === 2,
    embedding: rank === 2,
    conv: rank >= 3,
    convTranspose: rank >= 3,
    norm: true,
  }
  if (kind === 'recurrent' || !fits[kind])
    return fail('shape', {
      operation: 'io.fromTorch',
      shapes: [weight.shape],
      expected: `a weight of ${module} that is of kind ${kind}`,
    })
  return kind
}

/** [outputs, inputs, ...window] → [...window, inputs, outputs] (also of dense kernels, which have no window). */
const fromConv = (weight: HostTensor): HostTensor =>
  permute(weight, [...range(weight.shape.length).slice(2), 1, 0])
const toConv = (kernel: HostTensor): HostTensor => {
  const rank = kernel.shape.length
  return permute(kernel, [rank - 1, rank - 2, ...range(rank - 2)])
}

/** The inputs of a dense kernel [inputs, outputs] in another order: those of `from` become those of `axes` of it. */
function reordered(kernel: HostTensor, module: string, from: Shape, axes: readonly number[]): HostTensor {
  const [inputs = 0, outputs = 0] = kernel.shape
  if (sizeOf(from) !== inputs)
    fail('argument', {
      operation: 'io.fromTorch',
      argument: `flattened['${module}']`,
      received: showShape(from),
      expected: `a shape of ${inputs} elements, the inputs of the layer`,
    })
  return reshape(permute(reshape(kernel, [...from, outputs]), [...axes, from.length]), [inputs, outputs])
}

/** The kernel of a layer, or the table of an embedding, that a weight of PyTorch is. */
export function kernelFromTorch(
  module: string,
  kind: TorchKind,
  weight: HostTensor,
  options: TorchOptions,
): HostTensor {
  if (kind === 'norm' || kind === 'embedding') return weight
  if (kind === 'convTranspose') {
    const window = weight.shape.length - 2
    return reverse(permute(weight, [...range(window).map((axis) => axis + 2), 0, 1]), window)
  }
  const kernel = fromConv(weight)
  const image = flattenedOf(module, kind, options)
  return image === null ? kernel : reordered(kernel, module, image, [...range(image.length).slice(1), 0])
}

/** The weight of PyTorch that a kernel, or the table of an embedding, is. */
export function kernelToTorch(
  module: string,
  kind: TorchKind,
  kernel: HostTensor,
  options: TorchOptions,
): HostTensor {
  if (kind === 'norm' || kind === 'embedding') return kernel
  const rank = kernel.shape.length
  if (kind === 'convTranspose')
    return permute(reverse(kernel, rank - 2), [rank - 2, rank - 1, ...range(rank - 2)])
  const image = flattenedOf(module, kind, options)
  if (image === null) return toConv(kernel)
  const last = image.length - 1
  return toConv(reordered(kernel, module, [...image.slice(1), image[0] ?? 1], [last, ...range(last)]))
}

const flattenedOf = (module: string, kind: TorchKind, { flattened = {} }: TorchOptions): Shape | null =>
  kind === 'dense' && Object.hasOwn(flattened, module) ? (flattened[module] ?? null) : null
