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
import { inversePermutation } from '../../../core/shape.js'
import type { Rewriter } from '../rewriter.js'
import { outputOf, type Carry, type Loop } from './loop.js'
import { Outside } from './outside.js'
import { most, Stacking, type Later } from './stacking.js'

class Accumulations {
  readonly #loop: Loop
  readonly #rewriter: Rewriter
  readonly #outside: Outside
  readonly #stacking: Stacking

  constructor(loop: Loop, rewriter: Rewriter) {
    this.#loop = loop
    this.#rewriter = rewriter
    this.#outside = new Outside(loop, rewriter)
    this.#stacking = new Stacking(loop, rewriter, this.#outside)
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
    if (kind === 'reduceSum' && this.#outside.isPerStep(atom)) {
      if (atom.aval.size * this.#loop.length > most) return null
      return () => this.#rewriter.emit('reduceSum', [this.#outside.stacked(atom)], { axes: [0] })
    }
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
      case 'mul':
        return kind === 'dotGeneral' ? this.#totalOuter(eqn, x, y) : null
      case 'reduceSum': {
        if (kind !== 'reduceSum' || this.#stacking.newElements([x]) > 0) return null
        const axes = [0, ...eqn.params.axes.map((axis) => axis + 1)]
        const stacked = this.#stacking.stack(x)
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
    return this.#stacking.isWorthwhile([x, y], size) ? this.#stacking.product(x, y, params) : null
  }

  /** Σ_t x_t · y_t where each is repeated along axes that the other has: an outer product in every step. */
  #totalOuter(eqn: Equation<'mul'>, x: Atom, y: Atom): Later | null {
    const { shape, size } = outputOf(eqn).aval
    if (this.#outside.isFixed(x) || this.#outside.isFixed(y)) return null
    const [lhs, rhs] = [this.#stacking.unrepeated(x), this.#stacking.unrepeated(y)]
    const operands = [lhs.atom, rhs.atom]
    if (2 * (lhs.atom.aval.size + rhs.atom.aval.size) > size || !this.#stacking.isWorthwhile(operands, size))
      return null
    const shared = lhs.axes.filter((axis) => rhs.axes.includes(axis))
    const own = (axes: readonly number[]): number[] => axes.filter((axis) => !shared.includes(axis))
    const order = [...shared, ...own(lhs.axes), ...own(rhs.axes)]
    if (order.length !== shape.length) return null
    const total = this.#stacking.product(lhs.atom, rhs.atom, {
      lhsBatch: shared.map((axis) => lhs.axes.indexOf(axis)),
      rhsBatch: shared.map((axis) => rhs.axes.indexOf(axis)),
      lhsContract: [],
      rhsContract: [],
    })
    return () => this.#rewriter.emit('transpose', [total()], { permutation: inversePermutation(order) })
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
}

/** Takes sums out of the loop; gives what has to be emitted after it. */
export function hoistAccumulations(loop: Loop, rewriter: Rewriter): () => void {
  if (loop.length < 2) return () => undefined
  const after = new Accumulations(loop, rewriter).run()
  if (after.length > 0) loop.clean()
  return () => after.forEach((finish) => finish())
}
