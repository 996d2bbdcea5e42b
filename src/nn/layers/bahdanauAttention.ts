/**
 * The additive attention layer, which recurrent decoders look at their encoders with.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { additiveAttention } from '../additiveAttention.js'
import { checkDropRate, keyForDropout } from '../dropping.js'
import { glorotUniform, type Initializer } from '../initializers/index.js'
import { affineMap, dense, type DenseParams } from './dense.js'
import type { ApplyOptions, Layer } from './layer.js'

export interface BahdanauAttentionParams {
  /** [features, units] */
  readonly query: Omit<DenseParams, 'bias'>
  /** [context features, units], and the bias of the sum */
  readonly key: DenseParams
  /** [units] */
  readonly weights: NDArray
}

export interface BahdanauAttentionOptions {
  /** Features of the context of `additiveCrossAttention`; default those of the input. */
  readonly contextFeatures?: number
  /** The rate of dropout of the attention weights, in training; default 0. */
  readonly dropout?: number
  /** default glorotUniform() */
  readonly kernelInit?: Initializer
}

export interface AdditiveCrossOptions extends ApplyOptions, Pick<BahdanauAttentionOptions, 'dropout'> {
  /** What is mixed, [batch, other length, …]; default the context. The identity matrix gives the weights themselves. */
  readonly values?: NDArray
}

/**
 * Additive attention of `x` [batch, length, features] to `context` [batch, other length, context features], with the
 * parameters of a `bahdanauAttention` layer: Σ α · context with α = softmax(w · tanh(x W + context U + b)). What a decoder
 * does with its state, as a sequence of length 1. `mask` [batch, other length] is false at padding.
 * [batch, length, context features]. Errors: `shape` for other ranks. Source: Bahdanau, Cho & Bengio (2015).
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.bahdanauAttention(16, { contextFeatures: 6 })
 * const { params } = layer.init(random.key(0), [1, 8])
 * const [state, memory] = [np.ones([2, 1, 8]), random.normal(random.key(1), [2, 5, 6])]
 * const seen = nn.additiveCrossAttention(params, state, memory)
 * const weights = nn.additiveCrossAttention(params, state, memory, { values: np.eye(5) })
 * console.log(seen.shape, weights.shape, weights.sum(-1).js()) // [2, 1, 6] [2, 1, 5] [[1.0], [1.0]]
 * ```
 */
export function additiveCrossAttention(
  params: BahdanauAttentionParams,
  x: NDArray,
  context: NDArray,
  { values = context, mask, dropout: rate = 0, training = false, key }: AdditiveCrossOptions = {},
): NDArray {
  const operation = 'nn.bahdanauAttention'
  if (x.ndim !== 3 || context.ndim !== 3) {
    fail('shape', {
      operation,
      shapes: [x.shape, context.shape],
      expected: 'sequences [batch, length, features]',
    })
  }
  const oneHead = (y: NDArray): NDArray => np.expandDims(y, 2)
  const all = values.ndim === 2 ? np.broadcastTo(values, [x.shape[0] ?? 1, ...values.shape]) : values
  const mixed = additiveAttention(
    oneHead(affineMap(params.query, x)),
    oneHead(affineMap(params.key, context)),
    oneHead(all),
    params.weights,
    {
      ...(mask === undefined ? {} : { mask: np.expandDims(mask, [1, 2]) }),
      ...(training && rate > 0 ? { dropout: { rate, key: keyForDropout(operation, key) } } : {}),
    },
  )
  return np.squeeze(mixed, 2)
}

/**
 * Additive self-attention with one hidden layer of `units`: [batch, length, features] → the same shape. With the context
 * of another sequence see `additiveCrossAttention`. `mask` of `apply`, [batch, length], is false at padding; in training
 * with dropout it needs a key. Errors: `shape` for examples that are not [length, features], `argument` for a rate
 * outside [0, 1). Source: Bahdanau, Cho & Bengio (2015), keras.layers.AdditiveAttention.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.bahdanauAttention(16)
 * const [y] = layer.apply(layer.init(random.key(0), [5, 8]), np.ones([2, 5, 8]))
 * console.log(y.shape) // [2, 5, 8]
 * ```
 */
export function bahdanauAttention(
  units: number,
  { contextFeatures, dropout = 0, kernelInit = glorotUniform() }: BahdanauAttentionOptions = {},
): Layer<BahdanauAttentionParams, null> {
  const operation = 'nn.bahdanauAttention'
  checkDropRate(operation, 'dropout', dropout)
  return {
    name: 'bahdanauAttention',
    init(key, inputShape) {
      const [, features] = inputShape
      if (inputShape.length !== 2 || features === undefined) {
        return fail('shape', {
          operation,
          shapes: [inputShape],
          expected: 'examples [length, features]',
          fix: 'The input shape is that of one example, without the batch.',
        })
      }
      const own = (i: number): random.Key => random.foldIn(key, i)
      const params = {
        query: dense(units, { useBias: false, kernelInit }).init(own(0), [features]).params,
        key: dense(units, { kernelInit }).init(own(1), [contextFeatures ?? features]).params,
        weights: np.squeeze(kernelInit(own(2), [units, 1]), 1),
      }
      return { params, state: null }
    },
    apply: ({ params }, x, options) => [additiveCrossAttention(params, x, x, { ...options, dropout }), null],
  }
}
