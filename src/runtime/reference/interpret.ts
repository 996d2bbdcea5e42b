/**
 * The meaning of a jaxpr: its equations applied one after another to host numbers.
 */

import type { HostArray } from '../../core/dtype.js'
import { defined } from '../../core/errors.js'
import type { Atom, Equation, Jaxpr, PrimitiveName, Var } from '../../core/jaxpr.js'
import { calls } from './call.js'
import { contraction } from './contraction.js'
import { control } from './control.js'
import { elementwise } from './elementwise.js'
import { indexing } from './indexing.js'
import { movement } from './movement.js'
import { random } from './random.js'
import { reduction } from './reduction.js'
import { window } from './window.js'
import { generate, type ReferenceTable, type Value } from './values.js'

function evaluate(jaxpr: Jaxpr, inputs: readonly Value[]): readonly HostArray[] {
  return interpret(
    jaxpr,
    inputs.map((x) => x.data),
  )
}

const rules: ReferenceTable<PrimitiveName> = {
  ...elementwise,
  ...reduction,
  ...movement,
  ...indexing,
  ...contraction,
  ...window,
  ...random,
  ...control(evaluate),
  ...calls(evaluate),
}

function apply(eqn: Equation, inputs: readonly Value[]): readonly HostArray[] {
  // The table is typed entry by entry; here the name is a variable, so the tuple types are widened once.
  const rule = rules[eqn.primitive] as unknown as (
    inputs: readonly Value[],
    params: object,
    outputs: readonly unknown[],
  ) => readonly HostArray[]
  return rule(
    inputs,
    eqn.params,
    eqn.outputs.map((v) => v.aval),
  )
}

/** The outputs of `jaxpr` for these inputs. An output may be one of the inputs' arrays. */
export function interpret(jaxpr: Jaxpr, inputs: readonly HostArray[]): readonly HostArray[] {
  const known = new Map<Var, HostArray>()
  const valueOf = (atom: Atom): Value => ({
    aval: atom.aval,
    data:
      atom.kind === 'literal'
        ? generate(atom.aval, () => atom.value)
        : defined(known.get(atom), 'reference: a variable was used before it was defined'),
  })
  jaxpr.inputs.forEach((v, i) => known.set(v, defined(inputs[i], 'reference: too few inputs')))
  for (const eqn of jaxpr.equations) {
    const results = apply(eqn, eqn.inputs.map(valueOf))
    eqn.outputs.forEach((v, i) =>
      known.set(v, defined(results[i], `reference: ${eqn.primitive} gave too few results`)),
    )
  }
  return jaxpr.outputs.map((atom) => valueOf(atom).data)
}
