/** Running a jaxpr equation by equation under the current interpreter, and calling one as a single equation. */

import { constant } from '../core/constants.js'
import { invariant } from '../core/errors.js'
import { bind } from '../core/interpreter.js'
import type { Atom, Equation, Jaxpr, Var } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'

export type Environment = Map<Var, NDArray>

/** The array that an atom stands for. */
export function atomValue(atom: Atom, environment: ReadonlyMap<Var, NDArray>): NDArray {
  if (atom.kind === 'literal') return constant(atom.value, atom.aval.dtype)
  const value = environment.get(atom)
  invariant(value !== undefined, 'a jaxpr uses a variable before it is defined')
  return value
}

/** Runs one equation and notes its results. */
export function evalEquation(eqn: Equation, environment: Environment): void {
  const inputs = eqn.inputs.map((atom) => atomValue(atom, environment))
  // The params belong to the primitive: they come from the same equation.
  const results: readonly NDArray[] = bind(eqn.primitive, inputs, eqn.params as never)
  eqn.outputs.forEach((v, i) => environment.set(v, results[i] as NDArray))
}

/** The outputs of `jaxpr` for these inputs, by one `bind` an equation. */
export function evalJaxpr(jaxpr: Jaxpr, inputs: readonly NDArray[]): NDArray[] {
  invariant(
    inputs.length === jaxpr.inputs.length,
    `a jaxpr of ${jaxpr.inputs.length} inputs was given ${inputs.length}`,
  )
  const environment: Environment = new Map()
  jaxpr.inputs.forEach((v, i) => environment.set(v, inputs[i] as NDArray))
  for (const eqn of jaxpr.equations) evalEquation(eqn, environment)
  return jaxpr.outputs.map((atom) => atomValue(atom, environment))
}
