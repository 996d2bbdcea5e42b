/**
 * The values of a loop's body that can be had outside of it: those that are the same in every step, and those that
 * are made of items and such values alone. They are emitted when they are asked for.
 */

import { invariant } from '../../../core/errors.js'
import { makeEquation, makeVar, type Atom, type Equation, type Var } from '../../../core/jaxpr.js'
import type { Rewriter } from '../rewriter.js'
import type { Loop } from './loop.js'
import { exchanged, hasRule, overTime, productOverTime, type Timed } from './overTime.js'

export class Outside {
  readonly #rewriter: Rewriter
  readonly #length: number
  readonly #producers = new Map<Atom, Equation>()
  readonly #fixed = new Set<Atom>()
  readonly #perStep = new Set<Atom>()
  readonly #emitted = new Map<Atom, Atom>()
  readonly #products = new Map<Equation, Var>()

  constructor(loop: Loop, rewriter: Rewriter) {
    this.#rewriter = rewriter
    this.#length = loop.length
    for (const { inner, outer } of loop.constants) this.#give(this.#fixed, inner, outer)
    for (const { inner, outer } of loop.items) this.#give(this.#perStep, inner, outer)
    for (const eqn of loop.equations) this.#sort(eqn)
  }

  /** The same in every step. */
  isFixed(atom: Atom): boolean {
    return atom.kind === 'literal' || this.#fixed.has(atom)
  }
  /** Made of items and fixed values, by equations that have a rule. */
  isPerStep(atom: Atom): boolean {
    return this.#perStep.has(atom)
  }

  /** A fixed value, outside. */
  fixed(atom: Atom): Atom {
    const known = atom.kind === 'literal' ? atom : this.#emitted.get(atom)
    if (known !== undefined) return known
    const eqn = this.#equation(atom)
    const outputs = eqn.outputs.map((v) => makeVar(v.aval))
    this.#rewriter.keep(
      makeEquation(
        eqn.primitive,
        eqn.inputs.map((x) => this.fixed(x)),
        outputs,
        eqn.params as never,
      ),
    )
    eqn.outputs.forEach((v, i) => this.#emitted.set(v, outputs[i] as Var))
    return this.#emitted.get(atom) as Atom
  }

  /** What a value is in all steps, along a first axis of time. */
  stacked(atom: Atom): Atom {
    const known = this.#emitted.get(atom)
    if (known !== undefined) return known
    const made = this.#overTime(this.#equation(atom))
    this.#emitted.set(atom, made)
    return made
  }

  /** A product over time in the order of axes of `productOverTime`. */
  product(eqn: Equation<'dotGeneral'>): Var {
    const known = this.#products.get(eqn)
    if (known !== undefined) return known
    const [lhs, rhs] = eqn.inputs.map((x) => this.#timed(x)) as [Timed, Timed]
    const made = productOverTime(this.#rewriter, eqn, [lhs, rhs])
    this.#products.set(eqn, made)
    return made
  }
  /** Whether that order is not the product's own. */
  isExchanged(eqn: Equation<'dotGeneral'>): boolean {
    return this.isPerStep(eqn.inputs[1] as Atom)
  }

  #overTime(eqn: Equation): Var {
    if (eqn.primitive !== 'dotGeneral') {
      const operands = eqn.inputs.map((x) => this.#timed(x))
      return overTime(this.#rewriter, eqn, operands, this.#length)
    }
    const made = this.product(eqn)
    if (!this.isExchanged(eqn)) return made
    const permutation = [0, ...exchanged(eqn).map((axis) => axis + 1)]
    return this.#rewriter.emit('transpose', [made], { permutation })
  }

  #timed(atom: Atom): Timed {
    const stacked = this.isPerStep(atom)
    return { atom: stacked ? this.stacked(atom) : this.fixed(atom), stacked }
  }

  #give(kind: Set<Atom>, inner: Atom, outer: Atom): void {
    kind.add(inner)
    this.#emitted.set(inner, outer)
  }

  #sort(eqn: Equation): void {
    for (const v of eqn.outputs) this.#producers.set(v, eqn)
    if (eqn.inputs.every((x) => this.isFixed(x))) {
      for (const v of eqn.outputs) this.#fixed.add(v)
      return
    }
    const stacked = eqn.inputs.map((x) => this.isPerStep(x))
    const known = eqn.inputs.every((x, i) => stacked[i] === true || this.isFixed(x))
    if (known && eqn.outputs.length === 1 && hasRule(eqn, stacked))
      for (const v of eqn.outputs) this.#perStep.add(v)
  }

  #equation(atom: Atom): Equation {
    const eqn = this.#producers.get(atom)
    invariant(eqn !== undefined, 'lowering: a value of a loop without an equation')
    return eqn
  }
}
