/**
 * jit for functions of trees whose types nobody knows here.
 */

import { jit, type JitOptions } from '../transforms/index.js'

/** `f` compiled, with its own type: its arguments are trees of arrays. */
export function compiledAs<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions,
): (...args: A) => R {
  // An `unknown` among the arguments could be a number, which jit takes too; the types of jit say so in another way.
  return jit(f as (...args: readonly unknown[]) => R, options) as unknown as (...args: A) => R
}
