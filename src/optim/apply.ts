/**
 * Putting updates into parameters.
 */

import type { ArrayLike } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { mapArrays } from './trees.js'

/**
 * params + updates, in the dtypes of the parameters.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.applyUpdates({ w: np.array([1, 2]) }, { w: np.array([-1, 1]) }).w.js() // [0, 3]
 * ```
 */
export function applyUpdates<P>(params: P, updates: P): P {
  return mapArrays('optim.applyUpdates', (p, u) => np.astype(np.add(p, u), p.dtype), params, updates)
}

/**
 * stepSize · newTensors + (1 - stepSize) · oldTensors: a moving average of parameters, for evaluation or a target
 * network.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.incrementalUpdate(np.array([10]), np.array([0]), 0.1).js() // [1]
 * ```
 */
export function incrementalUpdate<P>(newTensors: P, oldTensors: P, stepSize: ArrayLike): P {
  const remaining = np.subtract(1, stepSize)
  return mapArrays(
    'optim.incrementalUpdate',
    (x, old) => np.add(np.multiply(x, stepSize), np.multiply(old, remaining)),
    newTensors,
    oldTensors,
  )
}
