/**
 * The transposed convolution layer, which upsamples: channels last, kernels [...window, inputs, features].
 */

import { convTranspose as laxConvTranspose } from '../../lax/convolution.js'
import * as np from '../../numpy/index.js'
import { glorotUniform, zeros } from '../initializers/index.js'
import type { ConvLayerOptions, ConvParams } from './conv.js'
import type { Layer } from './layer.js'
import { channelsLast, perAxis, spatialRank, type Sizes } from './spatial.js'

export type ConvTransposeLayerOptions = Omit<ConvLayerOptions, 'groups'>

/**
 * A transposed (fractionally strided) convolution: [batch, ...spatial, channels] → [batch, ...spatial · strides, features]
 * with 'SAME' padding, the default. The window is not reversed (as in Flax; PyTorch and Keras reverse it).
 * Errors: `shape` for examples of another rank. Source: jax.lax.conv_transpose, flax.linen.ConvTranspose.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.convTranspose(8, [3, 3], { strides: 2 })
 * const [y] = layer.apply(layer.init(random.key(0), [7, 7, 16]), np.ones([1, 7, 7, 16]))
 * console.log(y.shape) // [1, 14, 14, 8]
 * ```
 */
export function convTranspose(
  features: number,
  kernelSize: Sizes,
  options: ConvTransposeLayerOptions & { readonly useBias: false },
): Layer<Omit<ConvParams, 'bias'>, null>
export function convTranspose(
  features: number,
  kernelSize: Sizes,
  options?: ConvTransposeLayerOptions,
): Layer<ConvParams, null>
export function convTranspose(
  features: number,
  kernelSize: Sizes,
  {
    strides = 1,
    padding = 'SAME',
    dilation = 1,
    useBias = true,
    kernelInit = glorotUniform(),
    biasInit = zeros,
  }: ConvTransposeLayerOptions = {},
): Layer<ConvParams | Omit<ConvParams, 'bias'>, null> {
  const operation = 'nn.convTranspose'
  return {
    name: 'convTranspose',
    init(key, inputShape) {
      const rank = spatialRank(operation, inputShape, kernelSize)
      const window = perAxis(operation, 'kernelSize', kernelSize, rank)
      const kernel = kernelInit(key, [...window, inputShape.at(-1) ?? 1, features])
      return { params: useBias ? { kernel, bias: biasInit(key, [features]) } : { kernel }, state: null }
    },
    apply({ params }, x) {
      const rank = params.kernel.ndim - 2
      spatialRank(operation, x.shape.slice(1), params.kernel.shape.slice(0, -2))
      const y = laxConvTranspose(x, params.kernel, perAxis(operation, 'strides', strides, rank), padding, {
        rhsDilation: perAxis(operation, 'dilation', dilation, rank),
        dimensionNumbers: channelsLast(operation, rank),
      })
      return ['bias' in params ? np.add(y, params.bias) : y, null]
    },
  }
}
