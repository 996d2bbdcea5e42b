/**
 * Lion's direction.
 */

import * as np from '../../numpy/index.js'
import { checkDecays, type Hyperparameter } from '../hyperparameter.js'
import { movingAverage } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, zerosLike, type ArrayTree } from '../trees.js'

export interface LionOptions {
  /** The decay that the update sees; default 0.9. */
  readonly b1?: Hyperparameter
  /** The decay of the average that is kept; default 0.99. */
  readonly b2?: Hyperparameter
}

/**
 * sign(b1 m + (1 - b1) g) with m ← b2 m + (1 - b2) g. Source: Chen et al. (2023).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const lion = optim.scaleByLion()
 * lion.update(np.array([0.01, -7, 0]), lion.init(np.zeros([3])))[0].js() // [1, -1, 0]
 * ```
 */
export function scaleByLion({ b1 = 0.9, b2 = 0.99 }: LionOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByLion'
  checkDecays(operation, { b1, b2 })
  return transformation<{ readonly mu: ArrayTree }>({
    init: (params) => ({ mu: zerosLike(operation, params) }),
    update: (updates, state) => {
      const mixed = movingAverage(operation, updates, state.mu, b1, 1)
      const mu = movingAverage(operation, updates, state.mu, b2, 1)
      return [mapArrays(operation, (x) => np.sign(x), mixed), { mu: mu as ArrayTree }]
    },
  })
}
