/**
 * What a step costs on one thread, in nanoseconds, estimated from its expressions: enough to decide whether it is
 * worth sharing. Measured on a machine of about 3 GHz; arithmetic is in vectors, four elements at a time.
 */

import { weights } from '../weights.js'
import { operandsOf, topological, type Expr, type Position } from '../expr.js'
import { isMathName } from './hostMath.js'

/** For an element: from nearby caches; memory takes longer, but then there is enough of it to share anyway. */
const [loadTime, storeTime, arithmeticTime, functionTime] = [0.12, 0.2, 0.04, 0.07]
/** Lanes of 64 bits are computed one by one, and their functions are calls of the host. */
const [scalarFactor, hostTime] = [5, 25]
/** An element that is found by a computed position, or by division. */
const gatherTime = 0.6

const isComputed = (p: Position): boolean => p.terms.some(({ atom }) => atom.kind !== 'axis')

function timeOf(expr: Expr, vector: boolean): number {
  if (expr.kind === 'load') return loadTime + (isComputed(expr.position) ? gatherTime : 0)
  // The position of a store stands for it; see storeExprs.
  if (expr.kind === 'position')
    return (expr.id < 0 ? storeTime : 0) + (isComputed(expr.position) ? gatherTime : 0)
  if (expr.kind === 'cast') return arithmeticTime
  if (expr.kind !== 'alu') return 0
  if (!isMathName(expr.name))
    return arithmeticTime * (weights[expr.name as keyof typeof weights] ?? 1) * (vector ? 1 : scalarFactor)
  return vector ? functionTime * (weights[expr.name] ?? 12) : hostTime
}

/** Whether the value is the same for all elements of a row or of the kernel. */
const isConstant = (expr: Expr): boolean =>
  expr.kind === 'const' ||
  (expr.kind !== 'load' && expr.kind !== 'position' && operandsOf(expr).every(isConstant))

/** What `elements` evaluations of expressions cost. */
export function workOf(elements: number, roots: readonly Expr[]): number {
  const all = topological(roots)
  const vector = all.every((e) => e.lane !== 'f64')
  const each = all.reduce((sum, e) => sum + (isConstant(e) ? 0 : timeOf(e, vector)), 0)
  return elements * Math.max(0.1, each)
}
