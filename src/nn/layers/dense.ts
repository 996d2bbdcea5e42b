/**
 * The dense layer: y = x W + b over the last axis.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { glorotUniform, zeros, type Initializer } from '../initializers/index.js'
import type { Layer } from './layer.js'

export interface DenseParams {
  /** [inputs, features] */
  readonly kernel: NDArray
  /** [features] */
  readonly bias: NDArray
}

export interface DenseOptions {
  /** Whether there is a bias; default true. */
  readonly useBias?: boolean
  /** default glorotUniform() */
  readonly kernelInit?: Initializer
  /** default zeros */
  readonly biasInit?: Initializer
}

/** x W + b, or x W where there is no bias. */
export function affineMap(params: DenseParams | Omit<DenseParams, 'bias'>, x: NDArray): NDArray {
  const y = np.matmul(x, params.kernel)
  return 'bias' in params ? np.add(y, params.bias) : y
}

/**
 * A dense (fully connected) layer: [batch, ..., inputs] → [batch, ..., features].
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.dense(10)
 * const variables = layer.init(random.key(0), [64])
 * const [y] = layer.apply(variables, np.ones([32, 64]))
 * console.log(variables.params.kernel.shape, y.shape) // [64, 10] [32, 10]
 * ```
 */
export function dense(
  features: number,
  options: DenseOptions & { readonly useBias: false },
): Layer<Omit<DenseParams, 'bias'>, null>
export function dense(features: number, options?: DenseOptions): Layer<DenseParams, null>
export function dense(
  features: number,
  { useBias = true, kernelInit = glorotUniform(), biasInit = zeros }: DenseOptions = {},
): Layer<DenseParams | Omit<DenseParams, 'bias'>, null> {
  return {
    name: 'dense',
    init(key, inputShape) {
      const inputs = inputShape.at(-1)
      if (inputs === undefined)
        fail('shape', {
          operation: 'nn.dense',
          shapes: [inputShape],
          expected: 'examples with at least one axis',
        })
      const kernel = kernelInit(key, [inputs, features])
      return { params: useBias ? { kernel, bias: biasInit(key, [features]) } : { kernel }, state: null }
    },
    apply: ({ params }, x) => [affineMap(params, x), null],
  }
}
