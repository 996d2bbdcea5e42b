/**
 * The frame of the jaxpr passes: walk the equations in order, with a substitution from replaced variables to
 * the atoms that stand for them now.
 */

import type { Atom, Equation, Jaxpr, PrimitiveName, Params, Var } from '../../core/jaxpr.js'
import { makeEquation, makeVar } from '../../core/jaxpr.js'
import { abstractEval } from '../../core/primitives/index.js'

export class Rewriter {
  readonly equations: Equation[] = []
  readonly #replaced = new Map<Var, Atom>()

  /** What stands for `atom` now. */
  atom(atom: Atom): Atom {
    return atom.kind === 'literal' ? atom : (this.#replaced.get(atom) ?? atom)
  }

  atoms(atoms: readonly Atom[]): readonly Atom[] {
    for (const atom of atoms) if (this.atom(atom) !== atom) return atoms.map((other) => this.atom(other))
    return atoms
  }

  /** From now on `v` is `atom`. */
  replace(v: Var, atom: Atom): void {
    this.#replaced.set(v, atom)
  }

  /** Keeps an equation, with its operands substituted. */
  keep(eqn: Equation): void {
    const inputs = this.atoms(eqn.inputs)
    this.equations.push(
      inputs === eqn.inputs ? eqn : makeEquation(eqn.primitive, inputs, eqn.outputs, eqn.params),
    )
  }

  /** Adds a new equation and gives its only result. */
  emit<P extends PrimitiveName>(primitive: P, inputs: readonly Atom[], params: Params<P>): Var {
    const [aval] = abstractEval(
      primitive,
      inputs.map((atom) => atom.aval),
      params,
    )
    const output = makeVar(aval as Var['aval'])
    this.equations.push(makeEquation(primitive, inputs, [output], params))
    return output
  }

  finish(jaxpr: Jaxpr): Jaxpr {
    return { inputs: jaxpr.inputs, equations: this.equations, outputs: this.atoms(jaxpr.outputs) }
  }
}

/** Rewrites a jaxpr equation by equation; `visit` keeps, replaces or emits. */
export function rewriteJaxpr(jaxpr: Jaxpr, visit: (eqn: Equation, rewriter: Rewriter) => void): Jaxpr {
  const rewriter = new Rewriter()
  for (const eqn of jaxpr.equations) visit(eqn, rewriter)
  return rewriter.finish(jaxpr)
}
