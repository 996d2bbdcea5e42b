/**
 * The order in which a reduce kernel walks its axes: the one along which most elements are adjacent comes last, where
 * vectors lie. The windows of an image have their elements last, but its channels are what lies side by side.
 */

import {
  ExprBuilder,
  rewrite,
  topological,
  varies,
  type Expr,
  type LoadExpr,
  type Position,
} from '../expr.js'
import type { ReduceKernel, Store } from '../kernel.js'
import { axisPosition, strideAlong, substitute } from '../position.js'

/** Axes shorter than a vector are not worth a place at the end. */
const vectorLength = 4

function positionsOf({ stages, rowStores, elementStores }: ReduceKernel): Position[] {
  const stores = [...rowStores, ...elementStores]
  const roots: Expr[] = [...stages.flat().map((r) => r.value), ...stores.map((s) => s.value)]
  const loads = topological(roots).filter((e): e is LoadExpr => e.kind === 'load')
  return [...loads.map((e) => e.position), ...stores.map((s) => s.position)]
}

/** The axis to put last, if it is not the last one already. */
function adjacentAxis(kernel: ReduceKernel): number | null {
  const { shape, reduced, stages } = kernel
  const positions = positionsOf(kernel)
  const score = (axis: number): number =>
    (shape[axis] ?? 1) < vectorLength ? 0 : positions.filter((p) => strideAlong(p, axis, varies) === 1).length
  const last = shape.length - 1
  if (score(last) > 0) return null
  // Positions among reduced axes count in their order.
  const fixed = stages.flat().some(({ combiner }) => combiner === 'argmax' || combiner === 'argmin')
  const scores = shape.map((_, axis) => (fixed && reduced.includes(axis) ? 0 : score(axis)))
  const best = Math.max(...scores)
  return best === 0 ? null : scores.indexOf(best)
}

/** The same kernel with its axes in that order. */
export function withAdjacentLast(kernel: ReduceKernel): ReduceKernel {
  const moved = kernel.shape.length < 2 ? null : adjacentAxis(kernel)
  if (moved === null) return kernel
  const order = [...kernel.shape.keys()].filter((axis) => axis !== moved)
  order.push(moved)
  const axes = kernel.shape.map((size, axis): Position => axisPosition(order.indexOf(axis), size))
  const visit = rewrite(new ExprBuilder(), axes, () => null)
  const store = (s: Store): Store => ({
    buffer: s.buffer,
    position: substitute(s.position, axes, visit),
    value: visit(s.value),
  })
  return {
    kind: 'reduce',
    shape: order.map((axis) => kernel.shape[axis] ?? 1),
    reduced: kernel.reduced.map((axis) => order.indexOf(axis)).sort((a, b) => a - b),
    stages: kernel.stages.map((stage) => stage.map((r) => ({ ...r, value: visit(r.value) }))),
    rowStores: kernel.rowStores.map(store),
    elementStores: kernel.elementStores.map(store),
  }
}
