/**
 * What an equation computes in all steps of a loop at once: the same equation with a first axis of time. One rule
 * for each primitive that passes move out of loops; operands that all steps share have no such axis.
 */

import type { Atom, Equation, Var } from '../../../core/jaxpr.js'
import { contractionSizes } from '../../contractionSizes.js'
import { isElementwise } from '../../emit/index.js'
import type { Rewriter } from '../rewriter.js'

/** An operand outside the loop: the same in all steps, or one item for each. */
export interface Timed {
  readonly atom: Atom
  readonly stacked: boolean
}

const views: ReadonlySet<string> = new Set(['reshape', 'transpose', 'broadcastInDim', 'slice', 'reverse'])
const reductions: ReadonlySet<string> = new Set(['reduceSum', 'reduceMax', 'reduceMin', 'reduceProd'])

/** Whether there is a rule, for operands of which those marked have items. */
export function hasRule(eqn: Equation, stacked: readonly boolean[]): boolean {
  const { primitive } = eqn
  if (isElementwise(primitive) || views.has(primitive) || reductions.has(primitive)) return true
  if (primitive === 'concatenate') return true
  // With batch axes time would come after them.
  return primitive === 'dotGeneral' && eqn.params.lhsBatch.length === 0 && stacked[0] !== stacked[1]
}

const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1)

/** An operand with an axis of time, repeated if it has none. */
export function repeated(rewriter: Rewriter, { atom, stacked }: Timed, length: number): Atom {
  if (stacked) return atom
  const shape = [length, ...atom.aval.shape]
  const broadcastDimensions = atom.aval.shape.map((_, axis) => axis + 1)
  return rewriter.emit('broadcastInDim', [atom], { shape, broadcastDimensions })
}

/** Emits an equation that is no product over time. */
export function overTime(rewriter: Rewriter, eqn: Equation, operands: readonly Timed[], length: number): Var {
  const all = (): Atom[] => operands.map((operand) => repeated(rewriter, operand, length))
  switch (eqn.primitive) {
    case 'reshape':
      return rewriter.emit('reshape', all(), { shape: [length, ...eqn.params.shape] })
    case 'transpose':
      return rewriter.emit('transpose', all(), { permutation: [0, ...later(eqn.params.permutation)] })
    case 'broadcastInDim':
      return rewriter.emit('broadcastInDim', all(), {
        shape: [length, ...eqn.params.shape],
        broadcastDimensions: [0, ...later(eqn.params.broadcastDimensions)],
      })
    case 'slice': {
      const { start, limit, strides } = eqn.params
      return rewriter.emit('slice', all(), {
        start: [0, ...start],
        limit: [length, ...limit],
        strides: [1, ...strides],
      })
    }
    case 'reverse':
      return rewriter.emit('reverse', all(), { dimensions: later(eqn.params.dimensions) })
    case 'concatenate':
      return rewriter.emit('concatenate', all(), { dimension: eqn.params.dimension + 1 })
    case 'reduceSum':
    case 'reduceMax':
    case 'reduceMin':
    case 'reduceProd':
      return rewriter.emit(eqn.primitive, all(), { axes: later(eqn.params.axes) })
    default:
      return rewriter.emit(eqn.primitive, all(), eqn.params)
  }
}

/**
 * A product with items on one side. With items on the right its sides are exchanged, so that time comes first:
 * [time, free axes of rhs, free axes of lhs].
 */
export function productOverTime(
  rewriter: Rewriter,
  { params: { lhsContract, rhsContract } }: Equation<'dotGeneral'>,
  [lhs, rhs]: readonly [Timed, Timed],
): Var {
  const none = { lhsBatch: [], rhsBatch: [] }
  return lhs.stacked
    ? rewriter.emit('dotGeneral', [lhs.atom, rhs.atom], {
        ...none,
        lhsContract: later(lhsContract),
        rhsContract,
      })
    : rewriter.emit('dotGeneral', [rhs.atom, lhs.atom], {
        ...none,
        lhsContract: later(rhsContract),
        rhsContract: lhsContract,
      })
}

/** Which axis of [free axes of rhs, free axes of lhs] each axis of the product is. */
export function exchanged(eqn: Equation<'dotGeneral'>): number[] {
  const { m, n } = contractionSizes(eqn)
  return [...m.map((_, i) => n.length + i), ...n.map((_, i) => i)]
}
