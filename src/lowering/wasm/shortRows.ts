/**
 * Rows of few elements side by side in vectors (windows of a pooling layer): all elements of a row are written out,
 * so that each is loaded once for all stages and positions need no arithmetic.
 */

import { sizeOf, stridesOf } from '../../core/shape.js'
import { topological, type Expr } from '../expr.js'
import { constantPosition, offsetPosition, axesOf } from '../position.js'
import { replacingAxes, type Replacing } from './axisOrder.js'
import type { Value } from './frame.js'
import type { Plan } from './reducePlan.js'
import { finish, start, step } from './running.js'
import type { Scope } from './scope.js'
import { emitStores, storeExprs } from './store.js'

const mostElements = 16
const mostNodes = 400

/** Whether the elements of a row are so few that they are written out. */
export function isShort({ kernel, reduced, along, cached }: Plan): boolean {
  const count = sizeOf(reduced.map((axis) => kernel.shape[axis] ?? 1))
  if (along !== 'kept' || count === 0 || count > mostElements) return false
  const roots = [
    ...kernel.stages.flat().map((r) => r.value),
    ...[kernel.elementStores, ...cached].flatMap(storeExprs),
  ]
  return topological(roots).length * count <= mostNodes
}

/** The expressions of each element of the row, in order. */
function elementsOf({ kernel, reduced, builder }: Plan): readonly Replacing[] {
  const sizes = reduced.map((axis) => kernel.shape[axis] ?? 1)
  const strides = stridesOf(sizes)
  const own = axesOf<Expr>(kernel.shape)
  return Array.from({ length: sizeOf(sizes) }, (_, flat) => {
    const at = (i: number): number => Math.floor(flat / (strides[i] ?? 1)) % (sizes[i] ?? 1)
    const axes = own.map((p, axis) => {
      const i = reduced.indexOf(axis)
      return i < 0 ? p : offsetPosition(constantPosition<Expr>(0), at(i))
    })
    return replacingAxes(builder, axes)
  })
}

/** All of the rows of a vector. */
export function emitShortRow(plan: Plan): (scope: Scope) => void {
  const { kernel, flat, cached } = plan
  const elements = elementsOf(plan)
  const stages = kernel.stages.map((stage, s) => ({
    reductions: stage,
    taken: stage.map(({ value }) => elements.map(({ expr }) => ({ value: expr(value), flat: expr(flat) }))),
    stores: elements.flatMap(({ stores }) => stores(cached[s] ?? [])),
  }))
  const last = elements.flatMap(({ stores }) => stores(kernel.elementStores))
  return (scope) => {
    const parts = scope.vectorAxis?.parts ?? 1
    for (const { reductions, taken, stores } of stages) {
      const running = reductions.map((r) => start(scope, r, parts, true, false))
      running.forEach((r, i) => taken[i]?.forEach((t) => step(scope, r, t)))
      emitStores(scope, stores)
      const results = running.map((r) => finish(scope, r, false))
      reductions.forEach((r, i) => scope.bindResult(r.index, results[i] as Value))
    }
    emitStores(scope, kernel.rowStores)
    emitStores(scope, last)
  }
}
