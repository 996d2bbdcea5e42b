/**
 * Replaces call equations by the equations they hold. Checkpoints are inlined by a pass of their own after
 * common subexpressions: otherwise what they recompute would be found to be computed already, and kept.
 */

import type { Atom, Equation, Jaxpr, PrimitiveName } from '../../core/jaxpr.js'
import { noForwardRule } from '../../core/primitives/call.js'
import { instantiateInto } from './instantiate.js'
import { rewriteJaxpr, type Rewriter } from './rewriter.js'

const calls: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>(['jit', 'customJvp', 'customVjp'])

function inlining(names: ReadonlySet<PrimitiveName>): (jaxpr: Jaxpr) => Jaxpr {
  const visit = (eqn: Equation, rewriter: Rewriter): void => {
    if (eqn.primitive === 'customLinear') noForwardRule(eqn.params.name)
    if (!names.has(eqn.primitive) || !('jaxpr' in eqn.params)) return rewriter.keep(eqn)
    const operands = eqn.inputs.map((atom) => rewriter.atom(atom))
    const look = (atom: Atom): Atom => rewriter.atom(atom)
    const results = instantiateInto(eqn.params.jaxpr, operands, look, (inner) => visit(inner, rewriter))
    eqn.outputs.forEach((v, i) => rewriter.replace(v, results[i] ?? v))
  }
  return (jaxpr) => rewriteJaxpr(jaxpr, visit)
}

export const inlineCalls = inlining(calls)
export const inlineCheckpoints = inlining(new Set<PrimitiveName>(['checkpoint', ...calls]))
