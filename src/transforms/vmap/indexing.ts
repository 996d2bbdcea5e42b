/**
 * Batching of indexing. Positions that differ between items turn a dynamic slice into a gather and an update into
 * a scatter; in those, the batch axis is a window axis, or one that operand and indices share.
 */

import { constant } from '../../core/constants.js'
import { bind } from '../../core/interpreter.js'
import type { NDArray } from '../../core/ndarray.js'
import {
  concatenate,
  convert,
  dynamicSlice,
  dynamicUpdateSlice,
  gather,
  reshape,
  scatter,
} from '../../core/ops.js'
import type { GatherParams, IndexingSigs, ScatterParams } from '../../core/primitives/indexing.js'
import { inserted, range } from '../../core/shape.js'
import type { BatchDim, BatchRule, BatchTable } from '../rules.js'
import { align, allPast, firstDim, past } from './helpers.js'

/** One index vector for each item, from start positions that may each be batched. */
function indexVectors(starts: readonly NDArray[], dims: readonly BatchDim[], size: number): NDArray {
  const columns = starts.map((start, i) =>
    reshape(align(convert(start, 'int32'), dims[i] ?? null, 0, size), [size, 1]),
  )
  return columns.length === 1 ? (columns[0] as NDArray) : concatenate(columns, 1)
}

/** A position at the batch axis, for operands that all have it. */
const withBatchStart = (starts: readonly NDArray[], dim: number): NDArray[] =>
  inserted(starts, dim, constant(0, starts[0]?.dtype ?? 'int32'))

const dynamicSliceRule: BatchRule<'dynamicSlice'> = (
  size,
  [x, ...starts],
  [xDim, ...startDims],
  { sliceSizes },
) => {
  const operand = x as NDArray
  if (startDims.every((dim) => dim === null)) {
    const dim = firstDim([xDim ?? null])
    return [[dynamicSlice(operand, withBatchStart(starts, dim), inserted(sliceSizes, dim, size))], [dim]]
  }
  const rank = sliceSizes.length
  const batched = xDim !== null && xDim !== undefined
  const params: GatherParams = {
    offsetDims: allPast(range(rank), 0),
    collapsedSliceDims: [],
    operandBatchingDims: batched ? [0] : [],
    indicesBatchingDims: batched ? [0] : [],
    startIndexMap: batched ? allPast(range(rank), 0) : range(rank),
    sliceSizes: batched ? [1, ...sliceSizes] : sliceSizes,
    mode: 'clip',
    fillValue: 0,
  }
  const source = batched ? align(operand, xDim, 0, size) : operand
  return [[gather(source, indexVectors(starts, startDims, size), params)], [0]]
}

const dynamicUpdateSliceRule: BatchRule<'dynamicUpdateSlice'> = (
  size,
  [x, update, ...starts],
  [xDim, updateDim, ...startDims],
) => {
  const operand = align(x as NDArray, xDim ?? null, 0, size)
  const patch = align(update as NDArray, updateDim ?? null, 0, size)
  if (startDims.every((dim) => dim === null))
    return [[dynamicUpdateSlice(operand, patch, withBatchStart(starts, 0))], [0]]
  const window = allPast(range(starts.length), 0)
  const params: ScatterParams = {
    updateWindowDims: window,
    insertedWindowDims: [],
    operandBatchingDims: [0],
    indicesBatchingDims: [0],
    scatterDimsToOperandDims: window,
    mode: 'clip',
  }
  return [
    [scatter(operand, indexVectors(starts, startDims, size), patch, { ...params, combine: 'set' })],
    [0],
  ]
}

/** The dimension numbers of a gather whose operand has one more, leading axis. */
const operandShifted = (p: GatherParams): GatherParams => ({
  ...p,
  collapsedSliceDims: allPast(p.collapsedSliceDims, 0),
  operandBatchingDims: allPast(p.operandBatchingDims, 0),
  startIndexMap: allPast(p.startIndexMap, 0),
})

const gatherRule: BatchRule<'gather'> = (size, [x, indices], [xDim, indicesDim], p) => {
  if (indicesDim === null) {
    // The batch is a window axis that is taken whole.
    const params = {
      ...operandShifted(p),
      offsetDims: [0, ...allPast(p.offsetDims, 0)],
      sliceSizes: [size, ...p.sliceSizes],
    }
    return [[gather(align(x, xDim, 0, size), indices, params)], [0]]
  }
  const positions = align(indices, indicesDim, 0, size)
  const later = {
    ...p,
    offsetDims: allPast(p.offsetDims, 0),
    indicesBatchingDims: allPast(p.indicesBatchingDims, 0),
  }
  if (xDim === null) return [[gather(x, positions, later)], [0]]
  const both = operandShifted(later)
  const params = {
    ...both,
    operandBatchingDims: [0, ...both.operandBatchingDims],
    indicesBatchingDims: [0, ...both.indicesBatchingDims],
    sliceSizes: [1, ...p.sliceSizes],
  }
  return [[gather(align(x, xDim, 0, size), positions, params)], [0]]
}

/** Scatter's numbers with the batch as a window axis (indices shared), or as an axis of all three (indices batched). */
function batchedScatter<Q extends ScatterParams>(p: Q, indicesBatched: boolean): Q {
  const shifted = {
    ...p,
    updateWindowDims: allPast(p.updateWindowDims, 0),
    insertedWindowDims: allPast(p.insertedWindowDims, 0),
    operandBatchingDims: allPast(p.operandBatchingDims, 0),
    scatterDimsToOperandDims: allPast(p.scatterDimsToOperandDims, 0),
  }
  if (!indicesBatched) return { ...shifted, updateWindowDims: [0, ...shifted.updateWindowDims] }
  return {
    ...shifted,
    operandBatchingDims: [0, ...shifted.operandBatchingDims],
    indicesBatchingDims: [0, ...allPast(p.indicesBatchingDims, 0)],
  }
}

type Three<T> = readonly [T, T, T]
const alignedScatter = (
  size: number,
  [x, indices, updates]: Three<NDArray>,
  [xDim, indicesDim, updatesDim]: Three<BatchDim>,
): Three<NDArray> => [
  align(x, xDim, 0, size),
  indicesDim === null ? indices : align(indices, indicesDim, 0, size),
  align(updates, updatesDim, 0, size),
]

export const indexing: BatchTable<keyof IndexingSigs> = {
  dynamicSlice: dynamicSliceRule,
  dynamicUpdateSlice: dynamicUpdateSliceRule,
  gather: gatherRule,
  scatterAdd: (size, inputs, dims, params) => [
    bind('scatterAdd', alignedScatter(size, inputs, dims), batchedScatter(params, dims[1] !== null)),
    [0],
  ],
  scatter: (size, inputs, dims, params) => [
    bind('scatter', alignedScatter(size, inputs, dims), batchedScatter(params, dims[1] !== null)),
    [0],
  ],
  sort: (size, xs, dims, { dimension, keys }) => {
    const dim = firstDim(dims)
    const aligned = xs.map((x, i) => align(x, dims[i] ?? null, dim, size))
    return [bind('sort', aligned, { dimension: past(dimension, dim), keys }), xs.map(() => dim)]
  },
}
