/**
 * lax functions whose positions are data: dynamic slices and updates (clamped to fit), gather and scatter.
 */

import { constant } from '../core/constants.js'
import { isFloat, integerRange, isUnsigned, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, type Shape } from '../core/shape.js'
import type { IndexMode, ScatterParams } from '../core/primitives/indexing.js'
import { asArray, fillLike, sliceAxis } from '../numpy/promote.js'
import { topK as numpyTopK } from '../numpy/sorting.js'

/** Start indices: numbers and rank-0 arrays, or one integer vector. */
export type StartIndices = readonly ArrayLike[] | NDArray

/** Rank-0 integers, one for each axis; negative ones count from the end. */
function starts(operation: string, x: NDArray, indices: StartIndices): NDArray[] {
  const list =
    indices instanceof NDArray
      ? vectorItems(operation, indices)
      : indices.map((i) => asArray(i, operation, 'int32'))
  if (list.length !== x.ndim) {
    fail('argument', {
      operation,
      argument: 'startIndices',
      received: `${list.length} of them`,
      expected: `one for each of the ${x.ndim} axes`,
    })
  }
  return list.map((start, axis) => fromEnd(start, x.shape[axis] ?? 0))
}

function vectorItems(operation: string, indices: NDArray): NDArray[] {
  if (indices.ndim !== 1)
    fail('shape', { operation, shapes: [indices.shape], expected: 'a vector of start indices' })
  return Array.from({ length: indices.size }, (_, i) => ops.reshape(sliceAxis(indices, 0, i, i + 1), []))
}

function fromEnd(start: NDArray, n: number): NDArray {
  if (isUnsigned(start.dtype)) return start
  return ops.select(ops.lt(start, ops.zerosLike(start)), ops.add(start, fillLike(start, n)), start)
}

/** The block of shape `sliceSizes` at `startIndices`, which are clamped so that it fits. */
export function dynamicSlice(operand: ArrayLike, startIndices: StartIndices, sliceSizes: Shape): NDArray {
  const x = asArray(operand, 'lax.dynamicSlice')
  return ops.dynamicSlice(x, starts('lax.dynamicSlice', x, startIndices), sliceSizes)
}

/** The start indices of a block that is placed along one axis only. */
function along(
  operation: string,
  x: NDArray,
  start: ArrayLike,
  axis: number,
): [list: NDArray[], axis: number] {
  const d = normalizeAxis(axis, x.shape, operation)
  return [
    starts(
      operation,
      x,
      x.shape.map((_, i) => (i === d ? start : 0)),
    ),
    d,
  ]
}

/** `sliceSize` elements from `startIndex` along one axis. */
export function dynamicSliceInDim(
  operand: ArrayLike,
  startIndex: ArrayLike,
  sliceSize: number,
  axis = 0,
): NDArray {
  const x = asArray(operand, 'lax.dynamicSliceInDim')
  const [list, d] = along('lax.dynamicSliceInDim', x, startIndex, axis)
  return ops.dynamicSlice(
    x,
    list,
    x.shape.map((n, i) => (i === d ? sliceSize : n)),
  )
}

/** The slice at `index` along one axis, which stays with size 1 unless keepdims is false. */
export function dynamicIndexInDim(
  operand: ArrayLike,
  index: ArrayLike,
  axis = 0,
  { keepdims = true }: { readonly keepdims?: boolean } = {},
): NDArray {
  const part = dynamicSliceInDim(operand, index, 1, axis)
  const d = normalizeAxis(axis, part.shape, 'lax.dynamicIndexInDim')
  return keepdims
    ? part
    : ops.reshape(
        part,
        part.shape.filter((_, i) => i !== d),
      )
}

/** `operand` with the block at `startIndices` replaced by `update`; the start is clamped so that it fits. */
export function dynamicUpdateSlice(
  operand: ArrayLike,
  update: ArrayLike,
  startIndices: StartIndices,
): NDArray {
  const x = asArray(operand, 'lax.dynamicUpdateSlice')
  return ops.dynamicUpdateSlice(
    x,
    asArray(update, 'lax.dynamicUpdateSlice', x.dtype),
    starts('lax.dynamicUpdateSlice', x, startIndices),
  )
}

/** `operand` with the elements from `startIndex` along one axis replaced by `update`. */
export function dynamicUpdateSliceInDim(
  operand: ArrayLike,
  update: ArrayLike,
  startIndex: ArrayLike,
  axis: number,
): NDArray {
  const x = asArray(operand, 'lax.dynamicUpdateSliceInDim')
  return ops.dynamicUpdateSlice(
    x,
    asArray(update, 'lax.dynamicUpdateSliceInDim', x.dtype),
    along('lax.dynamicUpdateSliceInDim', x, startIndex, axis)[0],
  )
}

/** `operand` with the slice at `index` along one axis replaced by `update` (with or without that axis). */
export function dynamicUpdateIndexInDim(
  operand: ArrayLike,
  update: ArrayLike,
  index: ArrayLike,
  axis: number,
): NDArray {
  const x = asArray(operand, 'lax.dynamicUpdateIndexInDim')
  const patch = asArray(update, 'lax.dynamicUpdateIndexInDim', x.dtype)
  const [list, d] = along('lax.dynamicUpdateIndexInDim', x, index, axis)
  const shaped =
    patch.ndim === x.ndim
      ? patch
      : ops.reshape(
          patch,
          x.shape.map((n, i) => (i === d ? 1 : n)),
        )
  return ops.dynamicUpdateSlice(x, shaped, list)
}

export interface GatherDimensions {
  readonly offsetDims: readonly number[]
  readonly collapsedSliceDims: readonly number[]
  readonly startIndexMap: readonly number[]
  readonly operandBatchingDims?: readonly number[]
  readonly startIndicesBatchingDims?: readonly number[]
}
interface GatherOptions {
  readonly mode?: IndexMode
  readonly fillValue?: number
}

const missing = (dtype: DType): number =>
  isFloat(dtype)
    ? NaN
    : dtype === 'bool'
      ? 1
      : isUnsigned(dtype)
        ? integerRange(dtype).max
        : integerRange(dtype).min

/** XLA's gather: slices of shape `sliceSizes` at the index vectors in the last axis of `startIndices`. */
export function gather(
  operand: ArrayLike,
  startIndices: ArrayLike,
  dimensions: GatherDimensions,
  sliceSizes: Shape,
  { mode = 'fill', fillValue }: GatherOptions = {},
): NDArray {
  const x = asArray(operand, 'lax.gather')
  const { startIndicesBatchingDims = [], operandBatchingDims = [], ...rest } = dimensions
  return ops.gather(x, asArray(startIndices, 'lax.gather'), {
    ...rest,
    operandBatchingDims,
    indicesBatchingDims: startIndicesBatchingDims,
    sliceSizes,
    mode,
    fillValue: fillValue ?? missing(x.dtype),
  })
}

export interface ScatterDimensions {
  readonly updateWindowDims: readonly number[]
  readonly insertedWindowDims: readonly number[]
  readonly scatterDimsToOperandDims: readonly number[]
  readonly operandBatchingDims?: readonly number[]
  readonly scatterIndicesBatchingDims?: readonly number[]
}
interface ScatterOptions {
  readonly mode?: IndexMode
}

type Scatter = (x: NDArray, indices: NDArray, updates: NDArray, params: ScatterParams) => NDArray
const scattering =
  (operation: string, apply: Scatter) =>
  (
    operand: ArrayLike,
    scatterIndices: ArrayLike,
    updates: ArrayLike,
    dimensions: ScatterDimensions,
    { mode = 'fill' }: ScatterOptions = {},
  ): NDArray => {
    const x = asArray(operand, operation)
    const { operandBatchingDims = [], scatterIndicesBatchingDims = [], ...rest } = dimensions
    const params = { ...rest, operandBatchingDims, indicesBatchingDims: scatterIndicesBatchingDims, mode }
    return apply(x, asArray(scatterIndices, operation), asArray(updates, operation, x.dtype), params)
  }

/** XLA's scatter: `operand` with the windows at the index vectors replaced; out-of-range windows are dropped. */
export const scatter = scattering('lax.scatter', (x, i, u, params) =>
  ops.scatter(x, i, u, { ...params, combine: 'set' }),
)
/** Like `scatter`, adding. */
export const scatterAdd = scattering('lax.scatterAdd', ops.scatterAdd)
/** Like `scatter`, multiplying. */
export const scatterMul = scattering('lax.scatterMul', (x, i, u, params) =>
  ops.scatter(x, i, u, { ...params, combine: 'mul' }),
)
/** Like `scatter`, keeping the larger. */
export const scatterMax = scattering('lax.scatterMax', (x, i, u, params) =>
  ops.scatter(x, i, u, { ...params, combine: 'max' }),
)
/** Like `scatter`, keeping the smaller. */
export const scatterMin = scattering('lax.scatterMin', (x, i, u, params) =>
  ops.scatter(x, i, u, { ...params, combine: 'min' }),
)

/** Sorted along `dimension`, stably; of a list, all by the first `numKeys`. */
export function sort(operand: ArrayLike, dimension?: number, options?: { readonly numKeys?: number }): NDArray
export function sort(
  operand: readonly ArrayLike[],
  dimension?: number,
  options?: { readonly numKeys?: number },
): NDArray[]
export function sort(
  operand: ArrayLike | readonly ArrayLike[],
  dimension = -1,
  { numKeys = 1 }: { readonly numKeys?: number } = {},
): NDArray | NDArray[] {
  const list = (Array.isArray(operand) ? (operand as readonly ArrayLike[]) : [operand as ArrayLike]).map(
    (x) => asArray(x, 'lax.sort'),
  )
  const sorted = ops.sort(list, normalizeAxis(dimension, list[0]?.shape ?? [], 'lax.sort'), numKeys)
  return Array.isArray(operand) ? [...sorted] : (sorted[0] ?? constant(0, 'float32', [0]))
}

/** [keys, values], both in the order that sorts the keys along `dimension`, stably. */
export function sortKeyVal(keys: ArrayLike, values: ArrayLike, dimension = -1): [NDArray, NDArray] {
  return sort([keys, values], dimension) as [NDArray, NDArray]
}

/** [values, indices] of the k largest elements along `axis`, in descending order; indices are int32. */
export const topK = (operand: ArrayLike, k: number, axis = -1): [NDArray, NDArray] =>
  numpyTopK(asArray(operand, 'lax.topK'), k, axis)
