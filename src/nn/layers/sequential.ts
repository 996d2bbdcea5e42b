/**
 * Layers one after the other, as one layer.
 */

import * as random from '../../random/index.js'
import { outputShape, type Layer, type ParamsOf, type StateOf, type Variables } from './layer.js'

/** The list of the layers' parameters, typed layer by layer. */
export type SequentialParams<L extends readonly Layer[]> = { readonly [I in keyof L]: ParamsOf<L[I]> }
export type SequentialState<L extends readonly Layer[]> = { readonly [I in keyof L]: StateOf<L[I]> }

/**
 * Layers applied in order; parameters and state are lists, one entry for each layer. Layer i gets the key
 * `random.foldIn(key, i)`, in `init` and in `apply`.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const model = nn.sequential(nn.flatten(), nn.dense(32), nn.activation(nn.relu), nn.dense(10))
 * const { params, state } = model.init(random.key(0), [8, 8])
 * const [logits] = model.apply({ params, state }, np.zeros([5, 8, 8]))
 * console.log(params[1].kernel.shape, logits.shape) // [64, 32] [5, 10]
 * ```
 */
export function sequential<const L extends readonly Layer[]>(
  ...layers: L
): Layer<SequentialParams<L>, SequentialState<L>> {
  const inputDType = layers[0]?.inputDType
  return {
    name: 'sequential',
    layers,
    ...(inputDType === undefined ? {} : { inputDType }),
    init(key, inputShape) {
      const variables: Variables<unknown, unknown>[] = []
      let shape = inputShape
      layers.forEach((layer, i) => {
        const own = layer.init(random.foldIn(key, i), shape)
        shape = outputShape(layer, own, shape)
        variables.push(own)
      })
      // The lists are typed by their layers; TypeScript does not follow a tuple through a loop.
      const params = variables.map((own) => own.params) as unknown as SequentialParams<L>
      return { params, state: variables.map((own) => own.state) as unknown as SequentialState<L> }
    },
    apply({ params, state }, x, { key, ...options } = {}) {
      let y = x
      const next = layers.map((layer, i) => {
        const own = { params: params[i], state: state[i] }
        const [output, after] = layer.apply(
          own,
          y,
          key === undefined ? options : { ...options, key: random.foldIn(key, i) },
        )
        y = output
        return after
      })
      return [y, next as unknown as SequentialState<L>]
    },
  }
}
