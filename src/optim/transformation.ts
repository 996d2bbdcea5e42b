/**
 * Gradient transformations, Optax's building blocks: a pair of pure functions, so that optimizers compose and jit.
 * init: params → state; update: (gradients, state, params) → [updates, next state].
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import * as tree from '../core/tree.js'
import * as np from '../numpy/index.js'

declare const opaque: unique symbol

/** The state of an optimizer: a pytree that only passes from one call to the next. */
export interface OptimizerState {
  readonly [opaque]: 'state of an optimizer'
}

/** A pair of pure functions over a state of type `S`. */
export interface Rules<S> {
  init(params: unknown): S
  update<P>(updates: P, state: S, params?: P | null): [updates: P, state: S]
}

/**
 * How gradients become updates: `init(params)` gives the first state, `update(gradients, state, params)` the
 * updates (a tree like the gradients) and the next state.
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
export type GradientTransformation = Rules<OptimizerState>

/** A transformation of its rules; what the state is, stays their secret. */
export const transformation = <S>(rules: Rules<S>): GradientTransformation =>
  rules as unknown as GradientTransformation

/** A tree of arrays, as states hold them for the parameters. */
export type ArrayTree = tree.Tree<NDArray>

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
): GradientTransformation =>
  transformation<null>({
    init: () => null,
    update: (updates, _, params) => [update(updates, params), null],
  })

/** Leaves the updates as they are. */
export const identity = (): GradientTransformation => stateless((updates) => updates)

/** Updates of zero: for parameters that stay fixed. */
export const setToZero = (): GradientTransformation =>
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
export const chain = (...transformations: readonly GradientTransformation[]): GradientTransformation =>
  transformation<readonly OptimizerState[]>({
    init: (params) => transformations.map((t) => t.init(params)),
    update: (updates, states, params) => {
      checkStates(states, transformations.length)
      let current = updates
      const next = transformations.map((t, i) => {
        const [transformed, state] = t.update(current, states[i] as OptimizerState, params)
        current = transformed
        return state
      })
      return [current, next]
    },
  })

function checkStates(states: readonly OptimizerState[], count: number): void {
  if (states.length === count) return
  fail('tree', {
    operation: 'optim.chain',
    path: 'the state',
    expected: `a list of ${count}`,
    received: `a list of ${states.length}`,
    fix: 'Give the state of this optimizer, from init or update.',
  })
}
