/**
 * The embedding layer: a learned vector for each of a number of tokens.
 */

import { isInteger } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { varianceScaling, type Initializer } from '../initializers/index.js'
import type { Layer } from './layer.js'

export interface EmbeddingParams {
  /** [tokens, features] */
  readonly embedding: NDArray
}

export interface EmbeddingOptions {
  /** default normal with variance 1 / features (Flax's) */
  readonly embeddingInit?: Initializer
}

/**
 * Integers in [0, tokens) become vectors: [batch, ...] → [batch, ..., features]. A token out of range gives NaN;
 * negative ones count from the end. Differentiable in the vectors. Errors: `dtype` for inputs that are no integers.
 * Source: flax.linen.Embed.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.embedding(1000, 16)
 * const tokens = np.array([[3, 1, 4]], { dtype: 'int32' })
 * console.log(layer.apply(layer.init(random.key(0), [3]), tokens)[0].shape) // [1, 3, 16]
 * ```
 */
export function embedding(
  tokens: number,
  features: number,
  {
    // Each row is one vector of `features` numbers, whatever the number of tokens.
    embeddingInit = varianceScaling(1, 'fan_in', 'normal', { inAxis: -1, outAxis: 0 }),
  }: EmbeddingOptions = {},
): Layer<EmbeddingParams, null> {
  return {
    name: 'embedding',
    inputDType: 'int32',
    init: (key) => ({ params: { embedding: embeddingInit(key, [tokens, features]) }, state: null }),
    apply({ params }, x) {
      if (!isInteger(x.dtype)) {
        fail('dtype', {
          operation: 'nn.embedding',
          dtypes: [x.dtype],
          expected: 'integer tokens',
          fix: "Convert with astype('int32').",
        })
      }
      return [np.take(params.embedding, x, 0), null]
    },
  }
}
