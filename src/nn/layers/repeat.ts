/**
 * The same layer several times with parameters of its own each time: one scan over stacked parameters.
 */

import { fail } from '../../core/errors.js'
import { sameShape } from '../../core/shape.js'
import { map } from '../../core/tree.js'
import { scan } from '../../lax/control.js'
import type { ScanOptions } from '../../lax/control.js'
import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { outputShape, type Layer, type Variables } from './layer.js'

/** What one turn of the loop works with. */
interface Turn {
  readonly variables: Variables<unknown, unknown>
  readonly index: NDArray
}

/**
 * `layer` applied `times` times, each time with its own parameters and state: those of `layer` with one more axis in
 * front. The program is a loop, so its size does not depend on `times`. Turn i gets the key `random.foldIn(key, i)`.
 * Errors: `shape` unless `layer` keeps the shape of its input. Source: flax.linen.scan over layers.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const deep = nn.repeat(nn.sequential(nn.dense(16), nn.activation(nn.tanh)), 12)
 * const { params, state } = deep.init(random.key(0), [16])
 * console.log(params[0].kernel.shape, deep.apply({ params, state }, np.ones([2, 16]))[0].shape) // [12, 16, 16] [2, 16]
 * ```
 */
export function repeat<P, S>(
  layer: Layer<P, S>,
  times: number,
  { unroll = 1 }: Pick<ScanOptions, 'unroll'> = {},
): Layer<P, S> {
  const operation = 'nn.repeat'
  if (!(Number.isInteger(times) && times >= 1)) {
    fail('argument', {
      operation,
      argument: 'times',
      received: String(times),
      expected: 'a whole number >= 1',
    })
  }
  return {
    name: `repeat × ${times}`,
    init(key, inputShape) {
      const all = Array.from({ length: times }, (_, i) => layer.init(random.foldIn(key, i), inputShape))
      const [first, ...others] = all as [Variables<P, S>, ...Variables<P, S>[]]
      const after = outputShape(layer, first, inputShape)
      if (!sameShape(after, inputShape)) {
        fail('shape', {
          operation,
          shapes: [inputShape, after],
          expected: 'a layer whose output has the shape of its input',
        })
      }
      return map((...leaves: NDArray[]) => np.stack(leaves), first, ...others) as unknown as Variables<P, S>
    },
    apply(variables, x, { key, ...options } = {}) {
      const turns: Turn = { variables, index: np.arange(times, null, 1, { dtype: 'int32' }) }
      const turn = (input: NDArray, { variables: own, index }: Turn): readonly [NDArray, S] =>
        layer.apply(
          own as Variables<P, S>,
          input,
          key === undefined ? options : { ...options, key: random.foldIn(key, index) },
        )
      const [y, state] = scan(turn as never, x, turns as never, { length: times, unroll }) as unknown as [
        NDArray,
        S,
      ]
      return [y, state]
    },
  }
}
