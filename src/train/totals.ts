/**
 * What an epoch adds up on the device: means weighted by rows, the first step whose loss was not finite.
 */

import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'

/** A mean of scalars and the weight that it stands for. */
export interface Mean {
  readonly mean: NDArray
  readonly weight: NDArray
}

export const noMean = (): Mean => ({ mean: np.zeros([]), weight: np.zeros([]) })

/** The mean with one more value: mean + (x − mean) · w / W, which loses nothing as a sum grows. */
export function updateMean({ mean, weight }: Mean, value: NDArray, rows: number): Mean {
  const total = np.add(weight, rows)
  const share = np.divide(rows, np.maximum(total, 1))
  return { mean: np.add(mean, np.multiply(np.subtract(value, mean), share)), weight: total }
}

/** int32: the first step (from 1) whose loss is not finite; 0 while there is none. */
export function firstNonFinite(before: NDArray, loss: NDArray, step: NDArray): NDArray {
  const isFirst = np.logicalAnd(np.equal(before, 0), np.logicalNot(np.isfinite(loss)))
  return np.where(isFirst, step, before)
}
