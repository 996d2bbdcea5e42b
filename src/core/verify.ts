/**
 * Checks that a jaxpr is well formed: every variable is defined once before its use, and every equation's
 * outputs have the avals that the abstract rules give. Used between passes in tests and under the debug flag.
 */

import { showAval, type Aval } from './aval.js'
import { invariant } from './errors.js'
import { innerAvals, subJaxprs, type Atom, type Equation, type Jaxpr, type Var } from './jaxpr.js'
import { abstractEval } from './primitives/index.js'
import { printEqn, printJaxpr } from './print.js'

/** Throws an InvariantError naming `stage` and the equation where the jaxpr is not well formed. */
export function verifyJaxpr(jaxpr: Jaxpr, stage: string): void {
  const known = new Set<Var>()
  const define = (v: Var, where: () => string): void => {
    invariant(!known.has(v), () => `${stage}: a variable is defined twice in ${where()}`)
    known.add(v)
  }
  const use = (atom: Atom, where: () => string): void => {
    const ok = atom.kind === 'literal' ? atom.aval.shape.length === 0 : known.has(atom)
    invariant(ok, () => `${stage}: an undefined variable is used in ${where()}`)
  }
  for (const v of jaxpr.inputs) define(v, () => 'the inputs')
  for (const eqn of jaxpr.equations) {
    for (const atom of eqn.inputs) use(atom, () => printEqn(eqn))
    checkAvals(eqn, stage)
    verifySubs(eqn, stage)
    for (const v of eqn.outputs) define(v, () => printEqn(eqn))
  }
  for (const atom of jaxpr.outputs) use(atom, () => `the outputs of ${printJaxpr(jaxpr)}`)
}

function checkAvals(eqn: Equation, stage: string): void {
  const inputs = eqn.inputs.map((atom) => atom.aval)
  const expected = abstractEval(eqn.primitive, inputs, eqn.params)
  const actual = eqn.outputs.map((v) => v.aval)
  invariant(
    sameAvals(expected, actual),
    () => `${stage}: outputs should be ${expected.map(showAval).join(' ')} in ${printEqn(eqn)}`,
  )
}

function verifySubs(eqn: Equation, stage: string): void {
  const inputs = innerAvals(eqn)
  subJaxprs(eqn).forEach((sub, i) => {
    const taken = sub.inputs.map((v) => v.aval)
    invariant(
      sameAvals(taken, inputs[i] ?? []),
      () => `${stage}: inputs do not fit the inner jaxpr of ${printEqn(eqn)}`,
    )
    verifyJaxpr(sub, stage)
  })
}

const sameAvals = (a: readonly Aval[], b: readonly Aval[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i])
