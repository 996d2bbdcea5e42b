/** Batching of the movement primitives: dimension numbers are counted past the batch axis, which stays or leads. */

import { constant } from '../../core/constants.js'
import type { NDArray } from '../../core/ndarray.js'
import {
  broadcastInDim,
  concatenate,
  iota,
  pad,
  reshape,
  reverse,
  select,
  slice,
  transpose,
} from '../../core/ops.js'
import type { MovementSigs, PadAxis } from '../../core/primitives/movement.js'
import { inserted } from '../../core/shape.js'
import type { BatchTable } from '../rules.js'
import { align, allPast, firstDim, past } from './helpers.js'

const noPadding: PadAxis = { low: 0, high: 0, interior: 0 }

/** Each item of the batch has a padding value of its own: pad with zeros, and put the values where padding is. */
function padEach(x: NDArray, values: NDArray, config: readonly PadAxis[]): NDArray {
  const padded = pad(x, constant(0, x.dtype), config)
  const own = pad(constant(true, 'bool', x.shape), constant(false, 'bool'), config)
  return select(own, padded, broadcastInDim(values, padded.shape, [0]))
}

export const movement: BatchTable<keyof MovementSigs> = {
  broadcastInDim: (size, [x], dims, { shape, broadcastDimensions }) => {
    const leading = align(x, firstDim(dims), 0, size)
    return [[broadcastInDim(leading, [size, ...shape], [0, ...allPast(broadcastDimensions, 0)])], [0]]
  },
  reshape: (size, [x], dims, { shape }) => [
    [reshape(align(x, firstDim(dims), 0, size), [size, ...shape])],
    [0],
  ],
  transpose: (_, [x], dims, { permutation }) => {
    const dim = firstDim(dims)
    return [[transpose(x, [dim, ...allPast(permutation, dim)])], [0]]
  },
  slice: (size, [x], dims, { start, limit, strides }) => {
    const dim = firstDim(dims)
    return [[slice(x, inserted(start, dim, 0), inserted(limit, dim, size), inserted(strides, dim, 1))], [dim]]
  },
  pad: (size, [x, value], [xDim, valueDim], { config }) => {
    if (valueDim !== null) return [[padEach(align(x, xDim, 0, size), value, [noPadding, ...config])], [0]]
    const dim = firstDim([xDim])
    return [[pad(x, value, inserted(config, dim, noPadding))], [dim]]
  },
  concatenate: (size, xs, dims, { dimension }) => {
    const dim = firstDim(dims)
    const aligned = xs.map((x, i) => align(x, dims[i] ?? null, dim, size))
    return [[concatenate(aligned, past(dimension, dim))], [dim]]
  },
  reverse: (_, [x], dims, { dimensions }) => {
    const dim = firstDim(dims)
    return [[reverse(x, allPast(dimensions, dim))], [dim]]
  },
  // It has no operands, so it is never batched.
  iota: (_, __, ___, { dtype, shape, dimension }) => [[iota(dtype, shape, dimension)], [null]],
}
