/**
 * The IR. A jaxpr is a list of equations in single-assignment form between inputs and outputs; it is closed
 * (arrays it needs are inputs) and holds scalars as literals. Here programs and primitives refer to each other.
 */

import { avalOf, type Aval } from './aval.js'
import type { DType } from './dtype.js'
import type { CallSigs } from './primitives/call.js'
import type { ControlSigs } from './primitives/control.js'
import type { ContractionSigs } from './primitives/contraction.js'
import type { ElementwiseSigs } from './primitives/elementwise.js'
import type { IndexingSigs } from './primitives/indexing.js'
import type { MovementSigs } from './primitives/movement.js'
import type { RandomSigs } from './primitives/random.js'
import type { ReductionSigs } from './primitives/reduction.js'
import type { Arity, Tuple } from './primitives/signature.js'
import type { WindowSigs } from './primitives/window.js'

/** The closed union of primitives: every rule table is total over it. */
export interface Signatures
  extends
    ElementwiseSigs,
    ReductionSigs,
    MovementSigs,
    IndexingSigs,
    ContractionSigs,
    WindowSigs,
    RandomSigs,
    ControlSigs<Jaxpr>,
    CallSigs<Jaxpr> {}

export type PrimitiveName = keyof Signatures
export type Params<P extends PrimitiveName> = Signatures[P]['params']
export type Inputs<P extends PrimitiveName, T> = Tuple<T, Signatures[P]['inputs'] & Arity>
export type Outputs<P extends PrimitiveName, T> = Tuple<T, Signatures[P]['outputs'] & Arity>

/** A value that an equation or the caller provides. Identity is the variable. */
export interface Var {
  readonly kind: 'var'
  readonly aval: Aval
}

/** A rank-0 constant. */
export interface Literal {
  readonly kind: 'literal'
  readonly aval: Aval
  readonly value: number
}

export type Atom = Var | Literal

/** One application of a primitive; a union over all of them, so that `switch (eqn.primitive)` narrows `params`. */
export type Equation<P extends PrimitiveName = PrimitiveName> = {
  readonly [K in P]: {
    readonly primitive: K
    readonly inputs: readonly Atom[]
    readonly outputs: readonly Var[]
    readonly params: Params<K>
  }
}[P]

export interface Jaxpr {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
}

export const makeVar = (aval: Aval): Var => ({ kind: 'var', aval })

/** A rank-0 constant; bool is 0 or 1. */
export const makeLiteral = (value: number, dtype: DType): Literal => ({
  kind: 'literal',
  aval: avalOf([], dtype),
  value,
})

/** An equation whose primitive is only known as a variable; the caller vouches that the params belong to it. */
export function makeEquation<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly Atom[],
  outputs: readonly Var[],
  params: Params<P>,
): Equation {
  return { primitive, inputs, outputs, params } as unknown as Equation
}

/** The jaxprs held by an equation's params. */
export function subJaxprs(eqn: Equation): readonly Jaxpr[] {
  if ('jaxpr' in eqn.params) return [eqn.params.jaxpr]
  if ('branches' in eqn.params) return eqn.params.branches
  return 'cond' in eqn.params ? [eqn.params.cond, eqn.params.body] : []
}

/** What each inner jaxpr is given: the operands, or items of them along a first axis that it does not see. */
export function innerAvals(eqn: Equation): readonly (readonly Aval[])[] {
  const inputs = eqn.inputs.map((atom) => atom.aval)
  switch (eqn.primitive) {
    case 'scan': {
      const xs = eqn.params.consts + eqn.params.carries
      return [inputs.map((aval, i) => (i < xs ? aval : avalOf(aval.shape.slice(1), aval.dtype)))]
    }
    case 'while': {
      const { condConsts, bodyConsts } = eqn.params
      const carries = inputs.slice(condConsts + bodyConsts)
      return [
        [...inputs.slice(0, condConsts), ...carries],
        [...inputs.slice(condConsts, condConsts + bodyConsts), ...carries],
      ]
    }
    case 'switch':
      return eqn.params.branches.map(() => inputs.slice(1))
    default:
      return subJaxprs(eqn).map(() => inputs)
  }
}
