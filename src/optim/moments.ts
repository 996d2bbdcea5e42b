/**
 * Moving averages of updates and their squares, the memory of adaptive optimizers. Formulas are Optax's.
 */

import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { rest, scaled, type Hyperparameter } from './hyperparameter.js'
import { mapArrays, zerosLike, type ArrayTree } from './trees.js'

/** The count of steps before the first. */
export const zeroCount = (): NDArray => np.zeros([], { dtype: 'int32' })

/** decay · average + (1 - decay) · g^order, leaf by leaf. */
export const movingAverage = <P>(
  operation: string,
  updates: P,
  average: ArrayTree,
  decay: Hyperparameter,
  order: 1 | 2,
): P =>
  mapArrays(
    operation,
    (g, t) => np.add(scaled(order === 1 ? g : np.square(g), rest(decay)), scaled(t, decay)),
    updates,
    average,
  )

/** An average that began at 0, divided by the share 1 - decayⁿ of real terms in it. */
export function biasCorrected<P>(operation: string, average: P, decay: Hyperparameter, count: NDArray): P {
  // Half types could not hold the count; doubles keep their precision.
  const shareIn = (dtype: 'float32' | 'float64'): NDArray =>
    np.subtract(1, np.power(decay, np.astype(count, dtype)))
  const share = shareIn('float32')
  return mapArrays(
    operation,
    (t) => np.divide(t, t.dtype === 'float64' ? shareIn('float64') : np.astype(share, t.dtype)),
    average,
  )
}

/** Averages of g and g², and the number of steps. */
export interface MomentsState {
  readonly count: NDArray
  readonly mu: ArrayTree
  readonly nu: ArrayTree
}

export const zeroMoments = (operation: string, params: unknown): MomentsState => ({
  count: zeroCount(),
  mu: zerosLike(operation, params),
  nu: zerosLike(operation, params),
})
