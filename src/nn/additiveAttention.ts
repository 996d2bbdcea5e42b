/**
 * Additive attention: softmax(Σ w · tanh(q + k)) v, for each head.
 * Source: Bahdanau, Cho & Bengio (2015); keras.layers.AdditiveAttention.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { asFloat } from '../numpy/promote.js'
import { checkAttention, mixed, shared, type AttentionOptions } from './attention.js'

/**
 * Attention over `key` and `value` for each `query`, [batch, length, heads, features], whose logits are
 * Σ weights · tanh(query + key) over the features; `weights` broadcasts to [heads, features]. Queries and keys come
 * already projected (by `dense` layers, say). Masks, bias and shared heads are those of `dotProductAttention`.
 * Differentiable in all arrays. Errors: `shape` where the operands do not fit.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const [query, memory] = [np.ones([2, 1, 1, 8]), np.ones([2, 5, 1, 8])]
 * console.log(nn.additiveAttention(query, memory, memory, np.ones([8])).shape) // [2, 1, 1, 8]
 * ```
 */
export function additiveAttention(
  query: NDArray,
  key: NDArray,
  value: NDArray,
  weights: ArrayLike,
  options: Omit<AttentionOptions, 'scale'> = {},
): NDArray {
  const operation = 'nn.additiveAttention'
  const [q, k, v] = [query, key, value].map((x) => asFloat(x, operation)) as [NDArray, NDArray, NDArray]
  checkAttention(q, k, v, operation)
  // [batch, queries, keys, heads, features]; the sum over features makes it small again.
  const sums = np.add(np.expandDims(q, 2), np.expandDims(shared(k, q.shape[2] ?? 1), 1))
  const logits = np.sum(np.multiply(np.tanh(sums), weights), -1)
  return mixed(np.moveaxis(logits, -1, 1), v, options, operation)
}
