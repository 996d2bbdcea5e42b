/** Derivatives of indexing: what is moved by positions is linear; positions themselves carry no tangents. */

import type { NDArray } from '../../core/ndarray.js'
import { bind } from '../../core/interpreter.js'
import {
  dynamicSlice,
  dynamicUpdateSlice,
  gather,
  iota,
  reshape,
  scatterAdd,
  sort,
  zerosLike,
} from '../../core/ops.js'
import type { GatherParams, IndexingSigs } from '../../core/primitives/indexing.js'
import { range } from '../../core/shape.js'
import type { JvpRule, JvpTable, Tangent } from '../rules.js'
import { scatterTangent } from './scatter.js'

/** The first operand moves, the rest are positions. */
const dynamicSliceRule: JvpRule<'dynamicSlice'> = ([x, ...starts], [dx], params) => [
  bind('dynamicSlice', [x as NDArray, ...starts], params),
  [dx === null || dx === undefined ? null : dynamicSlice(dx, starts, params.sliceSizes)],
]

const dynamicUpdateSliceRule: JvpRule<'dynamicUpdateSlice'> = ([x, update, ...starts], [dx, du]) => {
  const [operand, patch] = [x as NDArray, update as NDArray]
  const tangent =
    (dx ?? null) === null && (du ?? null) === null
      ? null
      : dynamicUpdateSlice(dx ?? zerosLike(operand), du ?? zerosLike(patch), starts)
  return [[dynamicUpdateSlice(operand, patch, starts)], [tangent]]
}

/** Elements at `positions` along `axis`, for positions of x's own shape. */
function takeAlong(x: NDArray, positions: NDArray, axis: number): NDArray {
  const others = range(x.ndim).filter((i) => i !== axis)
  const params: GatherParams = {
    offsetDims: [],
    collapsedSliceDims: [axis],
    operandBatchingDims: others,
    indicesBatchingDims: others,
    startIndexMap: [axis],
    sliceSizes: x.shape.map(() => 1),
    mode: 'clip',
    fillValue: 0,
  }
  return gather(x, reshape(positions, [...x.shape, 1]), params)
}

/** Tangents follow their elements: sort the positions along, and gather with them. */
const sortRule: JvpRule<'sort'> = (xs, dxs, { dimension, keys }) => {
  const first = xs[0] as NDArray
  const results = sort([...xs, iota('int32', first.shape, dimension)], dimension, keys)
  const order = results[xs.length] as NDArray
  const tangents = xs.map((_, i): Tangent => {
    const dx = dxs[i] ?? null
    return dx === null ? null : takeAlong(dx, order, dimension)
  })
  return [results.slice(0, xs.length), tangents]
}

export const indexing: JvpTable<keyof IndexingSigs> = {
  dynamicSlice: dynamicSliceRule,
  dynamicUpdateSlice: dynamicUpdateSliceRule,
  gather: ([x, indices], [dx], params) => [
    [gather(x, indices, params)],
    [dx === null ? null : gather(dx, indices, { ...params, fillValue: 0 })],
  ],
  scatterAdd: ([x, indices, updates], [dx, , du], params) => [
    [scatterAdd(x, indices, updates, params)],
    [
      dx === null && du === null
        ? null
        : scatterAdd(dx ?? zerosLike(x), indices, du ?? zerosLike(updates), params),
    ],
  ],
  scatter: ([x, indices, updates], [dx, , du], params) => {
    const [y] = bind('scatter', [x, indices, updates], params)
    return [[y], [scatterTangent({ x, indices, updates, y }, dx, du, params)]]
  },
  sort: sortRule,
}
