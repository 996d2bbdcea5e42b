/** Dimension numbers that rules of several transformations derive from each other: gather's from scatter's and back. */

import type { GatherParams, ScatterParams } from '../core/primitives/indexing.js'
import { range, without, type Shape } from '../core/shape.js'

/** The gather that reads what the scatter of `updates` into `operand` writes; dropped updates read 0. */
export function gatherOfScatter(params: ScatterParams, operand: Shape, updates: Shape): GatherParams {
  const dropped = [...params.insertedWindowDims, ...params.operandBatchingDims]
  const window = without(range(operand.length), dropped)
  const sliceSizes = operand.map((_, i) => {
    const at = window.indexOf(i)
    return at < 0 ? 1 : (updates[params.updateWindowDims[at] ?? 0] ?? 1)
  })
  return {
    offsetDims: params.updateWindowDims,
    collapsedSliceDims: params.insertedWindowDims,
    operandBatchingDims: params.operandBatchingDims,
    indicesBatchingDims: params.indicesBatchingDims,
    startIndexMap: params.scatterDimsToOperandDims,
    sliceSizes,
    mode: params.mode,
    fillValue: 0,
  }
}

/** The scatter that writes where the gather reads. */
export const scatterOfGather = (params: GatherParams): ScatterParams => ({
  updateWindowDims: params.offsetDims,
  insertedWindowDims: params.collapsedSliceDims,
  operandBatchingDims: params.operandBatchingDims,
  indicesBatchingDims: params.indicesBatchingDims,
  scatterDimsToOperandDims: params.startIndexMap,
  mode: params.mode,
})
