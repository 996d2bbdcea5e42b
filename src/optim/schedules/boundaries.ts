/**
 * Boundaries and what happens there, for piecewise schedules.
 */

import { fail } from '../../core/errors.js'

/** For each boundary, a step, the factor on the value from there on. */
export type BoundariesAndScales = Readonly<Record<number, number>>

/** The boundaries in order, with their factors; an error unless these are at least 0. */
export function checkScales(
  operation: string,
  boundariesAndScales: BoundariesAndScales,
): readonly (readonly [step: number, scale: number])[] {
  const pieces = Object.entries(boundariesAndScales).map(([step, scale]) => [Number(step), scale] as const)
  for (const [step, scale] of pieces) {
    if (step >= 0 && scale >= 0) continue
    fail('argument', {
      operation,
      argument: 'boundariesAndScales',
      received: `{ ${step}: ${scale} }`,
      expected: 'steps >= 0 with factors >= 0',
    })
  }
  return pieces.sort(([a], [b]) => a - b)
}
