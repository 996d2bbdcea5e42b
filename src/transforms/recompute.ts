/**
 * What the unknown half of a loop need not be handed: values that a few cheap operations make of others that it has
 * anyway, or of smaller ones. x·(1 − x) beside x is not worth the memory of a stack.
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
  concatenate: 0,
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

/** Values from which another one is made: how many elements of them have to be handed over, and by how many operations. */
interface Making {
  readonly leaves: readonly Atom[]
  readonly elements: number
  readonly cost: number
}

class Search {
  readonly #producers: ReadonlyMap<Atom, Equation>
  readonly #has: (atom: Atom) => boolean

  constructor(producers: ReadonlyMap<Atom, Equation>, has: (atom: Atom) => boolean) {
    this.#producers = producers
    this.#has = has
  }

  /** The way to make `atom` that hands over least; null where it takes more than cheap operations. */
  making(atom: Atom, left = budget): Making | null {
    const eqn = this.#producers.get(atom)
    const own = eqn === undefined ? undefined : costs[eqn.primitive]
    if (eqn === undefined || own === undefined || own > left) return null
    let made: Making = { leaves: [], elements: 0, cost: own }
    for (const x of eqn.inputs) {
      const part = this.#operand(x, left - made.cost)
      const leaves = [...new Set([...made.leaves, ...part.leaves])]
      made = { leaves, elements: made.elements + part.elements, cost: made.cost + part.cost }
    }
    return made
  }

  #operand(atom: Atom, left: number): Making {
    if (atom.kind === 'literal' || this.#has(atom)) return { leaves: [], elements: 0, cost: 0 }
    const whole = { leaves: [atom], elements: atom.aval.size, cost: 0 }
    const made = this.making(atom, left)
    return made !== null && made.elements < whole.elements ? made : whole
  }
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
    const made = new Search(producers, has).making(atom)
    if (made === null || made.elements >= atom.aval.size) continue
    kept.delete(atom)
    for (const leaf of made.leaves) kept.add(leaf)
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
