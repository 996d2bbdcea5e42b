/**
 * Adadelta's scaling.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkDecays, checkNotNegative, shifted, type Hyperparameter } from '../hyperparameter.js'
import { movingAverage } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, zerosLike, type ArrayTree } from '../trees.js'

export interface AdadeltaOptions {
  /** The decay of the averages; default 0.9. */
  readonly rho?: Hyperparameter
  /** Added under the roots; default 1e-6. */
  readonly eps?: Hyperparameter
}

/**
 * d = g √(x + eps) / √(v + eps) with v and x the moving averages of g² and d². Source: Zeiler (2012).
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.scaleByAdadelta(), optim.scaleByLearningRate(1))
 * ```
 */
export function scaleByAdadelta({ rho = 0.9, eps = 1e-6 }: AdadeltaOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByAdadelta'
  checkDecays(operation, { rho })
  checkNotNegative(operation, { eps })
  const root = (v: NDArray): NDArray => np.sqrt(shifted(v, eps))
  return transformation<{ readonly nu: ArrayTree; readonly steps: ArrayTree }>({
    init: (params) => ({ nu: zerosLike(operation, params), steps: zerosLike(operation, params) }),
    update: (updates, state) => {
      const nu = movingAverage(operation, updates, state.nu, rho, 2)
      const direction = mapArrays(
        operation,
        (g, v, x) => np.multiply(np.divide(root(x), root(v)), g),
        updates,
        nu,
        state.steps,
      )
      const steps = movingAverage(operation, direction, state.steps, rho, 2)
      return [direction, { nu: nu as ArrayTree, steps: steps as ArrayTree }]
    },
  })
}
