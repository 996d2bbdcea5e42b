/**
 * Transformed programs are kept by the identity of the program they came from, so that the executable compiled
 * for one is found again: an eager `grad(jit(f))` compiles once.
 */

import type { Jaxpr } from '../core/jaxpr.js'
import { Tracer, type NDArray } from '../core/ndarray.js'

/** `build`, remembered for each jaxpr (or list of branches) and key. */
export function memoByJaxpr<J extends Jaxpr | readonly Jaxpr[], Args extends readonly unknown[], R>(
  keyOf: (...args: Args) => string,
  build: (jaxpr: J, ...args: Args) => R,
  keep: (result: R) => boolean = () => true,
): (jaxpr: J, ...args: Args) => R {
  const results = new WeakMap<J, Map<string, R>>()
  return (jaxpr, ...args) => {
    const key = keyOf(...args)
    const known = results.get(jaxpr)?.get(key)
    if (known !== undefined) return known
    const made = build(jaxpr, ...args)
    if (!keep(made)) return made
    const byKey = results.get(jaxpr) ?? new Map<string, R>()
    results.set(jaxpr, byKey.set(key, made))
    return made
  }
}

/** Programs that close over tracers (through a custom rule) belong to one trace only. */
export const closesOverArraysOnly = ({ consts }: { readonly consts: readonly NDArray[] }): boolean =>
  !consts.some((x) => x instanceof Tracer)

/** A list of flags as a key. */
export const maskKey = (...masks: readonly (readonly boolean[])[]): string =>
  masks.map((mask) => mask.map(Number).join('')).join('|')
