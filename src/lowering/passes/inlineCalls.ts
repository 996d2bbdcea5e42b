/**
 * Replaces call equations by the equations they hold. Checkpoints are inlined by a pass of their own after
 * common subexpressions: otherwise what they recompute would be found to be computed already, and kept.
 */

import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../../core/jaxpr.js'
import { makeEquation, makeVar } from '../../core/jaxpr.js'
import { noForwardRule } from '../../core/primitives/call.js'
import { rewriteJaxpr, type Rewriter } from './rewriter.js'

const calls: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>(['jit', 'customJvp', 'customVjp'])

/** Copies the equations of `inner` with fresh variables; `map` starts with its inputs. */
function inline(
  inner: Jaxpr,
  map: Map<Var, Atom>,
  rewriter: Rewriter,
  visit: (eqn: Equation, rewriter: Rewriter) => void,
): readonly Atom[] {
  const look = (atom: Atom): Atom => (atom.kind === 'literal' ? atom : rewriter.atom(map.get(atom) ?? atom))
  for (const eqn of inner.equations) {
    const outputs = eqn.outputs.map((v) => {
      const fresh = makeVar(v.aval)
      map.set(v, fresh)
      return fresh
    })
    visit(makeEquation(eqn.primitive, eqn.inputs.map(look), outputs, eqn.params), rewriter)
  }
  return inner.outputs.map(look)
}

function inlining(names: ReadonlySet<PrimitiveName>): (jaxpr: Jaxpr) => Jaxpr {
  const visit = (eqn: Equation, rewriter: Rewriter): void => {
    if (eqn.primitive === 'customLinear') noForwardRule(eqn.params.name)
    if (!names.has(eqn.primitive) || !('jaxpr' in eqn.params)) return rewriter.keep(eqn)
    const inner = eqn.params.jaxpr
    const map = new Map<Var, Atom>(inner.inputs.map((v, i) => [v, rewriter.atom(eqn.inputs[i] ?? v)]))
    const results = inline(inner, map, rewriter, visit)
    eqn.outputs.forEach((v, i) => rewriter.replace(v, results[i] ?? v))
  }
  return (jaxpr) => rewriteJaxpr(jaxpr, visit)
}

export const inlineCalls = inlining(calls)
export const inlineCheckpoints = inlining(new Set<PrimitiveName>(['checkpoint', ...calls]))
