/**
 * Coordinates that several families of rules work with.
 */

import type { Expr, Position } from '../expr.js'
import { boundsOf, constantPosition, quotient, remainder } from '../position.js'
import { conjunction, within, type EmitContext } from './context.js'

/** The coordinate along an axis; 0 along an axis that is not there. */
export const at = (coordinates: readonly Position[], axis: number): Position =>
  coordinates[axis] ?? constantPosition<Expr>(0)

/** position / step where that is a whole number in [0, size), and the test that it is. */
export function exactQuotient(
  { b }: EmitContext,
  position: Position,
  step: number,
  size: number,
): readonly [Position, Expr | null] {
  const whole = quotient(position, step)
  const rest = remainder(position, step)
  const exact =
    rest.terms.length === 0 && rest.constant === 0
      ? null
      : b.alu('eq', b.position(rest), b.constant(0, 'i32'))
  return [whole, conjunction(b, [within(b, whole, 0, size - 1, boundsOf(whole)), exact])]
}
