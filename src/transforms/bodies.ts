/**
 * What the rules of control flow share: bodies are recorded anew in the order of operands that a loop or a choice
 * wants, and masks over values that are fed back grow until they agree with themselves.
 */

import type { Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { invariant } from '../core/errors.js'
import { makeVar, type Jaxpr } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import type { ArrayFunction } from '../core/primitives/call.js'
import { traceToJaxpr } from './jaxprTrace.js'

/** The closed program of `f`: everything it needs is an input. */
export function recordBody(name: string, avals: readonly Aval[], f: ArrayFunction): Jaxpr {
  const { jaxpr, consts } = traceToJaxpr(f, avals, name)
  invariant(consts.length === 0, `${name} closes over arrays`)
  return jaxpr
}

/** The smallest mask above `start` that `next` does not enlarge. */
export function fixedPoint(
  start: readonly boolean[],
  next: (mask: readonly boolean[]) => readonly boolean[],
): readonly boolean[] {
  let mask = start
  for (;;) {
    const more = next(mask)
    const joined = mask.map((is, i) => is || more[i] === true)
    if (joined.every((is, i) => is === mask[i])) return mask
    mask = joined
  }
}

/** Marked in any of the masks. */
export const union = (masks: readonly (readonly boolean[])[]): readonly boolean[] =>
  (masks[0] ?? []).map((_, i) => masks.some((mask) => mask[i]))

export const marked = <T>(list: readonly T[], mask: readonly boolean[]): T[] => list.filter((_, i) => mask[i])
export const unmarked = <T>(list: readonly T[], mask: readonly boolean[]): T[] =>
  list.filter((_, i) => mask[i] !== true)

/** The items put back where the mask has them; null elsewhere. */
export function scattered<T>(mask: readonly boolean[], items: readonly T[]): (T | null)[] {
  let at = 0
  return mask.map((is) => (is ? (items[at++] ?? null) : null))
}

export const zerosOf = ({ shape, dtype }: Aval): NDArray => constant(0, dtype, shape)

/** Cuts a list into parts of these sizes; the last part is the rest. */
export function cut<T>(list: readonly T[], ...sizes: readonly number[]): T[][] {
  let at = 0
  const parts = sizes.map((size) => list.slice(at, (at += size)))
  return [...parts, list.slice(at)]
}

export const inputAvals = (jaxpr: Jaxpr): Aval[] => jaxpr.inputs.map((v) => v.aval)
export const outputAvals = (jaxpr: Jaxpr): Aval[] => jaxpr.outputs.map((atom) => atom.aval)

/** The same program with further inputs at the end that it does not read. */
export const withExtraInputs = (jaxpr: Jaxpr, avals: readonly Aval[]): Jaxpr => ({
  ...jaxpr,
  inputs: [...jaxpr.inputs, ...avals.map(makeVar)],
})
