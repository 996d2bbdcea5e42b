/**
 * Whether gradients can be used at all.
 */

import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { arraysOf } from './trees.js'

/** Whether no leaf holds an infinity or NaN: a rank-0 bool. */
export const allFinite = (operation: string, tree: unknown): NDArray =>
  arraysOf(operation, tree)
    .map((x) => np.all(np.isfinite(x)))
    .reduce(np.logicalAnd, np.ones([], { dtype: 'bool' }))
