/**
 * A recurrent layer that goes on where it stopped.
 */

import * as np from '../../numpy/index.js'
import type { Layer } from './layer.js'
import type { RecurrentLayer } from './recurrent.js'

/**
 * `layer` with what it carries as its state: each call goes on where the call before stopped, in any combinator. The
 * parameters are those of `layer`, so a model trained on whole sequences can be sampled step by step. `batch` is the
 * number of sequences, which all calls have; one sequence alone is taken for all of them. Errors: `shape` for another
 * batch. Source: keras.layers.LSTM (stateful).
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const lstm = nn.lstm(8, { returnSequence: true })
 * const trained = nn.sequential(lstm, nn.dense(2)).init(random.key(0), [20, 3])
 * const sampler = nn.sequential(nn.stateful(lstm, 1), nn.dense(2))
 * let { state } = sampler.init(random.key(0), [1, 3])
 * for (let step = 0; step < 3; step++) {
 *   const [y, next] = sampler.apply({ params: trained.params, state }, np.ones([1, 1, 3]))
 *   state = next
 *   console.log(y.shape) // [1, 1, 2]
 * }
 * ```
 */
export const stateful = <P, C>(layer: RecurrentLayer<P, C>, batch: number): Layer<P, C> => ({
  name: `${layer.name ?? 'layer'} (stateful)`,
  init: (key, inputShape) => ({
    params: layer.init(key, inputShape).params,
    state: layer.initialCarry(batch),
  }),
  apply({ params, state }, x, options) {
    const all = x.shape[0] === 1 && batch > 1 ? np.broadcastTo(x, [batch, ...x.shape.slice(1)]) : x
    return layer.applyCarry({ params, state: null }, all, { ...options, carry: state })
  },
})
