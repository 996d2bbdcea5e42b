/**
 * RMSProp's scaling.
 */

import * as ops from '../../core/ops.js'
import * as np from '../../numpy/index.js'
import { checkDecays, checkNotNegative, shifted, type Hyperparameter } from '../hyperparameter.js'
import { movingAverage } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { mapArrays, zerosLike, type ArrayTree } from '../trees.js'

export interface RmsOptions {
  /** The decay of the averages; default 0.9. */
  readonly decay?: Hyperparameter
  /** Added under the root; default 1e-8. */
  readonly eps?: Hyperparameter
}

/**
 * g / √(v + eps), v the moving average of g². Source: Tieleman & Hinton (2012).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const rms = optim.scaleByRms({ decay: 0 })
 * rms.update(np.array([0.5, -4]), rms.init(np.zeros([2])))[0].js() // [1.00…, -1.00…]
 * ```
 */
export function scaleByRms({ decay = 0.9, eps = 1e-8 }: RmsOptions = {}): GradientTransformation {
  const operation = 'optim.scaleByRms'
  checkDecays(operation, { decay })
  checkNotNegative(operation, { eps })
  return transformation<{ readonly nu: ArrayTree }>({
    init: (params) => ({ nu: zerosLike(operation, params) }),
    update: (updates, state) => {
      const nu = movingAverage(operation, updates, state.nu, decay, 2)
      const direction = mapArrays(
        operation,
        (g, v) => np.multiply(g, ops.rsqrt(shifted(v, eps))),
        updates,
        nu,
      )
      return [direction, { nu: nu as ArrayTree }]
    },
  })
}
