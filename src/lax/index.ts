/**
 * The lax namespace: functions close to the primitives, which neither broadcast nor promote.
 */

import '../install.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { map, type MapTree } from '../core/tree.js'
import { asArray } from '../numpy/promote.js'

export { dot, dotGeneral, type DotDimensions } from './contraction.js'
export * from './elementwise.js'
export { dynamicIndexInDim, dynamicSlice, dynamicSliceInDim, dynamicUpdateIndexInDim, dynamicUpdateSlice, dynamicUpdateSliceInDim, gather, scatter, scatterAdd, scatterMax, scatterMin, scatterMul, sort, sortKeyVal, topK, type GatherDimensions, type ScatterDimensions, type StartIndices } from './indexing.js'
export { broadcast, broadcastedIota, broadcastInDim, concatenate, expandDims, full, fullLike, indexInDim, iota, pad, reshape, rev, slice, sliceInDim, split, squeeze, transpose } from './movement.js'
export { argmax, argmin, cumlogsumexp, cummax, cummin, cumprod, cumsum, reduce, reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd, reduceSum, type Monoid } from './reductions.js'

/**
 * `x`, an array or a tree of arrays, as a constant: no derivative flows through it.
 *
 * @example
 * ```ts
 * import { grad, lax, numpy as np } from 'cotangent'
 * grad((x) => np.multiply(lax.stopGradient(x), x))(np.array(3)).item() // 3
 * ```
 */
export const stopGradient = <T>(x: T): MapTree<T, NDArray> => map((leaf: ArrayLike) => ops.stopGradient(asArray(leaf, 'lax.stopGradient')), x)
