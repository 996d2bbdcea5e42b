/**
 * What a metric is: three pure functions that gather a state batch by batch. Means of means would be wrong where the
 * last batch is smaller, so states are totals. All functions work under jit, and none is differentiable.
 */

import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { maskFor } from '../masks.js'

/** `S` is a tree of arrays; `B` what a batch consists of, at the end a mask that is false where nothing counts. */
export interface Metric<S, B extends readonly unknown[]> {
  /** The state before the first batch. */
  init(): S
  /** The state after a batch of any size. */
  update(state: S, ...batch: B): S
  /** The value of all batches so far. */
  compute(state: S): NDArray
}

/** Predictions, what they should be, and which of them count (default all). */
export type Batch = [predictions: ArrayLike, targets: ArrayLike, mask?: ArrayLike]

/** A share of all that was counted, in whole numbers. */
export interface ShareState {
  /** int32 */
  readonly hits: NDArray
  /** int32 */
  readonly count: NDArray
}

/** int32 zeros. */
export const counts = (shape: readonly number[] = []): NDArray => np.zeros(shape, { dtype: 'int32' })

/** How many of `bools` are true, where the mask is. */
export const countOf = (bools: NDArray, mask: ArrayLike | undefined, operation: string): NDArray => {
  const counted = mask === undefined ? bools : np.logicalAnd(bools, maskFor(mask, bools.shape, operation))
  return np.sum(np.astype(counted, 'int32'))
}

/** The share of elements of which `isHit` says true. */
export function share(
  isHit: (predictions: ArrayLike, targets: ArrayLike) => NDArray,
  operation: string,
): Metric<ShareState, Batch> {
  return {
    init: () => ({ hits: counts(), count: counts() }),
    update({ hits, count }, predictions, targets, mask) {
      const now = isHit(predictions, targets)
      return {
        hits: np.add(hits, countOf(now, mask, operation)),
        count: np.add(count, countOf(np.onesLike(now), mask, operation)),
      }
    },
    compute: ({ hits, count }) => np.divide(hits, count),
  }
}
