/**
 * Values of a loop's body as arrays after the loop: views of items outside where that is possible, else results that the
 * loop stacks; and products of such arrays over time.
 */

import { makeEquation, makeVar, type Atom, type Equation, type Var } from '../../../core/jaxpr.js'
import { avalOf } from '../../../core/aval.js'
import type { DotParams } from '../../../core/primitives/contraction.js'
import { range } from '../../../core/shape.js'
import type { Rewriter } from '../rewriter.js'
import type { Loop } from './loop.js'
import type { Outside } from './outside.js'
import { overTime } from './overTime.js'

/** A value that can be had after the loop. */
export type Later = () => Atom

/** New elements of a step that may be stacked for each element of the sum, which the loop would read and write. */
const perElement = 4
/** So few in all steps are stacked in any case. */
const few = 2 ** 18
/** And never more than this: a loop is also a way to save memory. */
export const most = 64 * 2 ** 20

export class Stacking {
  readonly #loop: Loop
  readonly #rewriter: Rewriter
  readonly #outside: Outside

  constructor(loop: Loop, rewriter: Rewriter, outside: Outside) {
    this.#loop = loop
    this.#rewriter = rewriter
    this.#outside = outside
  }

  /** The product of two values that differ from step to step, contracted over time too. */
  product(x: Atom, y: Atom, params: DotParams): Later {
    const [lhs, rhs] = [this.stack(x), this.stack(y)]
    const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1)
    return () =>
      this.#rewriter.emit('dotGeneral', [lhs(), rhs()], {
        lhsBatch: later(params.lhsBatch),
        rhsBatch: later(params.rhsBatch),
        lhsContract: [0, ...later(params.lhsContract)],
        rhsContract: [0, ...later(params.rhsContract)],
      })
  }

  /** Whether what stacking these values takes is worth not adding to a sum of `size` elements in each step. */
  isWorthwhile(atoms: readonly Atom[], size: number): boolean {
    const added = this.newElements(atoms)
    const all = added * this.#loop.length
    return all <= most && (all <= few || added <= perElement * size)
  }

  /** What is repeated to make `atom`, and the axes that its own become. */
  unrepeated(atom: Atom): { readonly atom: Atom; readonly axes: readonly number[] } {
    const eqn = this.#loop.producer(atom)
    if (eqn?.primitive !== 'broadcastInDim') return { atom, axes: range(atom.aval.shape.length) }
    const [source] = eqn.inputs as readonly [Atom]
    const { shape, dtype } = source.aval
    const axes = eqn.params.broadcastDimensions
    const own = range(shape.length).filter((i) => shape[i] === atom.aval.shape[axes[i] ?? 0])
    if (own.length === shape.length) return { atom: source, axes }
    const kept = own.map((i) => shape[i] ?? 1)
    const narrow = makeVar(avalOf(kept, dtype))
    this.#loop.append(makeEquation('reshape', [source], [narrow], { shape: kept }))
    return { atom: narrow, axes: own.map((i) => axes[i] ?? 0) }
  }

  /** The value whose rearranged elements `atom` is, if that has to be stacked inside. */
  #source(atom: Atom): Atom {
    const eqn = this.#loop.producer(atom)
    if (this.#outside.isPerStep(atom) || (eqn?.primitive !== 'transpose' && eqn?.primitive !== 'reshape'))
      return atom
    return this.#source(eqn.inputs[0] as Atom)
  }

  /** Elements a step that stacking these values would store. */
  newElements(atoms: readonly Atom[]): number {
    const stacked = new Set<Atom>(this.#loop.results.map(({ inner }) => inner))
    return [...new Set(atoms.map((atom) => this.#source(atom)))]
      .filter((atom) => !this.#outside.isPerStep(atom) && !stacked.has(atom))
      .reduce((sum, atom) => sum + atom.aval.size, 0)
  }

  /** What a value is in all steps. */
  stack(atom: Atom): Later {
    if (this.#outside.isPerStep(atom)) return () => this.#outside.stacked(atom)
    if (this.#source(atom) === atom) {
      const made = this.#loop.result(atom as Var)
      return () => made
    }
    const eqn = this.#loop.producer(atom) as Equation
    const source = this.stack(eqn.inputs[0] as Atom)
    return () => overTime(this.#rewriter, eqn, [{ atom: source(), stacked: true }], this.#loop.length)
  }
}
