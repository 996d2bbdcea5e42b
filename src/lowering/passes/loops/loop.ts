/**
 * A scan taken apart, so that passes can move work out of it: its operands, carries and results each with their
 * variable inside and their atom outside. Scan equation → Loop → scan equation.
 */

import { avalOf } from '../../../core/aval.js'
import { dceJaxpr } from '../../../core/dce.js'
import { defined } from '../../../core/errors.js'
import { makeEquation, makeVar, type Atom, type Equation, type Jaxpr, type Var } from '../../../core/jaxpr.js'

/** A constant, or an array whose items the steps see. */
export interface Operand {
  readonly inner: Var
  readonly outer: Atom
}

export interface Carry {
  readonly inner: Var
  readonly init: Atom
  /** Inside: the value for the next step. */
  readonly next: Atom
  /** Outside: the value after the last step. */
  readonly last: Var
}

export interface Result {
  readonly inner: Atom
  readonly outer: Var
}

export class Loop {
  readonly length: number
  constants: Operand[]
  carries: Carry[]
  items: Operand[]
  equations: readonly Equation[]
  results: Result[]
  readonly #eqn: Equation<'scan'>
  #users: ReadonlyMap<Atom, number> | null = null
  #producers: ReadonlyMap<Atom, Equation> | null = null

  constructor(eqn: Equation<'scan'>) {
    const { jaxpr, consts, carries, length } = eqn.params
    const operands = eqn.inputs.map((outer, i) => ({ inner: jaxpr.inputs[i] as Var, outer }))
    this.#eqn = eqn
    this.length = length
    this.constants = operands.slice(0, consts)
    this.carries = operands.slice(consts, consts + carries).map(({ inner, outer }, i) => ({
      inner,
      init: outer,
      next: jaxpr.outputs[i] as Atom,
      last: eqn.outputs[i] as Var,
    }))
    this.items = operands.slice(consts + carries)
    this.equations = jaxpr.equations
    this.results = eqn.outputs
      .slice(carries)
      .map((outer, i) => ({ inner: jaxpr.outputs[carries + i] as Atom, outer }))
  }

  /** The array outside of what `inner` is in each step. */
  result(inner: Var): Var {
    const known = this.results.find((result) => result.inner === inner)
    if (known !== undefined) return known.outer
    const outer = makeVar(avalOf([this.length, ...inner.aval.shape], inner.aval.dtype))
    this.results.push({ inner, outer })
    this.#changed()
    return outer
  }

  /** Takes the equations that `change` gives for each one. */
  rewrite(change: (eqn: Equation) => readonly Equation[]): void {
    this.equations = this.equations.flatMap((eqn) => change(eqn))
    this.#changed()
  }

  append(eqn: Equation): void {
    this.equations = [...this.equations, eqn]
    this.#changed()
  }

  /** Drops equations that nothing needs. */
  clean(): void {
    this.equations = dceJaxpr(this.#body()).equations
    this.#changed()
  }

  /** How often the body reads an atom, its outputs included. */
  uses(atom: Atom): number {
    this.#users ??= countUses(this.#body())
    return this.#users.get(atom) ?? 0
  }

  producer(atom: Atom): Equation | undefined {
    this.#producers ??= new Map(this.equations.flatMap((eqn) => eqn.outputs.map((v) => [v, eqn] as const)))
    return this.#producers.get(atom)
  }

  /** The scan as it is now. */
  equation(): Equation<'scan'> {
    const inputs = [
      ...this.constants.map(({ outer }) => outer),
      ...this.carries.map(({ init }) => init),
      ...this.items.map(({ outer }) => outer),
    ]
    const outputs = [...this.carries.map(({ last }) => last), ...this.results.map(({ outer }) => outer)]
    return makeEquation('scan', inputs, outputs, {
      ...this.#eqn.params,
      jaxpr: this.#body(),
      consts: this.constants.length,
      carries: this.carries.length,
    }) as Equation<'scan'>
  }

  #changed(): void {
    this.#users = null
    this.#producers = null
  }

  #body(): Jaxpr {
    return {
      inputs: [...this.constants, ...this.carries, ...this.items].map(({ inner }) => inner),
      equations: this.equations,
      outputs: [...this.carries.map(({ next }) => next), ...this.results.map(({ inner }) => inner)],
    }
  }
}

function countUses(jaxpr: Jaxpr): Map<Atom, number> {
  const users = new Map<Atom, number>()
  const use = (atom: Atom): unknown => users.set(atom, (users.get(atom) ?? 0) + 1)
  for (const eqn of jaxpr.equations) eqn.inputs.forEach(use)
  jaxpr.outputs.forEach(use)
  return users
}

/** The only output of an equation. */
export const outputOf = (eqn: Equation): Var => defined(eqn.outputs[0], 'an equation without an output')
