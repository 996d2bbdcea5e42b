/**
 * The length of a tree.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import { arraysOf } from '../trees.js'

/**
 * The length of all leaves as one vector: √Σ x², a rank-0 array.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.globalNorm({ a: np.array([3]), b: np.array([4]) }).item() // 5
 * ```
 */
export function globalNorm(updates: unknown): NDArray {
  const squares = arraysOf('optim.globalNorm', updates).map((x) => np.sum(np.square(x)))
  return np.sqrt(squares.reduce(np.add, np.zeros([])))
}
