/**
 * The long short-term memory layer.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { sigmoid } from '../activations.js'
import { glorotUniform, orthogonal, type Initializer } from '../initializers/index.js'
import { recurrent, type Cell, type RecurrentConstructor, type RecurrentOptions } from './recurrent.js'

/** Gates side by side in the order input, forget, cell, output. */
export interface LstmParams {
  /** [inputs, 4 · units] */
  readonly kernel: NDArray
  /** [units, 4 · units] */
  readonly recurrentKernel: NDArray
  /** [4 · units] */
  readonly bias: NDArray
}

/** 1 for the forget gate, so that cells remember at first; 0 for the others. Source: Jozefowicz et al. (2015). */
const rememberingBias: Initializer = (_, [size = 0], dtype = 'float32') => {
  const [zero, one] = [np.zeros([size / 4], { dtype }), np.ones([size / 4], { dtype })]
  return np.concatenate([zero, one, zero, zero])
}

/** What is carried from step to step, [batch, units] each. */
export type LstmCarry = readonly [h: NDArray, c: NDArray]

function lstmCell(units: number, options: RecurrentOptions = {}): Cell<LstmParams, LstmCarry> {
  const { kernelInit = glorotUniform(), recurrentInit = orthogonal(), biasInit = rememberingBias } = options
  return {
    name: 'lstm',
    units,
    carryOf: (array) => [array, array],
    init: (key, inputs) => ({
      kernel: kernelInit(random.foldIn(key, 0), [inputs, 4 * units]),
      recurrentKernel: recurrentInit(random.foldIn(key, 1), [units, 4 * units]),
      bias: biasInit(random.foldIn(key, 2), [4 * units]),
    }),
    project: ({ kernel, bias }, x) => np.add(np.matmul(x, kernel), bias),
    step({ recurrentKernel }, [h, c], projected) {
      const gates = np.add(projected, np.matmul(h, recurrentKernel))
      const [input, forget, cell, output] = np.split(gates, 4, -1) as [NDArray, NDArray, NDArray, NDArray]
      const memory = np.add(np.multiply(sigmoid(forget), c), np.multiply(sigmoid(input), np.tanh(cell)))
      return [np.multiply(sigmoid(output), np.tanh(memory)), memory]
    },
  }
}

/**
 * An LSTM: c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c) with gates [i, f, g, o] = x W + h U + b, from zeros.
 * [batch, time, features] → [batch, units], the last h, or [batch, time, units] with `returnSequence`. The order of
 * the gates is Keras's and PyTorch's (whose two biases add up to this one); default initializers are Keras's. Steps
 * where `mask` is false are skipped. Errors: `shape` for examples that are not [time, features].
 * `applyCarry` starts from a carry [h, c] of one's own and gives the last one.
 * Source: Hochreiter & Schmidhuber (1997), keras.layers.LSTM, torch.nn.LSTM.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.lstm(8, { bidirectional: true })
 * const variables = layer.init(random.key(0), [5, 3])
 * const [y] = layer.apply(variables, np.ones([2, 5, 3]))
 * console.log(variables.params.forward.kernel.shape, y.shape) // [3, 32] [2, 16]
 * ```
 */
export const lstm: RecurrentConstructor<RecurrentOptions, LstmParams, LstmCarry> = recurrent(lstmCell)
