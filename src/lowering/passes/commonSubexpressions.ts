/**
 * Computes equal things once: an equation with the primitive, operands and parameters of an earlier one is
 * replaced by it. Equations that hold programs are left alone (checkpoints must recompute).
 */

import type { Atom, Equation, Jaxpr, Var } from '../../core/jaxpr.js'
import { subJaxprs } from '../../core/jaxpr.js'
import { rewriteJaxpr } from './rewriter.js'

export function shareCommonSubexpressions(jaxpr: Jaxpr): Jaxpr {
  const ids = new Map<Var, number>()
  const idOf = (atom: Atom): string => {
    if (atom.kind === 'literal') return `${Object.is(atom.value, -0) ? '-0' : atom.value}:${atom.aval.id}`
    const known = ids.get(atom) ?? ids.size
    ids.set(atom, known)
    return `v${known}`
  }
  const seen = new Map<string, Equation>()
  return rewriteJaxpr(jaxpr, (eqn, rewriter) => {
    if (subJaxprs(eqn).length > 0) return rewriter.keep(eqn)
    const key = `${eqn.primitive}(${rewriter.atoms(eqn.inputs).map(idOf).join()})${paramKey(eqn.params)}`
    const earlier = seen.get(key)
    if (earlier === undefined) {
      seen.set(key, eqn)
      return rewriter.keep(eqn)
    }
    eqn.outputs.forEach((v, i) => rewriter.replace(v, earlier.outputs[i] ?? v))
  })
}

/** JSON has no NaN and no infinities, which occur as fill values. */
const paramKey = (params: object): string =>
  Object.keys(params).length === 0
    ? ''
    : JSON.stringify(params, (_, value: unknown) =>
        typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
      )
