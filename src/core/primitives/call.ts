/**
 * Call primitives: equations that hold whole programs. Their inputs are the inputs of the sub-jaxpr, in order.
 * `J` is the type of a jaxpr: it is closed in core/jaxpr.ts, where programs and primitives refer to each other.
 */

import type { Aval } from '../aval.js'
import { fail } from '../errors.js'
import type { NDArray } from '../ndarray.js'
import type { AbstractTable, Sig } from './signature.js'

/** A flat function of arrays, run by the interpreter that is current when it is called. */
export type ArrayFunction = (...arrays: readonly NDArray[]) => readonly NDArray[]

/** The little of a jaxpr that the shape rules need. */
export interface JaxprLike {
  readonly outputs: readonly { readonly aval: Aval }[]
}

export interface JitParams<J> {
  readonly jaxpr: J
  readonly name: string
  /** Which inputs the caller gives away; their memory may hold results. */
  readonly donated: readonly boolean[]
}

export interface CustomJvpParams<J> {
  readonly jaxpr: J
  readonly name: string
  /** How many leading inputs are arrays that the function closes over; the rule knows them itself. */
  readonly consts: number
  /** (...primals, ...tangents) → (...outputs, ...output tangents). */
  readonly rule: ArrayFunction
}

export interface CustomVjpParams<J> {
  readonly jaxpr: J
  readonly name: string
  /** How many leading inputs are arrays that the function closes over; the rules know them themselves. */
  readonly consts: number
  /** (...inputs) → (...outputs, ...residuals). */
  readonly forward: ArrayFunction
  /** (...residuals, ...output cotangents) → one cotangent for each input; those of integers are ignored. */
  readonly backward: ArrayFunction
}

/** The linear map whose transpose is a customVjp's backward function; it cannot be applied forwards. */
export interface CustomLinearParams {
  readonly name: string
  readonly residuals: number
  readonly outputs: readonly Aval[]
  readonly backward: ArrayFunction
}

export interface CallSigs<J> {
  jit: Sig<'any', 'any', JitParams<J>>
  /** Like jit, but its derivative recomputes it instead of storing its intermediates. */
  checkpoint: Sig<'any', 'any', { readonly jaxpr: J; readonly name: string }>
  customJvp: Sig<'any', 'any', CustomJvpParams<J>>
  customVjp: Sig<'any', 'any', CustomVjpParams<J>>
  /** customLinear(...residuals, ...tangents) */
  customLinear: Sig<'any', 'any', CustomLinearParams>
}

const ofJaxpr = (_: readonly Aval[], { jaxpr }: { readonly jaxpr: JaxprLike }): readonly Aval[] =>
  jaxpr.outputs.map((atom) => atom.aval)

export const callAbstract: AbstractTable<CallSigs<JaxprLike>> = {
  jit: ofJaxpr,
  checkpoint: ofJaxpr,
  customJvp: ofJaxpr,
  customVjp: ofJaxpr,
  customLinear: (_, { outputs }) => outputs,
}

/** The error wherever a customLinear would have to be applied forwards. */
export const noForwardRule = (name: string): never =>
  fail('notDifferentiable', {
    operation: `customVjp function '${name}'`,
    reason: 'it has a backward rule only, and was differentiated in forward mode',
    fix: 'Use grad, vjp or jacrev, or define it with customJvp.',
  })
