/**
 * What a layer is: two pure functions. Parameters and state are plain pytrees that the caller holds.
 */

import type { DType } from '../../core/dtype.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import type { Shape } from '../../core/shape.js'
import type { Key } from '../../random/index.js'
import { evalShape } from '../../transforms/index.js'

/** What a layer works with: parameters, which are trained, and state, which applying it changes. */
export interface Variables<P, S> {
  readonly params: P
  readonly state: S
}

export interface ApplyOptions {
  /** For layers that draw random numbers. */
  readonly key?: Key
  /** Whether this is training (layers like dropout differ); default false. */
  readonly training?: boolean
  /**
   * [batch, length] bools, false at padding: attention does not look there, recurrent layers skip these steps,
   * `globalAvgPool` leaves them out of its means. Combinators hand it on; other layers ignore it.
   */
  readonly mask?: ArrayLike
}

/**
 * A function of arrays with parameters `P` and state `S` (null where it has none).
 * Shapes of inputs are those of one example; arrays have one more axis in front, the batch.
 */
export interface Layer<P = unknown, S = unknown> {
  /** The first parameters and state for examples of shape `inputShape`. */
  init(key: Key, inputShape: Shape): Variables<P, S>
  /** The output for a batch `x` of shape [batch, ...inputShape], and the next state. */
  apply(variables: Variables<P, S>, x: NDArray, options?: ApplyOptions): [y: NDArray, state: S]
  /** What `summary` calls it. */
  readonly name?: string
  /** The dtype of the examples that shapes are inferred with; default float32. */
  readonly inputDType?: DType
  /** The layers that this one applies in order, for `summary`. */
  readonly layers?: readonly Layer[]
}

/** The type of a layer's parameters. */
export type ParamsOf<L> = L extends Layer<infer P> ? P : never
/** The type of a layer's state. */
export type StateOf<L> = L extends Layer<unknown, infer S> ? S : never

/** A layer without parameters and state. */
export const stateless = (
  f: (x: NDArray, options: ApplyOptions) => NDArray,
  name: string,
): Layer<null, null> => ({
  name,
  init: () => ({ params: null, state: null }),
  apply: (_, x, options = {}) => [f(x, options), null],
})

/** The shape that `layer` gives examples of shape `inputShape`, found by tracing it; nothing is computed. */
export function outputShape<P, S>(layer: Layer<P, S>, variables: Variables<P, S>, inputShape: Shape): Shape {
  const apply = (x: NDArray): NDArray => layer.apply(variables, x)[0]
  const { inputDType: dtype = 'float32' } = layer
  return evalShape(apply, { shape: [1, ...inputShape], dtype }).shape.slice(1)
}
