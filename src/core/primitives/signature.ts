/**
 * The types that a primitive's declaration is made of: arity, parameters, and the total tables over them.
 */

import type { Aval } from '../aval.js'

/** A fixed number of arrays, or any number of them. */
export type Arity = 0 | 1 | 2 | 3 | 4 | 'any'

/** `Tuple<T, 2>` is `readonly [T, T]`; `Tuple<T, 'any'>` is `readonly T[]`. */
export type Tuple<T, N extends Arity> = N extends 0
  ? readonly []
  : N extends 1
    ? readonly [T]
    : N extends 2
      ? readonly [T, T]
      : N extends 3
        ? readonly [T, T, T]
        : N extends 4
          ? readonly [T, T, T, T]
          : readonly T[]

export type NoParams = Readonly<Record<never, never>>

/** The declaration of a primitive: how many arrays in, how many out, and its static parameters. */
export interface Sig<In extends Arity, Out extends Arity, Params extends object = NoParams> {
  readonly inputs: In
  readonly outputs: Out
  readonly params: Params
}

/** One shape/dtype rule: it checks its inputs and gives the avals of the results. */
export type AbstractRule<S> =
  S extends Sig<infer In, infer Out, infer Params>
    ? (inputs: Tuple<Aval, In>, params: Params) => Tuple<Aval, Out>
    : never

export type AbstractTable<Sigs> = { readonly [P in keyof Sigs]: AbstractRule<Sigs[P]> }
