/**
 * Scaled dot-product attention: softmax(q kᵀ · scale + bias) v, for each head.
 * Source: Vaswani et al. (2017); masks and shapes as in jax.nn.dot_product_attention.
 */

import { floatInfo } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { sameShape } from '../core/shape.js'
import * as np from '../numpy/index.js'
import { asFloat } from '../numpy/promote.js'
import { checkFloat } from '../random/uniform.js'
import { checkDropRate, dropElements } from './dropping.js'
import type { Key } from '../random/index.js'
import { softmax } from './softmax.js'

export interface AttentionOptions {
  /** Added to the logits; broadcasts to [batch, heads, queries, keys]. */
  readonly bias?: ArrayLike
  /** Bools; positions where it is false are ignored. Broadcasts to [batch, heads, queries, keys]. */
  readonly mask?: ArrayLike
  /** default 1 / √features */
  readonly scale?: number
  /** Whether query i sees keys 0 … i only; default false. */
  readonly isCausal?: boolean
  /** [batch] numbers of valid keys; later ones are ignored. */
  readonly keyValueSeqLengths?: ArrayLike
  /** Dropout of the attention weights, each for itself: where given, it is done. */
  readonly dropout?: AttentionDropout
}

export interface AttentionDropout {
  /** The probability that a weight becomes 0, in [0, 1); the others are divided by 1 - rate. */
  readonly rate: number
  readonly key: Key
}

/** Where attention is allowed, or null for everywhere: bools that broadcast to [batch, heads, queries, keys]. */
function allowed(
  queries: number,
  keys: number,
  { mask, isCausal = false, keyValueSeqLengths }: AttentionOptions,
): NDArray | null {
  const masks: ArrayLike[] = mask === undefined ? [] : [mask]
  if (isCausal) masks.push(np.tri(queries, keys, 0, { dtype: 'bool' }))
  if (keyValueSeqLengths !== undefined) {
    const lengths = np.expandDims(keyValueSeqLengths, [1, 2, 3])
    masks.push(np.less(np.arange(keys, null, 1, { dtype: 'int32' }), lengths))
  }
  return masks.length === 0 ? null : masks.map((m) => np.astype(m, 'bool')).reduce(np.logicalAnd)
}

/**
 * Attention over `key` and `value` for each `query`: [batch, queries, heads, features] (the batch may be absent).
 * Keys and values may have fewer heads, which then serve equal groups of query heads.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const [a, b, c] = [...random.split(random.key(0), 3)].map((key) => random.normal(key, [2, 5, 4, 8]))
 * if (a && b && c) console.log(nn.dotProductAttention(a, b, c, { isCausal: true }).shape) // [2, 5, 4, 8]
 * ```
 */
export function dotProductAttention(
  query: NDArray,
  key: NDArray,
  value: NDArray,
  options: AttentionOptions = {},
): NDArray {
  const operation = 'nn.dotProductAttention'
  const inputs = [query, key, value].map((x) => asFloat(x, operation)) as [NDArray, NDArray, NDArray]
  const batched = query.ndim === 4
  const [q, k, v] = batched ? inputs : (inputs.map((x) => np.expandDims(x, 0)) as typeof inputs)
  checkAttention(q, k, v, operation)
  const [, , heads, features] = q.shape as readonly [number, number, number, number]
  const { scale = 1 / Math.sqrt(features) } = options
  // [batch, heads, queries, keys]
  const products = ops.dotGeneral(q, shared(k, heads), {
    lhsContract: [3],
    rhsContract: [3],
    lhsBatch: [0, 2],
    rhsBatch: [0, 2],
  })
  const out = mixed(np.multiply(products, scale), v, options, operation)
  return batched ? out : np.squeeze(out, 0)
}

/**
 * The values of [batch, keys, heads, features] weighted by the softmax of `products` [batch, heads, queries, keys], to
 * which bias and masks are applied: [batch, queries, heads, features].
 */
export function mixed(
  products: NDArray,
  value: NDArray,
  options: Omit<AttentionOptions, 'scale'>,
  operation: string,
): NDArray {
  const { bias, dropout } = options
  if (dropout !== undefined) checkDropRate(operation, 'dropout.rate', dropout.rate)
  const [, heads = 0, queries = 0, keys = 0] = products.shape
  const logits = bias === undefined ? products : np.add(products, bias)
  const mask = allowed(queries, keys, options)
  // Not -inf: a query that may see nothing gets the mean of all values, not NaN.
  const lowest = -0.7 * floatInfo(checkFloat(logits.dtype, operation)).max
  const weights = softmax(mask === null ? logits : np.where(mask, logits, lowest))
  const kept = dropout === undefined ? weights : dropElements(weights, dropout.rate, dropout.key)
  const mixture = ops.dotGeneral(kept, shared(value, heads), {
    lhsContract: [3],
    rhsContract: [1],
    lhsBatch: [0, 1],
    rhsBatch: [0, 2],
  })
  return np.swapaxes(mixture, 1, 2)
}

/** Each head repeated for its group of query heads. */
export function shared(x: NDArray, heads: number): NDArray {
  const [batch = 0, length = 0, own = 0, features = 0] = x.shape
  if (own === heads) return x
  const group = heads / own
  const repeated = ops.broadcastInDim(x, [batch, length, own, group, features], [0, 1, 2, 4])
  return ops.reshape(repeated, [batch, length, heads, features])
}

/** An error unless queries, keys and values [batch, length, heads, features] fit together. */
export function checkAttention(q: NDArray, k: NDArray, v: NDArray, operation: string): void {
  const [batch, , heads = 0, features] = q.shape
  const fits =
    q.ndim === 4 &&
    k.ndim === 4 &&
    k.shape[0] === batch &&
    k.shape[3] === features &&
    heads % (k.shape[2] ?? 0) === 0
  if (fits && v.ndim === 4 && sameShape(v.shape.slice(0, 3), k.shape.slice(0, 3))) return
  fail('shape', {
    operation,
    shapes: [q.shape, k.shape, v.shape],
    expected:
      '[batch, length, heads, features] with one batch, equal features of query and key, and key heads that divide query heads',
  })
}
