/**
 * The depthwise convolution layer: each channel is convolved with its own kernels.
 */

import { glorotUniform, zeros } from '../initializers/index.js'
import { convolve, type ConvLayerOptions, type ConvParams } from './conv.js'
import type { Layer } from './layer.js'
import { perAxis, spatialRank, type Sizes } from './spatial.js'

export interface DepthwiseConvOptions extends Omit<ConvLayerOptions, 'groups'> {
  /** How many outputs each channel has; default 1. */
  readonly multiplier?: number
}

/**
 * A convolution of each channel for itself: [batch, ...spatial, channels] → [batch, ...spatial, channels · multiplier];
 * output `c · multiplier + m` is made of channel c. Followed by `conv(features, 1)` it is a separable convolution.
 * Errors: `shape` for examples of another rank. Source: keras.layers.DepthwiseConv2D.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.depthwiseConv([3, 3], { multiplier: 2 })
 * const variables = layer.init(random.key(0), [8, 8, 4])
 * const [y] = layer.apply(variables, np.ones([1, 8, 8, 4]))
 * console.log(variables.params.kernel.shape, y.shape) // [3, 3, 1, 8] [1, 8, 8, 8]
 * ```
 */
export function depthwiseConv(
  kernelSize: Sizes,
  options: DepthwiseConvOptions & { readonly useBias: false },
): Layer<Omit<ConvParams, 'bias'>, null>
export function depthwiseConv(kernelSize: Sizes, options?: DepthwiseConvOptions): Layer<ConvParams, null>
export function depthwiseConv(
  kernelSize: Sizes,
  { multiplier = 1, ...options }: DepthwiseConvOptions = {},
): Layer<ConvParams | Omit<ConvParams, 'bias'>, null> {
  const operation = 'nn.depthwiseConv'
  const { useBias = true, kernelInit = glorotUniform(), biasInit = zeros } = options
  return {
    name: 'depthwiseConv',
    init(key, inputShape) {
      const rank = spatialRank(operation, inputShape, kernelSize)
      const window = perAxis(operation, 'kernelSize', kernelSize, rank)
      const features = (inputShape.at(-1) ?? 1) * multiplier
      const kernel = kernelInit(key, [...window, 1, features])
      return { params: useBias ? { kernel, bias: biasInit(key, [features]) } : { kernel }, state: null }
    },
    apply: ({ params }, x) => [
      convolve(operation, x, params, { ...options, groups: x.shape.at(-1) ?? 1 }),
      null,
    ],
  }
}
