/**
 * Adagrad's scaling.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as ops from '../../core/ops.js'
import * as np from '../../numpy/index.js'
import { checkNotNegative, inDTypeOf, shifted, type Hyperparameter } from '../hyperparameter.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, stateOf, type ArrayTree } from '../trees.js'

export interface AdagradOptions {
  /** Where the sums start; default 0.1. */
  readonly initialAccumulatorValue?: Hyperparameter
  /** Added under the root; default 1e-7. */
  readonly eps?: Hyperparameter
}

/**
 * g / √(s + eps) with the sum s ← s + g², 0 where s is 0. Source: Duchi et al. (2011).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rss = optim.scaleByRss({ initialAccumulatorValue: 0 })
 * rss.update(np.array([3, 0]), rss.init(np.zeros([2])))[0].js() // [1.00…, 0]
 * ```
 */
export function scaleByRss({
  initialAccumulatorValue = 0.1,
  eps = 1e-7,
}: AdagradOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByRss'
  checkNotNegative(operation, { initialAccumulatorValue, eps })
  const inverseRoot = (s: NDArray): NDArray => np.where(np.greater(s, 0), ops.rsqrt(shifted(s, eps)), 0)
  return transformation<{ readonly sums: ArrayTree }>({
    init: (params) => ({
      sums: stateOf(operation, (p) => np.fullLike(p, inDTypeOf(p, initialAccumulatorValue)), params),
    }),
    update: (updates, state) => {
      const sums = mapArrays(operation, (g, s) => np.add(np.square(g), s), updates, state.sums)
      const direction = mapArrays(operation, (g, s) => np.multiply(inverseRoot(s), g), updates, sums)
      return [direction, { sums: sums as ArrayTree }]
    },
  })
}
