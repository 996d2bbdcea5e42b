/**
 * Call primitives: the meaning of an equation that holds a program is the program. Custom derivative rules do not
 * change the value.
 */

import type { HostArray } from '../../core/dtype.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import { noForwardRule, type CallSigs } from '../../core/primitives/call.js'
import type { ReferenceTable, Value } from './values.js'

type Evaluate = (jaxpr: Jaxpr, inputs: readonly Value[]) => readonly HostArray[]

/** The rules, given how a whole jaxpr is evaluated. */
export const calls = (evaluate: Evaluate): ReferenceTable<keyof CallSigs<Jaxpr>> => {
  const run = (inputs: readonly Value[], { jaxpr }: { readonly jaxpr: Jaxpr }): readonly HostArray[] =>
    evaluate(jaxpr, inputs)
  return {
    jit: run,
    checkpoint: run,
    customJvp: run,
    customVjp: run,
    customLinear: (_, { name }) => noForwardRule(name),
  }
}
