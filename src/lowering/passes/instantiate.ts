/**
 * A copy of a jaxpr's equations with fresh variables, between given operands: how programs are put inside others.
 */

import { makeEquation, makeVar, type Atom, type Equation, type Jaxpr, type Var } from '../../core/jaxpr.js'

/** Calls `visit` with every equation of `inner`, renamed; gives the outputs. `look` resolves atoms of the outer program. */
export function instantiateInto(
  inner: Jaxpr,
  operands: readonly Atom[],
  look: (atom: Atom) => Atom,
  visit: (eqn: Equation) => void,
): readonly Atom[] {
  const map = new Map<Var, Atom>(inner.inputs.map((v, i) => [v, operands[i] ?? v]))
  const resolve = (atom: Atom): Atom => (atom.kind === 'literal' ? atom : look(map.get(atom) ?? atom))
  for (const eqn of inner.equations) {
    const outputs = eqn.outputs.map((v) => {
      const fresh = makeVar(v.aval)
      map.set(v, fresh)
      return fresh
    })
    visit(makeEquation(eqn.primitive, eqn.inputs.map(resolve), outputs, eqn.params))
  }
  return inner.outputs.map(resolve)
}

/** The equations and outputs of `inner` between these operands. */
export function instantiate(inner: Jaxpr, operands: readonly Atom[]): Pick<Jaxpr, 'equations' | 'outputs'> {
  const equations: Equation[] = []
  const outputs = instantiateInto(
    inner,
    operands,
    (atom) => atom,
    (eqn) => equations.push(eqn),
  )
  return { equations, outputs }
}
