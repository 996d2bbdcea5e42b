/**
 * The lax namespace: functions close to the primitives, which neither broadcast nor promote.
 */

import '../install.js'

export { associativeScan, type AssociativeScanOptions } from './associativeScan.js'
export { cond, switchCase as switch } from './branches.js'
export { foriLoop, map, scan, whileLoop, type ScanOptions } from './control.js'
export { dot, dotGeneral, type DotDimensions } from './contraction.js'
export {
  conv,
  convGeneralDilated,
  convGeneralDilatedPatches,
  convTranspose,
  convWithGeneralPadding,
  reduceWindow,
  type ConvDimensionNumbers,
  type ConvOptions,
  type ConvTransposeOptions,
  type Padding,
} from './convolution.js'
export {
  reduceWindowMax,
  reduceWindowMin,
  reduceWindowSum,
  type ReduceWindowOptions,
} from './windowReductions.js'
export * from './elementwise.js'
export {
  dynamicIndexInDim,
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateIndexInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
  gather,
  scatter,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
  sort,
  sortKeyVal,
  topK,
  type GatherDimensions,
  type ScatterDimensions,
  type StartIndices,
} from './indexing.js'
export {
  broadcast,
  broadcastedIota,
  broadcastInDim,
  concatenate,
  expandDims,
  full,
  fullLike,
  indexInDim,
  iota,
  pad,
  reshape,
  rev,
  slice,
  sliceInDim,
  split,
  squeeze,
  transpose,
} from './movement.js'
export {
  argmax,
  argmin,
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  reduce,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceSum,
  type Monoid,
} from './reductions.js'
export { stopGradient } from '../transforms/index.js'
