/**
 * Layers side by side: each sees the same input, and their outputs are combined.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import type { Layer } from './layer.js'
import type { SequentialParams, SequentialState } from './sequential.js'

/**
 * Layers applied to the same input, whose outputs `combine` makes one of: by default side by side along the last axis.
 * Parameters and state are lists, one entry for each layer; layer i gets the key `random.foldIn(key, i)`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const inception = nn.parallel([nn.conv(4, 1), nn.conv(8, 3), nn.maxPool(3, { strides: 1, padding: 'SAME' })])
 * const [y] = inception.apply(inception.init(random.key(0), [6, 6, 2]), np.ones([1, 6, 6, 2]))
 * console.log(y.shape) // [1, 6, 6, 14]
 * ```
 */
export function parallel<const L extends readonly Layer[]>(
  layers: L,
  combine: (outputs: readonly NDArray[]) => NDArray = (outputs) => np.concatenate(outputs, -1),
): Layer<SequentialParams<L>, SequentialState<L>> {
  const inputDType = layers[0]?.inputDType
  return {
    name: 'parallel',
    ...(inputDType === undefined ? {} : { inputDType }),
    init(key, inputShape) {
      const all = layers.map((layer, i) => layer.init(random.foldIn(key, i), inputShape))
      // The lists are typed by their layers; TypeScript does not follow a tuple through map.
      const params = all.map((own) => own.params) as unknown as SequentialParams<L>
      return { params, state: all.map((own) => own.state) as unknown as SequentialState<L> }
    },
    apply({ params, state }, x, { key, ...options } = {}) {
      const results = layers.map((layer, i) =>
        layer.apply(
          { params: params[i], state: state[i] },
          x,
          key === undefined ? options : { ...options, key: random.foldIn(key, i) },
        ),
      )
      const next = results.map(([, after]) => after) as unknown as SequentialState<L>
      return [combine(results.map(([y]) => y)), next]
    },
  }
}
