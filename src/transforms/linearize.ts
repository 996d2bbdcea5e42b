/**
 * Direct linearisation: a function at a point becomes its value and the linear program of its derivative there.
 * Forward differentiation runs with unknown tangents, so primal work is done at once and tangent work recorded.
 */

import { constant } from '../core/constants.js'
import type { Aval } from '../core/aval.js'
import type { NDArray } from '../core/ndarray.js'
import { JvpTrace } from './jvp/trace.js'
import { PartialTrace } from './partialTrace.js'
import type { ClosedJaxpr, Cotangent, Tangent } from './rules.js'
import { evalJaxpr } from './evaluate.js'
import { backwardPass } from './transpose/backward.js'

/** The value of a function, and its derivative as a program: (consts, tangents) → tangents that are not zero. */
export interface Linearized extends ClosedJaxpr {
  readonly outputs: readonly NDArray[]
  /** Results that are handed on without a derivative. */
  readonly aux: readonly NDArray[]
  readonly nonzero: readonly boolean[]
  readonly inputs: readonly Aval[]
}

/** A flat function with results that are differentiated and results that are not. */
export type FlatWithAux = (...arrays: readonly NDArray[]) => {
  readonly outputs: readonly NDArray[]
  readonly aux: readonly NDArray[]
}

/** Linearises `f` at `primals`, all of them floats. */
export function linearizeFlat(f: FlatWithAux, primals: readonly NDArray[], name: string): Linearized {
  const partial = new PartialTrace(name)
  const trace = new JvpTrace(name, partial)
  return partial.run(() =>
    trace.run(() => {
      const inputs = primals.map((x) => trace.pair(x, partial.input(x.aval)))
      const { outputs, aux } = f(...inputs)
      const pairs = outputs.map((y) => trace.split(y))
      const tangents = pairs.map(([, dy]) => dy)
      return {
        ...partial.close(tangents.filter((dy) => dy !== null)),
        outputs: pairs.map(([y]) => y),
        aux: aux.map((y) => trace.split(y)[0]),
        nonzero: tangents.map((dy) => dy !== null),
        inputs: primals.map((x) => x.aval),
      }
    }),
  )
}

/** The tangents of the outputs; null where they are zero. */
export function applyLinear({ jaxpr, consts, nonzero }: Linearized, tangents: readonly NDArray[]): Tangent[] {
  const results = evalJaxpr(jaxpr, [...consts, ...tangents])
  let at = 0
  return nonzero.map((is) => (is ? (results[at++] ?? null) : null))
}

/** The cotangents of the inputs. */
export function applyTranspose(
  { jaxpr, consts, nonzero, inputs }: Linearized,
  cotangents: readonly Cotangent[],
): NDArray[] {
  const cts = cotangents.filter((_, i) => nonzero[i])
  return instantiate(backwardPass(jaxpr, consts, cts), inputs)
}

/** Zeros where a tangent or cotangent is null. */
export const instantiate = (values: readonly (NDArray | null)[], avals: readonly Aval[]): NDArray[] =>
  avals.map((aval, i) => values[i] ?? constant(0, aval.dtype, aval.shape))
