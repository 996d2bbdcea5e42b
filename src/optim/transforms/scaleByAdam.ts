/**
 * Adam's scaling. m and v are moving averages of g and g², n the number of the step from 1.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import {
  checkDecays,
  checkNotNegative,
  rest,
  scaled,
  shifted,
  type Hyperparameter,
} from '../hyperparameter.js'
import { biasCorrected, movingAverage, zeroMoments, type MomentsState } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, type ArrayTree } from '../trees.js'

export interface AdamOptions {
  /** The decay of m; default 0.9. */
  readonly b1?: Hyperparameter
  /** The decay of v; default 0.999. */
  readonly b2?: Hyperparameter
  /** Added to the denominator; default 1e-8. */
  readonly eps?: Hyperparameter
  /** Added under the root; default 0. */
  readonly epsRoot?: Hyperparameter
  /** Look one step ahead (Dozat 2016); default false. */
  readonly nesterov?: boolean
}

/**
 * m̂ / (√(v̂ + epsRoot) + eps), both averages corrected for their start at 0. Source: Kingma & Ba (2014).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const adam = optim.scaleByAdam()
 * adam.update(np.array([0.1, -20]), adam.init(np.zeros([2])))[0].js() // [0.9999…, -0.9999…]
 * ```
 */
export function scaleByAdam(options: AdamOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByAdam'
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options
  checkDecays(operation, { b1, b2 })
  checkNotNegative(operation, { eps, epsRoot })
  const ahead = (m: NDArray, g: NDArray): NDArray => np.add(scaled(m, b1), scaled(g, rest(b1)))
  const root = (v: NDArray): NDArray => np.sqrt(epsRoot === 0 ? v : shifted(v, epsRoot))
  return transformation<MomentsState>({
    init: (params) => zeroMoments(operation, params),
    update: (updates, state) => {
      const mu = movingAverage(operation, updates, state.mu, b1, 1)
      const nu = movingAverage(operation, updates, state.nu, b2, 2)
      const count = np.add(state.count, 1)
      const corrected = <P>(average: P, n: NDArray): P => biasCorrected(operation, average, b1, n)
      const mean = nesterov
        ? mapArrays(operation, ahead, corrected(mu, np.add(count, 1)), corrected(updates, count))
        : corrected(mu, count)
      const direction = mapArrays(
        operation,
        (m, v) => np.divide(m, shifted(root(v), eps)),
        mean,
        biasCorrected(operation, nu, b2, count),
      )
      return [direction, { count, mu: mu as ArrayTree, nu: nu as ArrayTree }]
    },
  })
}
