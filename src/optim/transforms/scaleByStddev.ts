/**
 * The scaling of centered RMSProp.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as ops from '../../core/ops.js'
import * as np from '../../numpy/index.js'
import { checkDecays, checkNotNegative, shifted } from '../hyperparameter.js'
import { movingAverage, type MomentsState } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, zerosLike, type ArrayTree } from '../trees.js'
import type { RmsOptions } from './scaleByRms.js'

/**
 * g / √(v - m² + eps), m and v the moving averages of g and g². Source: Graves (2013).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.scaleByStddev(), optim.scaleByLearningRate(1e-3))
 * ```
 */
export function scaleByStddev({ decay = 0.9, eps = 1e-8 }: RmsOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByStddev'
  checkDecays(operation, { decay })
  checkNotNegative(operation, { eps })
  const spread = (m: NDArray, v: NDArray): NDArray => shifted(np.subtract(v, np.square(m)), eps)
  return transformation<Omit<MomentsState, 'count'>>({
    init: (params) => ({ mu: zerosLike(operation, params), nu: zerosLike(operation, params) }),
    update: (updates, state) => {
      const mu = movingAverage(operation, updates, state.mu, decay, 1)
      const nu = movingAverage(operation, updates, state.nu, decay, 2)
      const direction = mapArrays(
        operation,
        (g, m, v) => np.multiply(g, ops.rsqrt(spread(m, v))),
        updates,
        mu,
        nu,
      )
      return [direction, { mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })
}
