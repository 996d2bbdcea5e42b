/**
 * The convolution layer, in one to three dimensions: channels last, kernels [...window, inputs / groups, features].
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import { convGeneralDilated, type Padding } from '../../lax/convolution.js'
import * as np from '../../numpy/index.js'
import { glorotUniform, zeros, type Initializer } from '../initializers/index.js'
import type { Layer } from './layer.js'
import { channelsLast, perAxis, spatialRank, type Sizes } from './spatial.js'

export interface ConvParams {
  /** [...window, inputs / groups, features] */
  readonly kernel: NDArray
  /** [features] */
  readonly bias: NDArray
}

export interface ConvLayerOptions {
  /** How far the window moves; default 1. */
  readonly strides?: Sizes
  /** 'SAME' (the default: ⌈size / stride⌉ outputs), 'VALID', or zeros before and after along each axis. */
  readonly padding?: Padding
  /** The distance between neighbouring elements of the window; default 1. */
  readonly dilation?: Sizes
  /** Into how many groups channels are split, each convolved for itself; default 1. */
  readonly groups?: number
  /** Whether there is a bias; default true. */
  readonly useBias?: boolean
  /** default glorotUniform() */
  readonly kernelInit?: Initializer
  /** default zeros */
  readonly biasInit?: Initializer
}

/** x convolved with the kernel, plus the bias if there is one. */
export function convolve(
  operation: string,
  x: NDArray,
  params: ConvParams | Omit<ConvParams, 'bias'>,
  { strides = 1, padding = 'SAME', dilation = 1, groups = 1 }: ConvLayerOptions,
): NDArray {
  const rank = params.kernel.ndim - 2
  spatialRank(operation, x.shape.slice(1), params.kernel.shape.slice(0, -2))
  const y = convGeneralDilated(x, params.kernel, perAxis(operation, 'strides', strides, rank), padding, {
    rhsDilation: perAxis(operation, 'dilation', dilation, rank),
    dimensionNumbers: channelsLast(operation, rank),
    featureGroupCount: groups,
  })
  return 'bias' in params ? np.add(y, params.bias) : y
}

/**
 * A convolution of examples [...spatial, channels] with one, two or three spatial axes: [batch, ...spatial, channels]
 * → [batch, ...spatial, features]. `kernelSize` is the size of the window, one number for all axes or one for each.
 * It is a cross-correlation, as in every neural-network library; defaults are Flax's padding and Keras's initializers.
 * Errors: `shape` for examples of another rank, `argument` for groups that do not divide the channels.
 * Source: flax.linen.Conv, keras.layers.Conv2D.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.conv(32, [3, 3], { strides: 2 })
 * const variables = layer.init(random.key(0), [28, 28, 1])
 * const [y] = layer.apply(variables, np.ones([8, 28, 28, 1]))
 * console.log(variables.params.kernel.shape, y.shape) // [3, 3, 1, 32] [8, 14, 14, 32]
 * ```
 */
export function conv(
  features: number,
  kernelSize: Sizes,
  options: ConvLayerOptions & { readonly useBias: false },
): Layer<Omit<ConvParams, 'bias'>, null>
export function conv(features: number, kernelSize: Sizes, options?: ConvLayerOptions): Layer<ConvParams, null>
export function conv(
  features: number,
  kernelSize: Sizes,
  options: ConvLayerOptions = {},
): Layer<ConvParams | Omit<ConvParams, 'bias'>, null> {
  const operation = 'nn.conv'
  const { groups = 1, useBias = true, kernelInit = glorotUniform(), biasInit = zeros } = options
  return {
    name: 'conv',
    init(key, inputShape) {
      const rank = spatialRank(operation, inputShape, kernelSize)
      const window = perAxis(operation, 'kernelSize', kernelSize, rank)
      const channels = inputShape.at(-1) ?? 1
      if (!(groups >= 1 && channels % groups === 0 && features % groups === 0)) {
        fail('argument', {
          operation,
          argument: 'groups',
          received: String(groups),
          expected: `a number that divides the ${channels} channels and the ${features} features`,
        })
      }
      const kernel = kernelInit(key, [...window, channels / groups, features])
      return { params: useBias ? { kernel, bias: biasInit(key, [features]) } : { kernel }, state: null }
    },
    apply: ({ params }, x) => [convolve(operation, x, params, options), null],
  }
}
