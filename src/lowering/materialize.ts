/**
 * Decides which variables of a flat jaxpr get memory and which are expressions inside their users.
 * Jaxpr → the variables that are stored. Everything else is recomputed where it is read.
 */

import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../core/jaxpr.js'
import { range } from '../core/shape.js'
import { contractionSizes, isProduct } from './contractionSizes.js'
import { isFusible } from './emit/index.js'
import { cheap, weightOf } from './weights.js'

/** Concatenations of more parts than this are not one expression where they need not be. */
const manyParts = 4
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

/**
 * Whether a transposition pulls axes apart that a product walks as one: then elements are not at even distances in
 * what is transposed, and every product that reads it there would divide for each of them.
 */
function isTorn(eqn: Equation<'dotGeneral'>, side: number, view: Equation | undefined): boolean {
  if (view?.primitive !== 'transpose') return false
  const { lhsBatch, lhsContract, rhsBatch, rhsContract } = eqn.params
  const [batch, contract] = side === 0 ? [lhsBatch, lhsContract] : [rhsBatch, rhsContract]
  const { shape } = view.outputs[0]?.aval ?? { shape: [] }
  const free = range(shape.length).filter((axis) => !batch.includes(axis) && !contract.includes(axis))
  return [batch, contract, free].some((axes) => {
    const places = axes.filter((axis) => shape[axis] !== 1).map((axis) => view.params.permutation[axis] ?? 0)
    return places.some((place, i) => i > 0 && place !== (places[i - 1] ?? 0) + 1)
  })
}

/** Inputs that the kernel of `eqn` reads from memory: all of them, the views of stored variables, or none. */
function storedInputs(
  eqn: Equation,
  producers: ReadonlyMap<Var, Equation>,
): {
  readonly dense: readonly Atom[]
  readonly viewable: readonly Atom[]
} {
  const none = { dense: [], viewable: [] }
  switch (eqn.primitive) {
    case 'dotGeneral': {
      if (isProduct(contractionSizes(eqn))) return none
      const dense = eqn.inputs.filter((x, side) => isTorn(eqn, side, producers.get(x as Var)))
      return { dense, viewable: eqn.inputs.filter((x) => !dense.includes(x)) }
    }
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

/** Which variables get memory, and how. */
export interface Storage {
  readonly stored: ReadonlySet<Var>
  /** Concatenations, stored or results, whose parts are computed right where they belong in memory. */
  readonly parted: ReadonlySet<Var>
}

class Decision implements Storage {
  readonly stored = new Set<Var>()
  readonly parted = new Set<Var>()
  readonly #outputs: ReadonlySet<Atom>
  readonly #inLoop: boolean
  readonly #cost = new Map<Var, number>()
  readonly #uses: Uses

  constructor(jaxpr: Jaxpr, storeOutputs: boolean) {
    this.#uses = usesOf(jaxpr)
    this.#outputs = new Set(jaxpr.outputs)
    this.#inLoop = !storeOutputs
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
    const { dense, viewable } = storedInputs(eqn, this.#uses.producers)
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

  /**
   * A concatenation that is put into memory anyway, of what is not cheap or of so many that to choose among them is not;
   * and in a loop the results of a turn.
   */
  #isParted(eqn: Equation): boolean {
    const [v] = eqn.outputs
    if (eqn.primitive !== 'concatenate' || v === undefined) return false
    const isResult = this.#outputs.has(v) && this.#uses.count.get(v) === 1
    if (isResult && this.#inLoop) return true
    const isCostly = eqn.inputs.length > manyParts || eqn.inputs.some((atom) => this.costOf(atom) > cheap)
    return isCostly && (isResult || this.stored.has(v))
  }

  #weigh(eqn: Equation): void {
    if (this.#isParted(eqn)) {
      for (const v of eqn.outputs) this.parted.add(v)
      return
    }
    // Elements that are read more than once, or in vain, should not be computed on the spot.
    const repeats = eqn.primitive === 'gather' || eqn.primitive === 'concatenate' || eqn.primitive === 'pad'
    for (const atom of eqn.inputs) {
      const expands =
        eqn.primitive === 'broadcastInDim' &&
        atom.aval.size > 1 &&
        (eqn.outputs[0]?.aval.size ?? 0) > 2 * atom.aval.size
      if ((repeats || expands) && this.costOf(atom) > cheap) this.#storeSource(atom)
    }
    const total = eqn.inputs.reduce((sum, atom) => sum + this.costOf(atom), weightOf(eqn.primitive))
    for (const v of eqn.outputs) {
      if (this.stored.has(v)) continue
      this.#cost.set(v, total)
      const shared = (this.#uses.count.get(v) ?? 0) > 1
      if (total > largest || (shared && total > cheap)) this.#storeSource(v)
    }
  }
}

/** How the variables of `jaxpr` are kept; its outputs get buffers too, unless they are copied elsewhere anyway. */
export const storageOf = (jaxpr: Jaxpr, storeOutputs: boolean): Storage => new Decision(jaxpr, storeOutputs)
