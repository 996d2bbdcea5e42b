/**
 * What the unknown half of a loop need not be handed: values that a few cheap operations make of others that it has
 * anyway. x·(1 − x) beside x is not worth the memory of a stack.
 */

import { dceJaxpr } from '../core/dce.js'
import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../core/jaxpr.js'

/** About as much as storing and loading an element costs, in operations. */
const budget = 4

/** Operations to an element. */
const costs: { readonly [P in PrimitiveName]?: number } = {
  broadcastInDim: 0,
  reshape: 0,
  transpose: 0,
  stopGradient: 0,
  add: 1,
  sub: 1,
  mul: 1,
  neg: 1,
  abs: 1,
  sign: 1,
  max: 1,
  min: 1,
  eq: 1,
  ne: 1,
  lt: 1,
  le: 1,
  gt: 1,
  ge: 1,
  not: 1,
  and: 1,
  or: 1,
  select: 1,
  convert: 1,
}

export interface Recomputed {
  /** What has to be handed over, inputs of the program among it. */
  readonly kept: readonly Atom[]
  /** kept → the values that are needed. */
  readonly program: Jaxpr
}

/** Operations that make `atom` of what `has` accepts; Infinity where it takes more than cheap ones. */
function costOf(
  atom: Atom,
  has: (atom: Atom) => boolean,
  producers: ReadonlyMap<Atom, Equation>,
  left: number,
): number {
  if (atom.kind === 'literal' || has(atom)) return 0
  const eqn = producers.get(atom)
  const own = eqn === undefined ? Infinity : (costs[eqn.primitive] ?? Infinity)
  if (eqn === undefined || own > left) return Infinity
  return eqn.inputs.reduce((sum, x) => sum + costOf(x, has, producers, left - sum), own)
}

/**
 * The values of `known` from which all that are `needed` can be had cheaply. Those that `isGiven` accepts can be
 * handed over for nothing.
 */
export function recomputed(known: Jaxpr, needed: readonly Atom[], isGiven: (v: Var) => boolean): Recomputed {
  const producers = new Map<Atom, Equation>(
    known.equations.flatMap((eqn) => eqn.outputs.map((v) => [v, eqn] as const)),
  )
  const all = [...known.inputs, ...known.equations.flatMap((eqn) => eqn.outputs)]
  const order = new Map<Atom, number>(all.map((v, i) => [v, i]))
  const wanted = new Set(needed)
  const isInput = new Set<Atom>(known.inputs)
  const given = new Set<Atom>(all.filter((v) => isGiven(v) && (isInput.has(v) || wanted.has(v))))
  const kept = new Set<Atom>(needed.filter((atom) => atom.kind === 'var' && !given.has(atom)))
  // The latest first: it may be made of the earlier ones.
  for (const atom of [...kept].sort((a, b) => (order.get(b) ?? 0) - (order.get(a) ?? 0))) {
    const has = (other: Atom): boolean => other !== atom && (kept.has(other) || given.has(other))
    if (costOf(atom, has, producers, budget) <= budget) kept.delete(atom)
  }
  const handed = new Set<Atom>([...kept, ...given])
  const inputs = [...handed] as Var[]
  const program = dceJaxpr({
    inputs,
    equations: known.equations.filter((eqn) => !eqn.outputs.some((v) => handed.has(v))),
    outputs: needed,
  })
  const read = new Set<Atom>([...program.equations.flatMap((eqn) => eqn.inputs), ...program.outputs])
  const used = inputs.filter((v) => read.has(v))
  return { kept: used, program: { ...program, inputs: used } }
}
