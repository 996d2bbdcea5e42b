/**
 * jit for functions of trees whose types nobody knows here, and for steps that take over the memory of what they change.
 */

import { ConcreteArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import { jit, type JitOptions } from '../transforms/index.js'
import { keep } from './keep.js'

/** `f` compiled, with its own type: its arguments are trees of arrays. */
export function compiledAs<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions,
): (...args: A) => R {
  // An `unknown` among the arguments could be a number, which jit takes too; the types of jit say so in another way.
  return jit(f as (...args: readonly unknown[]) => R, options) as unknown as (...args: A) => R
}

/** Whether a result has arrays of `given`: compiled functions hand on what they do not change. */
export function holdsPartOf(result: unknown, given: unknown): boolean {
  const parts = new Set(tree.leaves(given))
  return tree.leaves(result).some((leaf) => parts.has(leaf))
}

/**
 * A step compiled so that its first argument, which it gives anew, is taken over. The next step may take the result over
 * in its turn: arrays of the other arguments or of the outside world that became part of it stay as they are.
 */
export function compiledStep<C, A extends readonly unknown[]>(
  f: (carry: C, ...rest: A) => C,
  name: string,
): (carry: C, ...rest: A) => C {
  let handsOn = false
  const traced = (carry: C, ...rest: A): C => {
    const next = f(carry, ...rest)
    handsOn ||= holdsPartOf(next, rest) || tree.leaves(next).some((leaf) => leaf instanceof ConcreteArray)
    return next
  }
  const compiled = compiledAs(traced, { donateArgnums: 0, name })
  return (carry, ...rest) => {
    const next = compiled(carry, ...rest)
    return handsOn ? keep(next) : next
  }
}
