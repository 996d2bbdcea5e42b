/**
 * The total table of shape rules, and its application. A primitive is added by writing its signature in a
 * family, naming it in core/jaxpr.ts if the family is new, and following the compiler.
 */

import type { Aval } from '../aval.js'
import type { Params, PrimitiveName, Signatures } from '../jaxpr.js'
import { callAbstract } from './call.js'
import { controlAbstract } from './control.js'
import { contractionAbstract } from './contraction.js'
import { elementwiseAbstract } from './elementwise.js'
import { indexingAbstract } from './indexing.js'
import { movementAbstract } from './movement.js'
import { randomAbstract } from './random.js'
import { reductionAbstract } from './reduction.js'
import type { AbstractTable } from './signature.js'
import { windowAbstract } from './window.js'

export const abstractRules: AbstractTable<Signatures> = {
  ...elementwiseAbstract,
  ...reductionAbstract,
  ...movementAbstract,
  ...indexingAbstract,
  ...contractionAbstract,
  ...windowAbstract,
  ...randomAbstract,
  ...controlAbstract,
  ...callAbstract,
}

export const primitiveNames = Object.keys(abstractRules) as readonly PrimitiveName[]

/** The avals that `primitive` gives for these input avals; throws a `CotangentError` where they do not fit. */
export function abstractEval<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly Aval[],
  params: Params<P>,
): readonly Aval[] {
  // The table is typed entry by entry; here the name is a variable, so the tuple types are widened once.
  const rule = abstractRules[primitive] as unknown as (
    inputs: readonly Aval[],
    params: Params<P>,
  ) => readonly Aval[]
  return rule(inputs, params)
}
