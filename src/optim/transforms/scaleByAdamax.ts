/**
 * AdaMax's scaling.
 */

import * as np from '../../numpy/index.js'
import { checkDecays, checkNotNegative, scaled, shifted } from '../hyperparameter.js'
import { biasCorrected, movingAverage, zeroMoments, type MomentsState } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, type ArrayTree } from '../trees.js'
import type { AdamOptions } from './scaleByAdam.js'

export type AdamaxOptions = Omit<AdamOptions, 'epsRoot' | 'nesterov'>

/**
 * m̂ / u with u ← max(b2 u, |g| + eps). Source: Kingma & Ba (2014), section 7.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.scaleByAdamax({ b2: 0.99 }), optim.scaleByLearningRate(2e-3))
 * ```
 */
export function scaleByAdamax({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
}: AdamaxOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByAdamax'
  checkDecays(operation, { b1, b2 })
  checkNotNegative(operation, { eps })
  return transformation<MomentsState>({
    init: (params) => zeroMoments(operation, params),
    update: (updates, state) => {
      const count = np.add(state.count, 1)
      const mu = movingAverage(operation, updates, state.mu, b1, 1)
      const nu = mapArrays(
        operation,
        (g, u) => np.maximum(shifted(np.abs(g), eps), scaled(u, b2)),
        updates,
        state.nu,
      )
      const mean = biasCorrected(operation, mu, b1, count)
      const direction = mapArrays(operation, (m, u) => np.divide(m, u), mean, nu)
      return [direction, { count, mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })
}
