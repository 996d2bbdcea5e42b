/**
 * Gradient transformations, Optax's building blocks: a pair of pure functions, so that optimizers compose and jit.
 * init: params → state; update: (gradients, state, params) → [updates, next state].
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import * as np from '../numpy/index.js'

/** A tree of arrays, as states hold them for each parameter. */
export type ArrayTree = tree.Tree<NDArray>

/**
 * How gradients become updates. `P` is the type of the parameter tree, `S` that of the state, a pytree that only
 * passes from one call to the next.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const optimizer = optim.adam(1e-3)
 * let params = { w: np.ones([3]) }
 * let state = optimizer.init(params)
 * const gradients = { w: np.array([1, 2, 3]) }
 * const [updates, next] = optimizer.update(gradients, state, params)
 * params = optim.applyUpdates(params, updates)
 * state = next
 * ```
 */
export interface GradientTransformation<S = ArrayTree> {
  init(params: unknown): S
  update<P>(updates: P, state: S, params?: P | null): [updates: P, state: S]
}

/** The type of a transformation's state. */
export type StateOf<T> = T extends GradientTransformation<infer S> ? S : never

/** `f` on every leaf of trees of one structure; the result has the type of the first tree. */
export function mapArrays<P>(f: (...leaves: NDArray[]) => NDArray, first: P, ...rest: readonly unknown[]): P {
  return tree.map<P, NDArray>(f, first, ...rest) as P
}

/** Zeros with the shapes and dtypes of the leaves. */
export const zerosLike = (params: unknown): ArrayTree =>
  mapArrays((p) => np.zerosLike(p), params) as ArrayTree

/** The parameters, for transformations that cannot do without. */
export function required<P>(params: P | null | undefined, operation: string): P {
  if (params !== null && params !== undefined) return params
  return fail('argument', {
    operation,
    argument: 'params',
    received: 'nothing',
    expected: 'the parameters, as third argument of update',
  })
}

/** A transformation that needs no state. */
export const stateless = (
  update: <P>(updates: P, params: P | null | undefined) => P,
): GradientTransformation<null> => ({
  init: () => null,
  update: (updates, _, params) => [update(updates, params), null],
})

/** Leaves the updates as they are. */
export const identity = (): GradientTransformation<null> => stateless((updates) => updates)

/** Updates of zero: for parameters that stay fixed. */
export const setToZero = (): GradientTransformation<null> =>
  stateless((updates) => mapArrays((g) => np.zerosLike(g), updates))

/**
 * Transformations applied in order; the state is the list of their states.
 *
 * @example
 * ```ts
 * import { optim } from 'cotangent'
 * const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adam(1e-3))
 * ```
 */
export function chain<const T extends readonly GradientTransformation<unknown>[]>(
  ...transformations: T
): GradientTransformation<{ readonly [I in keyof T]: StateOf<T[I]> }> {
  type States = { readonly [I in keyof T]: StateOf<T[I]> }
  return {
    init: (params) => transformations.map((t) => t.init(params)) as unknown as States,
    update: (updates, states, params) => {
      if (states.length !== transformations.length) {
        fail('tree', {
          operation: 'optim.chain',
          path: 'the state',
          expected: `a list of ${transformations.length}`,
          received: `a list of ${states.length}`,
          fix: 'Give the state of this optimizer, from init or update.',
        })
      }
      let current = updates
      const next = transformations.map((t, i) => {
        const [transformed, state] = t.update(current, states[i], params)
        current = transformed
        return state
      })
      return [current, next as unknown as States]
    },
  }
}
