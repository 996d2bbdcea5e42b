/**
 * Decides which variables of a flat jaxpr get memory and which are expressions inside their users.
 * Jaxpr → the set of variables that are stored. Everything else is recomputed where it is read.
 */

import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../core/jaxpr.js'
import { contractionSizes, isProduct } from './contractionSizes.js'
import { weights } from './costs.js'
import { isFusible } from './emit/index.js'

/** A value used in several places is recomputed there if it is cheaper than storing and loading it. */
const cheap = 4
/** Expressions stop growing here: code size and registers. */
const largest = 256

const views: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  'broadcastInDim',
  'reshape',
  'transpose',
  'slice',
  'reverse',
  'windows',
])

interface Uses {
  readonly producers: ReadonlyMap<Var, Equation>
  readonly count: ReadonlyMap<Var, number>
}

function usesOf(jaxpr: Jaxpr): Uses {
  const producers = new Map<Var, Equation>()
  const count = new Map<Var, number>()
  for (const eqn of jaxpr.equations) {
    for (const v of eqn.outputs) producers.set(v, eqn)
    for (const atom of new Set(eqn.inputs))
      if (atom.kind === 'var') count.set(atom, (count.get(atom) ?? 0) + 1)
  }
  for (const atom of new Set(jaxpr.outputs))
    if (atom.kind === 'var') count.set(atom, (count.get(atom) ?? 0) + 1)
  return { producers, count }
}

/** The variable whose elements a chain of views shows. */
function root(atom: Var, producers: ReadonlyMap<Var, Equation>): Var {
  const eqn = producers.get(atom)
  const source = eqn !== undefined && views.has(eqn.primitive) ? eqn.inputs[0] : undefined
  return source?.kind === 'var' ? root(source, producers) : atom
}

/** Inputs that the kernel of `eqn` reads from memory: all of them, the views of stored variables, or none. */
function storedInputs(eqn: Equation): {
  readonly dense: readonly Atom[]
  readonly viewable: readonly Atom[]
} {
  const none = { dense: [], viewable: [] }
  switch (eqn.primitive) {
    case 'dotGeneral':
      return isProduct(contractionSizes(eqn)) ? none : { dense: [], viewable: eqn.inputs }
    case 'conv':
      return { dense: [], viewable: eqn.inputs }
    case 'scan': {
      const { consts, carries } = eqn.params
      return { dense: eqn.inputs.filter((_, i) => i < consts || i >= consts + carries), viewable: [] }
    }
    case 'while':
      return { dense: eqn.inputs.slice(0, eqn.params.condConsts + eqn.params.bodyConsts), viewable: [] }
    case 'cumsum':
    case 'cumprod':
    case 'cummax':
    case 'cummin':
    case 'sort':
      return { dense: eqn.inputs, viewable: [] }
    default:
      return none
  }
}

class Decision {
  readonly stored = new Set<Var>()
  readonly #cost = new Map<Var, number>()
  readonly #uses: Uses

  constructor(jaxpr: Jaxpr, storeOutputs: boolean) {
    this.#uses = usesOf(jaxpr)
    for (const v of jaxpr.inputs) this.store(v)
    if (storeOutputs) for (const atom of jaxpr.outputs) if (atom.kind === 'var') this.store(atom)
    for (const eqn of jaxpr.equations) this.#require(eqn)
    for (const eqn of jaxpr.equations) if (isFusible(eqn.primitive)) this.#weigh(eqn)
  }

  store(v: Var): void {
    this.stored.add(v)
    this.#cost.set(v, 1)
  }

  /** What kernels need in memory, whatever it costs. */
  #require(eqn: Equation): void {
    if (!isFusible(eqn.primitive)) eqn.outputs.forEach((v) => this.store(v))
    const { dense, viewable } = storedInputs(eqn)
    for (const atom of dense) if (atom.kind === 'var') this.store(atom)
    for (const atom of viewable) if (atom.kind === 'var') this.store(root(atom, this.#uses.producers))
  }

  costOf(atom: Atom): number {
    return atom.kind === 'literal' ? 0 : (this.#cost.get(atom) ?? 1)
  }

  /** Stores the source that the views up to `v` show: it is never larger than a broadcast of it. */
  #storeSource(atom: Atom): void {
    if (atom.kind === 'literal') return
    const source = root(atom, this.#uses.producers)
    this.store(source)
    if (source !== atom) this.#cost.set(atom, 1)
  }

  #weigh(eqn: Equation): void {
    // Elements that are read more than once, or in vain, should not be computed on the spot.
    const repeats = eqn.primitive === 'gather' || eqn.primitive === 'concatenate' || eqn.primitive === 'pad'
    for (const atom of eqn.inputs) {
      const expands =
        eqn.primitive === 'broadcastInDim' &&
        atom.aval.size > 1 &&
        (eqn.outputs[0]?.aval.size ?? 0) > 2 * atom.aval.size
      if ((repeats || expands) && this.costOf(atom) > cheap) this.#storeSource(atom)
    }
    const total = eqn.inputs.reduce((sum, atom) => sum + this.costOf(atom), weights[eqn.primitive] ?? 1)
    for (const v of eqn.outputs) {
      if (this.stored.has(v)) continue
      this.#cost.set(v, total)
      const shared = (this.#uses.count.get(v) ?? 0) > 1
      if (total > largest || (shared && total > cheap)) this.#storeSource(v)
    }
  }
}

/** The variables of `jaxpr` that get a buffer; its outputs too, unless they are copied elsewhere anyway. */
export const storedVars = (jaxpr: Jaxpr, storeOutputs: boolean): ReadonlySet<Var> =>
  new Decision(jaxpr, storeOutputs).stored
