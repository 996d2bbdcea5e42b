/**
 * Dropout: in training, random elements are left out and the others made larger.
 */

import { fail } from '../../core/errors.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import type { Layer } from './layer.js'

/**
 * In training each element becomes 0 with probability `rate`, the others are divided by 1 - rate; otherwise nothing
 * happens. Same shape and dtype. Errors: `argument` for a rate outside [0, 1), and in training without a key.
 * Source: Srivastava et al. (2014), flax.linen.Dropout.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const [y] = nn.dropout(0.5).apply({ params: null, state: null }, np.ones([4]), { training: true, key: random.key(0) })
 * console.log(y.max().item()) // 2
 * ```
 */
export function dropout(rate: number): Layer<null, null> {
  const operation = 'nn.dropout'
  if (!(rate >= 0 && rate < 1)) {
    fail('argument', {
      operation,
      argument: 'rate',
      received: String(rate),
      expected: 'at least 0 and below 1',
    })
  }
  return {
    name: 'dropout',
    init: () => ({ params: null, state: null }),
    apply(_, x, { training = false, key } = {}) {
      if (!training || rate === 0) return [x, null]
      if (key === undefined) {
        fail('argument', {
          operation,
          argument: 'key',
          received: 'undefined',
          expected: 'a random key in training',
          fix: 'Call apply(variables, x, { training: true, key }), with another key in each step (random.foldIn(key, step)).',
        })
      }
      const kept = random.bernoulli(key, 1 - rate, x.shape)
      return [np.where(kept, np.divide(x, 1 - rate), 0), null]
    },
  }
}
