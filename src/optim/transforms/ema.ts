/**
 * The exponential moving average of updates.
 */

import type { DType } from '../../core/dtype.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { checkDecays, type Hyperparameter } from '../hyperparameter.js'
import { biasCorrected, movingAverage, zeroCount } from '../moments.js'
import { transformation, type GradientTransformation } from '../transformation.js'
import { stateOf, type ArrayTree } from '../trees.js'

export interface EmaOptions {
  /** Divide by the share of real terms in an average that began at 0; default true. */
  readonly debias?: boolean
  /** The dtype in which the average is kept; default that of the parameters. */
  readonly accumulatorDtype?: DType
}

interface EmaState {
  readonly count: NDArray
  readonly ema: ArrayTree
}

/**
 * The moving average a ← decay · a + (1 - decay) · g of the updates, from 0. Unlike `trace`, which adds g as it is.
 * For an average of parameters see `incrementalUpdate`. Source: optax.ema.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const smooth = optim.ema(0.9)
 * const [, state] = smooth.update(np.array([1]), smooth.init(np.array([0])))
 * smooth.update(np.array([3]), state)[0].js() // [2.05…]
 * ```
 */
export function ema(
  decay: Hyperparameter,
  { debias = true, accumulatorDtype }: EmaOptions = {},
): GradientTransformation {
  const operation = 'optim.ema'
  checkDecays(operation, { decay })
  const kept = (x: NDArray): NDArray => np.astype(x, accumulatorDtype ?? x.dtype)
  return transformation<EmaState>({
    init: (params) => ({
      count: zeroCount(),
      ema: stateOf(operation, (p) => kept(np.zerosLike(p)), params),
    }),
    update: (updates, state) => {
      const average = movingAverage(operation, updates, state.ema, decay, 1)
      const count = np.add(state.count, 1)
      const next = { count, ema: stateOf(operation, kept, average) }
      return [debias ? biasCorrected(operation, average, decay, count) : average, next]
    },
  })
}
