/**
 * Dead code: equations, and results of inner programs, that no output needs are dropped. Every primitive is
 * pure, so an equation lives only through its outputs.
 */

import { makeEquation, type Atom, type Equation, type Jaxpr, type Var } from './jaxpr.js'

/** The jaxpr with only the outputs that `keep` marks (all, if absent) and the equations they need; its inputs stay. */
export function dceJaxpr(jaxpr: Jaxpr, keep?: readonly boolean[]): Jaxpr {
  const outputs = keep === undefined ? jaxpr.outputs : jaxpr.outputs.filter((_, i) => keep[i])
  const live = new Set<Var>()
  const use = (atom: Atom): void => {
    if (atom.kind === 'var') live.add(atom)
  }
  outputs.forEach(use)
  const kept: Equation[] = []
  for (let i = jaxpr.equations.length - 1; i >= 0; i--) {
    const eqn = jaxpr.equations[i]
    if (eqn === undefined || !eqn.outputs.some((v) => live.has(v))) continue
    const needed = pruneCall(eqn, live)
    needed.inputs.forEach(use)
    kept.push(needed)
  }
  return { inputs: jaxpr.inputs, equations: kept.reverse(), outputs }
}

/** Which inputs a jaxpr reads. */
export function usedInputs(jaxpr: Jaxpr): readonly boolean[] {
  const used = new Set<Atom>(jaxpr.outputs)
  for (const eqn of jaxpr.equations) for (const atom of eqn.inputs) used.add(atom)
  return jaxpr.inputs.map((v) => used.has(v))
}

/** A call without the results that nobody reads and the arguments that only they needed. */
function pruneCall(eqn: Equation, live: ReadonlySet<Var>): Equation {
  if (eqn.primitive !== 'jit' && eqn.primitive !== 'checkpoint') return eqn
  const {
    jaxpr: inner,
    keepInputs,
    keepOutputs,
    changed,
  } = pruned(
    eqn.params.jaxpr,
    eqn.outputs.map((v) => live.has(v)),
  )
  if (!changed) return eqn
  const inputs = eqn.inputs.filter((_, i) => keepInputs[i])
  const outputs = eqn.outputs.filter((_, i) => keepOutputs[i])
  if (eqn.primitive === 'checkpoint')
    return makeEquation('checkpoint', inputs, outputs, { ...eqn.params, jaxpr: inner })
  return makeEquation('jit', inputs, outputs, {
    ...eqn.params,
    jaxpr: inner,
    donated: eqn.params.donated.filter((_, i) => keepInputs[i]),
  })
}

interface Pruned {
  readonly jaxpr: Jaxpr
  readonly keepInputs: readonly boolean[]
  readonly keepOutputs: readonly boolean[]
  readonly changed: boolean
}

// Kept by identity, so that an inner program which is pruned the same way twice stays one program.
const prunedCalls = new WeakMap<Jaxpr, Map<string, Pruned>>()

function pruned(jaxpr: Jaxpr, keepOutputs: readonly boolean[]): Pruned {
  const key = keepOutputs.map(Number).join('')
  const byKey = prunedCalls.get(jaxpr) ?? new Map<string, Pruned>()
  prunedCalls.set(jaxpr, byKey)
  const known = byKey.get(key)
  if (known !== undefined) return known
  const body = dceJaxpr(jaxpr, keepOutputs)
  const keepInputs = usedInputs(body)
  const changed =
    body.equations.length !== jaxpr.equations.length ||
    keepInputs.includes(false) ||
    keepOutputs.includes(false)
  const made = {
    jaxpr: { ...body, inputs: body.inputs.filter((_, i) => keepInputs[i]) },
    keepInputs,
    keepOutputs,
    changed,
  }
  byKey.set(key, made)
  return made
}
