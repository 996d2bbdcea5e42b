/**
 * A residual connection around a layer.
 */

import { fail } from '../../core/errors.js'
import type { NDArray } from '../../core/ndarray.js'
import { sameShape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import type { ApplyOptions, Layer } from './layer.js'

/** What the two sides of a residual connection with a shortcut have. */
export interface ResidualSides<B, C> {
  readonly branch: B
  readonly shortcut: C
}

function sum(y: NDArray, x: NDArray): NDArray {
  if (sameShape(y.shape, x.shape)) return np.add(y, x)
  return fail('shape', {
    operation: 'nn.residual',
    shapes: [y.shape, x.shape],
    expected: 'a layer whose output has the shape of the other side',
    fix: 'Give a second layer for the shortcut, for instance conv(features, 1, { strides }).',
  })
}

const keyed = (options: ApplyOptions, i: number): ApplyOptions =>
  options.key === undefined ? options : { ...options, key: random.foldIn(options.key, i) }

/** x + layer(x). */
const around = <P, S>(layer: Layer<P, S>): Layer<P, S> => ({
  name: 'residual',
  init: (key, inputShape) => layer.init(key, inputShape),
  apply(variables, x, options) {
    const [y, state] = layer.apply(variables, x, options)
    return [sum(y, x), state]
  },
})

/** shortcut(x) + layer(x). */
function between<P, S, Q, T>(
  layer: Layer<P, S>,
  shortcut: Layer<Q, T>,
): Layer<ResidualSides<P, Q>, ResidualSides<S, T>> {
  return {
    name: 'residual',
    init(key, inputShape) {
      const branch = layer.init(random.foldIn(key, 0), inputShape)
      const other = shortcut.init(random.foldIn(key, 1), inputShape)
      return {
        params: { branch: branch.params, shortcut: other.params },
        state: { branch: branch.state, shortcut: other.state },
      }
    },
    apply({ params, state }, x, options = {}) {
      const own = { params: params.branch, state: state.branch }
      const [y, branch] = layer.apply(own, x, keyed(options, 0))
      const others = { params: params.shortcut, state: state.shortcut }
      const [z, after] = shortcut.apply(others, x, keyed(options, 1))
      return [sum(y, z), { branch, shortcut: after }]
    },
  }
}

/**
 * x + layer(x), with the parameters and state of `layer`; or shortcut(x) + layer(x), with both sides' under `branch`
 * and `shortcut`. Errors: `shape` where the two sides differ. Source: He et al. (2016).
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const block = nn.residual(nn.sequential(nn.dense(8), nn.activation(nn.relu), nn.dense(4)))
 * const [y] = block.apply(block.init(random.key(0), [4]), np.ones([2, 4]))
 * console.log(y.shape) // [2, 4]
 * ```
 */
export function residual<P, S>(layer: Layer<P, S>): Layer<P, S>
export function residual<P, S, Q, T>(
  layer: Layer<P, S>,
  shortcut: Layer<Q, T>,
): Layer<ResidualSides<P, Q>, ResidualSides<S, T>>
export function residual<P, S, Q, T>(
  layer: Layer<P, S>,
  shortcut?: Layer<Q, T>,
): Layer<P, S> | Layer<ResidualSides<P, Q>, ResidualSides<S, T>> {
  return shortcut === undefined ? around(layer) : between(layer, shortcut)
}
