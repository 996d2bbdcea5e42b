/**
 * Dropout: in training, random elements are left out and the others made larger.
 */

import { checkDropRate, dropElements, keyForDropout } from '../dropping.js'
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
  checkDropRate(operation, 'rate', rate)
  return {
    name: 'dropout',
    init: () => ({ params: null, state: null }),
    apply: (_, x, { training = false, key } = {}) =>
      !training || rate === 0 ? [x, null] : [dropElements(x, rate, keyForDropout(operation, key)), null],
  }
}
