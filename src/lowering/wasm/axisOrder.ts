/**
 * The order in which a kernel's axes are walked: vectors lie along the last one, so that should be an axis along
 * which elements are neighbours in memory.
 */

import type { Shape } from '../../core/shape.js'
import { ExprBuilder, rewrite, topological, varies, type Expr, type Position } from '../expr.js'
import type { ReduceKernel, Store } from '../kernel.js'
import { axisPosition, strideAlong } from '../position.js'
import { storeExprs } from './store.js'

/** Expressions and stores with the axes replaced by positions. */
export interface Replacing {
  expr(e: Expr): Expr
  stores(list: readonly Store[]): readonly Store[]
}

export function replacingAxes(b: ExprBuilder, axes: readonly Position[]): Replacing {
  const visit = rewrite(b, axes, () => null)
  const moved = (p: Position): Position => {
    const at = visit(b.position(p))
    return at.kind === 'position' ? at.position : { constant: 0, terms: [], key: '0' }
  }
  return {
    expr: visit,
    stores: (list) =>
      list.map((s) => ({ buffer: s.buffer, position: moved(s.position), value: visit(s.value) })),
  }
}

/** How many of the positions have neighbours along an axis, less those that move otherwise. */
function merit(positions: readonly Position[], axis: number): number {
  let total = 0
  for (const p of positions) {
    const stride = strideAlong(p, axis, varies)
    if (stride === 1) total += 1
    else if (stride !== 0) total -= 1
  }
  return total
}

/** The axis for vectors: the last one, unless another is clearly better. */
function vectorAxis(shape: Shape, reduced: readonly number[], positions: readonly Position[]): number {
  const last = shape.length - 1
  const size = (axis: number): number => shape[axis] ?? 1
  const merits = shape.map((_, axis) => merit(positions, axis))
  const candidates = shape.flatMap((_, axis) =>
    // The order among the reduced axes is that of argmax's positions.
    size(axis) >= 8 && (!reduced.includes(axis) || axis === reduced.at(-1)) ? [axis] : [],
  )
  const [first = last] = candidates
  const best = candidates.reduce((a, b) => ((merits[b] ?? 0) >= (merits[a] ?? 0) ? b : a), first)
  // Rows shorter than a vector are better taken side by side, whatever their distance.
  const tiny = reduced.includes(last) && size(last) < 4
  return tiny || (merits[best] ?? 0) > Math.max(0, merits[last] ?? 0) ? best : last
}

/** The kernel with the best axis for vectors last. */
export function orderAxes(kernel: ReduceKernel): ReduceKernel {
  const { shape, reduced, stages, rowStores, elementStores } = kernel
  const values = stages.flat().map((r) => r.value)
  const loads = topological([...values, ...storeExprs([...rowStores, ...elementStores])]).flatMap((e) =>
    e.kind === 'load' ? [e.position] : [],
  )
  const best = vectorAxis(shape, reduced, [...loads, ...elementStores.map((s) => s.position)])
  if (best === shape.length - 1) return kernel
  const order = [...shape.map((_, axis) => axis).filter((axis) => axis !== best), best]
  const place = shape.map((_, axis) => order.indexOf(axis))
  const { expr, stores } = replacingAxes(
    new ExprBuilder(),
    shape.map((size, axis) => axisPosition<Expr>(place[axis] ?? 0, size)),
  )
  return {
    kind: 'reduce',
    shape: order.map((axis) => shape[axis] ?? 1),
    reduced: reduced.map((axis) => place[axis] ?? 0).sort((a, b) => a - b),
    stages: stages.map((stage) => stage.map((r) => ({ ...r, value: expr(r.value) }))),
    rowStores: stores(rowStores),
    elementStores: stores(elementStores),
  }
}
