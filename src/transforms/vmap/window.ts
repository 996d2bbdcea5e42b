/**
 * Batching of windows and convolutions. A batched lhs has a larger batch; a batched kernel has more output
 * features; where both are batched, the batch is a group.
 */

import { foldAxis, unfoldAxis } from '../../core/axes.js'
import type { NDArray } from '../../core/ndarray.js'
import { conv, overlapAdd, reshape, windows } from '../../core/ops.js'
import type { ConvParams, WindowParams, WindowSigs } from '../../core/primitives/window.js'
import { inserted } from '../../core/shape.js'
import type { BatchTable } from '../rules.js'
import { align, firstDim } from './helpers.js'

type Batched = readonly [outputs: readonly [NDArray], dims: readonly [number]]

const axis = (spec: readonly number[], i: number): number => spec[i] ?? 0

/** Each item is a group of its own; both operands have their batch axis at 0. */
function grouped(size: number, lhs: NDArray, rhs: NDArray, p: ConvParams): Batched {
  const kernel = foldAxis(rhs, 0, axis(p.rhsSpec, 0))
  const byBatch = p.batchGroups > 1
  const operand = foldAxis(lhs, 0, axis(p.lhsSpec, byBatch ? 0 : 1))
  const groups = byBatch ? { batchGroups: p.batchGroups * size } : { featureGroups: p.featureGroups * size }
  const features = axis(p.outSpec, 1)
  return [[unfoldAxis(conv(operand, kernel, { ...p, ...groups }), features, size)], [features]]
}

const oneWindow = (p: WindowParams, dim: number): WindowParams => ({
  sizes: inserted(p.sizes, dim, 1),
  strides: inserted(p.strides, dim, 1),
  dilations: inserted(p.dilations, dim, 1),
})

export const window: BatchTable<keyof WindowSigs> = {
  conv: (size, [lhs, rhs], [lhsDim, rhsDim], p) => {
    const single = p.featureGroups === 1 && p.batchGroups === 1
    if (lhsDim !== null && rhsDim === null && p.batchGroups === 1) {
      const batch = axis(p.outSpec, 0)
      return [[unfoldAxis(conv(foldAxis(lhs, lhsDim, axis(p.lhsSpec, 0)), rhs, p), batch, size)], [batch]]
    }
    if (lhsDim === null && rhsDim !== null && single) {
      const features = axis(p.outSpec, 1)
      return [
        [unfoldAxis(conv(lhs, foldAxis(rhs, rhsDim, axis(p.rhsSpec, 0)), p), features, size)],
        [features],
      ]
    }
    return grouped(size, align(lhs, lhsDim, 0, size), align(rhs, rhsDim, 0, size), p)
  },
  // The batch axis has windows of one element: their axis, of size 1, is dropped again.
  windows: (_, [x], dims, params) => {
    const dim = firstDim(dims)
    const out = windows(x, oneWindow(params, dim))
    const elementAxis = x.ndim + dim
    return [
      [
        reshape(
          out,
          out.shape.filter((_n, i) => i !== elementAxis),
        ),
      ],
      [dim],
    ]
  },
  overlapAdd: (size, [x], dims, params) => {
    const dim = 0
    const leading = align(x, firstDim(dims), 0, size)
    const rank = params.shape.length
    const widened = reshape(leading, inserted(leading.shape, rank + 1, 1))
    return [
      [overlapAdd(widened, { ...oneWindow(params, dim), shape: inserted(params.shape, dim, size) })],
      [dim],
    ]
  },
}
