/**
 * The gated recurrent unit layer.
 */

import type { NDArray } from '../../core/ndarray.js'
import { sliceAxis } from '../../numpy/promote.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { sigmoid } from '../activations.js'
import { glorotUniform, orthogonal, zeros } from '../initializers/index.js'
import { recurrent, type Cell, type RecurrentConstructor, type RecurrentOptions } from './recurrent.js'

/** Gates side by side in the order reset, update, new. */
export interface GruParams {
  /** [inputs, 3 · units] */
  readonly kernel: NDArray
  /** [units, 3 · units] */
  readonly recurrentKernel: NDArray
  /** [3 · units] */
  readonly bias: NDArray
  /** [units], added to the state's part of the new value, which the reset gate multiplies */
  readonly recurrentBias: NDArray
}

/** What is carried from step to step, [batch, units] each. */
export type GruCarry = readonly [h: NDArray]

function gruCell(units: number, options: RecurrentOptions = {}): Cell<GruParams, GruCarry> {
  const { kernelInit = glorotUniform(), recurrentInit = orthogonal(), biasInit = zeros } = options
  return {
    name: 'gru',
    units,
    carryOf: (array) => [array],
    init: (key, inputs) => ({
      kernel: kernelInit(random.foldIn(key, 0), [inputs, 3 * units]),
      recurrentKernel: recurrentInit(random.foldIn(key, 1), [units, 3 * units]),
      bias: biasInit(random.foldIn(key, 2), [3 * units]),
      recurrentBias: biasInit(random.foldIn(key, 3), [units]),
    }),
    project: ({ kernel, bias }, x) => np.add(np.matmul(x, kernel), bias),
    step({ recurrentKernel, recurrentBias }, [h], projected) {
      const recurrent = np.matmul(h, recurrentKernel)
      const part = (x: NDArray, i: number): NDArray => sliceAxis(x, x.ndim - 1, i * units, (i + 1) * units)
      const reset = sigmoid(np.add(part(projected, 0), part(recurrent, 0)))
      const update = sigmoid(np.add(part(projected, 1), part(recurrent, 1)))
      const remembered = np.multiply(reset, np.add(part(recurrent, 2), recurrentBias))
      const fresh = np.tanh(np.add(part(projected, 2), remembered))
      return [np.add(np.multiply(np.subtract(1, update), fresh), np.multiply(update, h))]
    },
  }
}

/**
 * A GRU: h ← (1 - z) n + z h with r = σ(x Wr + h Ur + br), z = σ(x Wz + h Uz + bz) and
 * n = tanh(x Wn + bn + r (h Un + cn)), from zeros. [batch, time, features] → [batch, units], the last h, or
 * [batch, time, units] with `returnSequence`. Formula and order of the gates (r, z, n) are PyTorch's and Flax's; the
 * two biases of PyTorch's r and z add up to one. Default initializers are Keras's. Steps where `mask` is false are
 * skipped. `applyCarry` starts from a carry [h] of one's own and gives the last one. Errors: `shape` for examples that
 * are not [time, features]. Source: Cho et al. (2014), torch.nn.GRU, flax.linen.GRUCell.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.gru(8)
 * const [y] = layer.apply(layer.init(random.key(0), [5, 3]), np.ones([2, 5, 3]))
 * console.log(y.shape) // [2, 8]
 * ```
 */
export const gru: RecurrentConstructor<RecurrentOptions, GruParams, GruCarry> = recurrent(gruCell)
