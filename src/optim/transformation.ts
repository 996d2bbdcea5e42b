/**
 * Gradient transformations, Optax's building blocks: a pair of pure functions, so that optimizers compose and jit.
 * init: params → state; update: (gradients, state, params) → [updates, next state].
 */

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
 * updates (a tree like the gradients) and the next state, a tree of arrays.
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
export type GradientTransformation<S extends OptimizerState = OptimizerState> = Rules<S>

/** A transformation of its rules; what the state is, stays their secret. */
export const transformation = <S>(rules: Rules<S>): GradientTransformation =>
  rules as unknown as GradientTransformation

/** A transformation that needs no state. */
export const stateless = (
  update: <P>(updates: P, params: P | null | undefined) => P,
): GradientTransformation =>
  transformation<null>({
    init: () => null,
    update: (updates, _, params) => [update(updates, params), null],
  })
