/**
 * The learned positional encoding.
 */

import { fail } from '../../core/errors.js'
import * as np from '../../numpy/index.js'
import { sliceAxis } from '../../numpy/promote.js'
import { normal, type Initializer } from '../initializers/index.js'
import type { EmbeddingParams } from './embedding.js'
import type { Layer } from './layer.js'

export interface PositionalEmbeddingOptions {
  /** default normal(0.02), as in GPT-2 and BERT */
  readonly embeddingInit?: Initializer
}

/**
 * Adds a learned vector for each position: [batch, length, features] → the same shape, for any length up to
 * `maxLength`. Errors: `shape` for longer inputs and other ranks. Source: Gehring et al. (2017), GPT-2.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const model = nn.sequential(nn.embedding(100, 8), nn.positionalEmbedding(32))
 * const tokens = np.zeros([2, 10], { dtype: 'int32' })
 * console.log(model.apply(model.init(random.key(0), [10]), tokens)[0].shape) // [2, 10, 8]
 * ```
 */
export function positionalEmbedding(
  maxLength: number,
  { embeddingInit = normal(0.02) }: PositionalEmbeddingOptions = {},
): Layer<EmbeddingParams, null> {
  return {
    name: 'positionalEmbedding',
    init: (key, inputShape) => ({
      params: { embedding: embeddingInit(key, [maxLength, inputShape.at(-1) ?? 1]) },
      state: null,
    }),
    apply({ params }, x) {
      const length = x.shape[1] ?? 0
      if (x.ndim !== 3 || length > maxLength) {
        fail('shape', {
          operation: 'nn.positionalEmbedding',
          shapes: [x.shape],
          expected: `[batch, length, features] with a length of at most ${maxLength}`,
        })
      }
      return [np.add(x, sliceAxis(params.embedding, 0, 0, length)), null]
    },
  }
}
