/**
 * Sums that a loop adds up step by step and reads only at the end: Σ_t x_t · y_t is one product over the steps and
 * what they contracted before, after the loop. So weight gradients of recurrent networks are one long product each
 * instead of one short product in every step.
 */

import {
  makeEquation,
  makeLiteral,
  makeVar,
  type Atom,
  type Equation,
  type Var,
} from '../../../core/jaxpr.js'
import type { Rewriter } from '../rewriter.js'
import { outputOf, type Carry, type Loop } from './loop.js'
import { Outside } from './outside.js'
import { overTime } from './overTime.js'

/** A value that can be had after the loop. */
type Later = () => Atom

/** New elements of a step that may be stacked for each element of the sum, which the loop would read and write. */
const perElement = 4
/** So few in all steps are stacked in any case. */
const few = 2 ** 18
/** And never more than this: a loop is also a way to save memory. */
const most = 64 * 2 ** 20

class Accumulations {
  readonly #loop: Loop
  readonly #rewriter: Rewriter
  readonly #outside: Outside

  constructor(loop: Loop, rewriter: Rewriter) {
    this.#loop = loop
    this.#rewriter = rewriter
    this.#outside = new Outside(loop, rewriter)
  }

  /** Takes what it can out of the loop; the list is to be run after the loop. */
  run(): (() => void)[] {
    const after: (() => void)[] = []
    // Products first: what they stack is there for the plain sums.
    for (const kind of ['dotGeneral', 'reduceSum'] as const) {
      for (const carry of this.#loop.carries) {
        const finish = this.#takeOut(carry, kind)
        if (finish !== null) after.push(finish)
      }
    }
    return after
  }

  #takeOut(carry: Carry, kind: 'dotGeneral' | 'reduceSum'): (() => void) | null {
    if (this.#loop.uses(carry.inner) !== 1) return null
    const terms = this.#addends(carry.next, carry.inner)
    if (terms === null) return null
    const totals: Later[] = []
    const rest = terms.filter((term) => {
      const total = this.#total(term, kind)
      if (total !== null) totals.push(total)
      return total === null
    })
    if (totals.length === 0) return null
    const sum = (first: Atom | null): Atom =>
      totals.reduce<Atom | null>((so, total) => this.#sum(so, total()), first) as Atom
    const { init, last } = carry
    if (rest.length === 0) {
      this.#loop.carries = this.#loop.carries.filter((other) => other !== carry)
      return () => this.#rewriter.replace(last, sum(this.#isZero(init) ? null : init))
    }
    const shorter = this.#inLoop(carry, rest)
    return () => this.#rewriter.replace(last, sum(shorter))
  }

  #sum(x: Atom | null, y: Atom): Atom {
    return x === null ? y : this.#rewriter.emit('add', [x, y], {})
  }

  /** The carry with only these terms; gives its last value. */
  #inLoop(carry: Carry, terms: readonly Atom[]): Var {
    const last = makeVar(carry.last.aval)
    const next = terms.reduce<Atom>((sum, term) => {
      const made = makeVar(last.aval)
      this.#loop.append(makeEquation('add', [sum, term], [made], {}))
      return made
    }, carry.inner)
    this.#loop.carries = this.#loop.carries.map((other) =>
      other === carry ? { ...carry, next, last } : other,
    )
    return last
  }

  /** What is added to `carry` to make `next`, where nothing else is done with it and nothing looks on the way. */
  #addends(next: Atom, carry: Var): Atom[] | null {
    const eqn = this.#loop.producer(next)
    if (eqn?.primitive !== 'add' || this.#loop.uses(next) !== 1) return null
    const [x, y] = eqn.inputs as readonly [Atom, Atom]
    if (x === carry || y === carry) return x === y ? null : [x === carry ? y : x]
    const left = this.#addends(x, carry)
    if (left !== null) return [...left, y]
    const right = this.#addends(y, carry)
    return right === null ? null : [...right, x]
  }

  /** Zero everywhere: sums start from it anyway. */
  #isZero(atom: Atom): boolean {
    if (atom.kind === 'literal') return atom.value === 0
    const eqn = this.#rewriter.equations.find(({ outputs }) => outputs[0] === atom)
    return eqn?.primitive === 'broadcastInDim' && this.#isZero(eqn.inputs[0] as Atom)
  }

  /** The sum of a value over all steps, without a loop; null where that is not to be had or not worth its memory. */
  #total(atom: Atom, kind: 'dotGeneral' | 'reduceSum'): Later | null {
    const eqn = this.#loop.producer(atom)
    if (eqn === undefined) return null
    const [x, y] = eqn.inputs as readonly [Atom, Atom]
    switch (eqn.primitive) {
      case 'transpose':
      case 'reshape': {
        const total = this.#total(x, kind)
        return total === null ? null : () => this.#rewriter.emit(eqn.primitive, [total()], eqn.params)
      }
      case 'dotGeneral':
        return kind === 'dotGeneral' ? this.#totalProduct(eqn, x, y) : null
      case 'reduceSum': {
        if (kind !== 'reduceSum' || this.#newElements([x]) > 0) return null
        const axes = [0, ...eqn.params.axes.map((axis) => axis + 1)]
        const stacked = this.#stack(x)
        return () => this.#rewriter.emit('reduceSum', [stacked()], { axes })
      }
      default:
        return null
    }
  }

  #totalProduct(eqn: Equation<'dotGeneral'>, x: Atom, y: Atom): Later | null {
    const { params } = eqn
    const fixed = [x, y].map((atom) => this.#outside.isFixed(atom))
    const size = outputOf(eqn).aval.size
    if (fixed.includes(true)) {
      // Σ_t x_t · W = (Σ_t x_t) · W
      const moving = fixed[0] === true ? y : x
      if (fixed[0] === fixed[1] || moving.aval.size > 2 * size) return null
      const total = this.#accumulated(moving)
      const other = (atom: Atom): Atom => (atom === moving ? total : this.#outside.fixed(atom))
      return () => this.#rewriter.emit('dotGeneral', [other(x), other(y)], params)
    }
    const added = this.#newElements([x, y])
    const all = added * this.#loop.length
    if (all > most || (all > few && added > perElement * size)) return null
    const [lhs, rhs] = [this.#stack(x), this.#stack(y)]
    const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1)
    return () =>
      this.#rewriter.emit('dotGeneral', [lhs(), rhs()], {
        lhsBatch: later(params.lhsBatch),
        rhsBatch: later(params.rhsBatch),
        lhsContract: [0, ...later(params.lhsContract)],
        rhsContract: [0, ...later(params.rhsContract)],
      })
  }

  /** A new carry that adds up `atom`; gives its last value. */
  #accumulated(atom: Atom): Var {
    const { shape, dtype } = atom.aval
    const zero = makeLiteral(0, dtype)
    const init =
      shape.length === 0
        ? zero
        : this.#rewriter.emit('broadcastInDim', [zero], { shape, broadcastDimensions: [] })
    const [inner, next, last] = [makeVar(atom.aval), makeVar(atom.aval), makeVar(atom.aval)]
    this.#loop.append(makeEquation('add', [inner, atom], [next], {}))
    this.#loop.carries = [...this.#loop.carries, { inner, init, next, last }]
    return last
  }

  /** The value whose rearranged elements `atom` is, if that has to be stacked inside. */
  #source(atom: Atom): Atom {
    const eqn = this.#loop.producer(atom)
    if (this.#outside.isPerStep(atom) || (eqn?.primitive !== 'transpose' && eqn?.primitive !== 'reshape'))
      return atom
    return this.#source(eqn.inputs[0] as Atom)
  }

  /** Elements a step that stacking these values would store. */
  #newElements(atoms: readonly Atom[]): number {
    const stacked = new Set<Atom>(this.#loop.results.map(({ inner }) => inner))
    return [...new Set(atoms.map((atom) => this.#source(atom)))]
      .filter((atom) => !this.#outside.isPerStep(atom) && !stacked.has(atom))
      .reduce((sum, atom) => sum + atom.aval.size, 0)
  }

  /** What a value is in all steps. */
  #stack(atom: Atom): Later {
    if (this.#outside.isPerStep(atom)) return () => this.#outside.stacked(atom)
    if (this.#source(atom) === atom) {
      const made = this.#loop.result(atom as Var)
      return () => made
    }
    const eqn = this.#loop.producer(atom) as Equation
    const source = this.#stack(eqn.inputs[0] as Atom)
    return () => overTime(this.#rewriter, eqn, [{ atom: source(), stacked: true }], this.#loop.length)
  }
}

/** Takes sums out of the loop; gives what has to be emitted after it. */
export function hoistAccumulations(loop: Loop, rewriter: Rewriter): () => void {
  if (loop.length < 2) return () => undefined
  const after = new Accumulations(loop, rewriter).run()
  if (after.length > 0) loop.clean()
  return () => after.forEach((finish) => finish())
}
