/**
 * The multi-head attention layer: every position looks at the others.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import type { Shape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { dotProductAttention, type AttentionOptions } from '../attention.js'
import { checkDropRate, keyForDropout } from '../dropping.js'
import type { Initializer } from '../initializers/index.js'
import { rotary as turned } from '../rotary.js'
import { affineMap, dense, type DenseParams } from './dense.js'
import type { ApplyOptions, Layer } from './layer.js'

/** Projections as of dense layers; their features are [heads, features of a head], heads first. */
export interface MultiHeadAttentionParams<D = DenseParams> {
  readonly query: D
  readonly key: D
  readonly value: D
  readonly output: D
}

export interface MultiHeadAttentionOptions {
  /** How many heads; queries of each look at keys of its own. */
  readonly heads: number
  /** Features of a query or key of one head; default the features of the input / heads. */
  readonly keyFeatures?: number
  /** Heads of keys and values, each shared by equal groups of query heads; default `heads`. */
  readonly keyValueHeads?: number
  /** Whether position i sees positions 0 … i only; default false. */
  readonly causal?: boolean
  /** Whether queries and keys are turned by their positions (`nn.rotary`); default false. */
  readonly rotary?: boolean
  /** Whether the projections have biases; default true. */
  readonly useBias?: boolean
  /** The rate of dropout of the attention weights, in training; default 0. */
  readonly dropout?: number
  /** Of the projections; default glorotUniform(). */
  readonly kernelInit?: Initializer
}

type AnyParams = MultiHeadAttentionParams<DenseParams | Omit<DenseParams, 'bias'>>
type CrossOptions = Pick<MultiHeadAttentionOptions, 'heads' | 'causal' | 'rotary' | 'dropout'> & ApplyOptions

/**
 * Multi-head attention of `x` [batch, length, features] to `context` [batch, other length, features], with the
 * parameters of a `multiHeadAttention` layer: what decoders do. `mask` [batch, other length] is false at padding.
 * With `dropout` it takes `training` and a key, as `apply` does.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const { params } = nn.multiHeadAttention({ heads: 2 }).init(random.key(0), [5, 8])
 * console.log(nn.crossAttention(params, np.ones([1, 5, 8]), np.ones([1, 7, 8]), { heads: 2 }).shape) // [1, 5, 8]
 * ```
 */
export function crossAttention(
  params: AnyParams,
  x: NDArray,
  context: NDArray,
  {
    heads,
    causal = false,
    rotary = false,
    mask,
    dropout: rate = 0,
    training = false,
    key: own,
  }: CrossOptions,
): NDArray {
  const operation = 'nn.multiHeadAttention'
  for (const input of [x, context]) checkSequence(operation, input.shape.slice(1))
  const size = (params.query.kernel.shape[1] ?? 0) / heads
  const split = (y: NDArray): NDArray => np.reshape(y, [...y.shape.slice(0, -1), -1, size])
  const placed = (y: NDArray): NDArray => (rotary ? turned(split(y)) : split(y))
  const [query, key] = [placed(affineMap(params.query, x)), placed(affineMap(params.key, context))]
  const options: AttentionOptions = {
    isCausal: causal,
    ...(mask === undefined ? {} : { mask: np.expandDims(mask, [1, 2]) }),
    ...(training && rate > 0 ? { dropout: { rate, key: keyForDropout(operation, own) } } : {}),
  }
  const y = dotProductAttention(query, key, split(affineMap(params.value, context)), options)
  return affineMap(params.output, np.reshape(y, [...x.shape.slice(0, -1), heads * size]))
}

function checkSequence(operation: string, inputShape: Shape): void {
  if (inputShape.length === 2) return
  fail('shape', {
    operation,
    shapes: [inputShape],
    expected: 'examples [length, features]',
    fix: 'The input shape is that of one example, without the batch.',
  })
}

/**
 * Multi-head self-attention: [batch, length, features] → the same shape. Queries, keys and values are projections of
 * the input, `heads` times attended (`dotProductAttention`) and projected back. `mask` of `apply`, [batch, length], is
 * false at padding, which nobody looks at. In training with dropout it needs a key. Errors: `argument` where heads do
 * not divide what they have to, for a rate outside [0, 1) and without a key, `shape`.
 * Source: Vaswani et al. (2017), torch.nn.MultiheadAttention, flax.linen.MultiHeadDotProductAttention.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.multiHeadAttention({ heads: 4, causal: true })
 * const variables = layer.init(random.key(0), [10, 32])
 * const [y] = layer.apply(variables, np.ones([2, 10, 32]))
 * console.log(variables.params.query.kernel.shape, y.shape) // [32, 32] [2, 10, 32]
 * ```
 */
export function multiHeadAttention(
  options: MultiHeadAttentionOptions & { readonly useBias: false },
): Layer<MultiHeadAttentionParams<Omit<DenseParams, 'bias'>>, null>
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer<MultiHeadAttentionParams, null>
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer<AnyParams, null> {
  const operation = 'nn.multiHeadAttention'
  const { heads, keyFeatures, keyValueHeads = heads, useBias = true, kernelInit, dropout = 0 } = options
  checkDropRate(operation, 'dropout', dropout)
  const divides = (argument: string, received: number, n: number, what: string): void => {
    if (Number.isInteger(received) && received >= 1 && n % received === 0) return
    const expected = `a whole number that divides the ${n} ${what}`
    fail('argument', { operation, argument, received: String(received), expected })
  }
  return {
    name: 'multiHeadAttention',
    init(key, inputShape) {
      checkSequence(operation, inputShape)
      const features = inputShape[1] ?? 0
      divides('heads', heads, keyFeatures === undefined ? features : heads, 'features')
      divides('keyValueHeads', keyValueHeads, heads, 'heads')
      const size = keyFeatures ?? features / heads
      const projection = (i: number, from: number, to: number): AnyParams['query'] => {
        const layer = dense(to, { useBias, ...(kernelInit === undefined ? {} : { kernelInit }) })
        return layer.init(random.foldIn(key, i), [from]).params
      }
      const params: AnyParams = {
        query: projection(0, features, heads * size),
        key: projection(1, features, keyValueHeads * size),
        value: projection(2, features, keyValueHeads * size),
        output: projection(3, heads * size, features),
      }
      return { params, state: null }
    },
    apply: ({ params }, x, given) => [crossAttention(params, x, x, { ...given, ...options }), null],
  }
}
