/**
 * Constants, distributions, and variances scaled to what flows through a layer.
 * Source: https://docs.jax.dev/en/latest/jax.nn.initializers.html
 */

import type { FloatDType } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import { normalizeAxis, sizeOf, without, type Shape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import type { Key } from '../../random/index.js'

/** Makes the first value of a parameter. */
export type Initializer = (key: Key, shape: Shape, dtype?: FloatDType) => NDArray

/**
 * All zeros; the key is not used.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.zeros(random.key(0), [2]).js() // [0, 0]
 * ```
 */
export const zeros: Initializer = (_, shape, dtype = 'float32') => np.zeros(shape, { dtype })
/**
 * All ones; the key is not used.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.ones(random.key(0), [2]).js() // [1, 1]
 * ```
 */
export const ones: Initializer = (_, shape, dtype = 'float32') => np.ones(shape, { dtype })
/**
 * One value everywhere.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.constant(0.5)(random.key(0), [2]).js() // [0.5, 0.5]
 * ```
 */
export const constant =
  (value: number): Initializer =>
  (_, shape, dtype = 'float32') =>
    np.full(shape, value, { dtype })

/**
 * Uniform in [0, scale).
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.uniform(0.1)(random.key(0), [100]).max().item() < 0.1 // true
 * ```
 */
export const uniform =
  (scale = 1e-2): Initializer =>
  (key, shape, dtype = 'float32') =>
    np.multiply(random.uniform(key, shape, { dtype }), scale)

/**
 * Normal with mean 0.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.normal(0.02)(random.key(0), [50, 50]).shape // [50, 50]
 * ```
 */
export const normal =
  (stddev = 1e-2): Initializer =>
  (key, shape, dtype = 'float32') =>
    np.multiply(random.normal(key, shape, { dtype }), stddev)

/**
 * Normal within two standard deviations, times `stddev`.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * nn.initializers.truncatedNormal(1)(random.key(0), [1000]).max().item() < 2 // true
 * ```
 */
export const truncatedNormal =
  (stddev = 1e-2): Initializer =>
  (key, shape, dtype = 'float32') =>
    np.multiply(random.truncatedNormal(key, -2, 2, shape, { dtype }), stddev)

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg'
export type Distribution = 'truncated_normal' | 'normal' | 'uniform'

export interface FanOptions {
  /** The axis of the inputs of a layer in its weights; default the last but one. */
  readonly inAxis?: number
  /** The axis of its outputs; default the last. All other axes are a receptive field. */
  readonly outAxis?: number
}

/** Numbers of inputs and outputs that one unit is connected to. */
function fans(shape: Shape, { inAxis = -2, outAxis = -1 }: FanOptions): { fanIn: number; fanOut: number } {
  const operation = 'nn.initializers'
  if (shape.length < 2) {
    fail('shape', {
      operation,
      shapes: [shape],
      expected: 'at least two axes (inputs and outputs)',
      fix: 'For a vector use zeros, normal or uniform.',
    })
  }
  const [i, o] = [normalizeAxis(inAxis, shape, operation), normalizeAxis(outAxis, shape, operation)]
  const field = sizeOf(without(shape, [i, o]))
  return { fanIn: (shape[i] ?? 1) * field, fanOut: (shape[o] ?? 1) * field }
}

/** The standard deviation of a normal distribution truncated at ±2. */
const truncatedDeviation = 0.8796256610342398

/**
 * Values whose variance is `scale` / fan, so that layers keep the size of what flows through them.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const init = nn.initializers.varianceScaling(2, 'fan_in', 'truncated_normal')
 * init(random.key(0), [784, 100]).shape // [784, 100]
 * ```
 */
export function varianceScaling(
  scale: number,
  mode: FanMode,
  distribution: Distribution,
  options: FanOptions = {},
): Initializer {
  return (key, shape, dtype = 'float32') => {
    const { fanIn, fanOut } = fans(shape, options)
    const fan = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode]
    const deviation = Math.sqrt(scale / Math.max(1, fan))
    switch (distribution) {
      case 'truncated_normal':
        return truncatedNormal(deviation / truncatedDeviation)(key, shape, dtype)
      case 'normal':
        return normal(deviation)(key, shape, dtype)
      case 'uniform':
        return np.multiply(
          random.uniform(key, shape, { minval: -1, maxval: 1, dtype }),
          Math.sqrt(3) * deviation,
        )
    }
  }
}

/**
 * Glorot & Bengio (2010), also called Xavier: for tanh and sigmoid layers.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const layer = nn.dense(10, { kernelInit: nn.initializers.glorotUniform() })
 * ```
 */
export const glorotUniform = (options?: FanOptions): Initializer =>
  varianceScaling(1, 'fan_avg', 'uniform', options)
export const glorotNormal = (options?: FanOptions): Initializer =>
  varianceScaling(1, 'fan_avg', 'truncated_normal', options)
/**
 * He et al. (2015): for ReLU layers.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const layer = nn.conv(32, 3, { kernelInit: nn.initializers.heUniform() })
 * ```
 */
export const heUniform = (options?: FanOptions): Initializer =>
  varianceScaling(2, 'fan_in', 'uniform', options)
export const heNormal = (options?: FanOptions): Initializer =>
  varianceScaling(2, 'fan_in', 'truncated_normal', options)
/**
 * LeCun et al. (1998): for selu layers.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const layer = nn.dense(10, { kernelInit: nn.initializers.lecunUniform() })
 * ```
 */
export const lecunUniform = (options?: FanOptions): Initializer =>
  varianceScaling(1, 'fan_in', 'uniform', options)
export const lecunNormal = (options?: FanOptions): Initializer =>
  varianceScaling(1, 'fan_in', 'truncated_normal', options)
