/**
 * The simple recurrent layer.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { glorotUniform, orthogonal, zeros } from '../initializers/index.js'
import { recurrent, type Cell, type RecurrentConstructor, type RecurrentOptions } from './recurrent.js'

export interface RnnParams {
  /** [inputs, units] */
  readonly kernel: NDArray
  /** [units, units] */
  readonly recurrentKernel: NDArray
  /** [units] */
  readonly bias: NDArray
}

export interface RnnOptions extends RecurrentOptions {
  /** default tanh */
  readonly activation?: (x: NDArray) => NDArray
}

/** What is carried from step to step, [batch, units] each. */
export type RnnCarry = readonly [h: NDArray]

function rnnCell(units: number, options: RnnOptions = {}): Cell<RnnParams, RnnCarry> {
  const { activation = np.tanh, kernelInit = glorotUniform() } = options
  const { recurrentInit = orthogonal(), biasInit = zeros } = options
  return {
    name: 'rnn',
    units,
    carryOf: (array) => [array],
    init: (key, inputs) => ({
      kernel: kernelInit(random.foldIn(key, 0), [inputs, units]),
      recurrentKernel: recurrentInit(random.foldIn(key, 1), [units, units]),
      bias: biasInit(random.foldIn(key, 2), [units]),
    }),
    project: ({ kernel, bias }, x) => np.add(np.matmul(x, kernel), bias),
    step: ({ recurrentKernel }, [h], projected) => [
      activation(np.add(projected, np.matmul(h, recurrentKernel))),
    ],
  }
}

/**
 * A simple recurrent layer, h ← tanh(x W + h U + b) from h = 0: [batch, time, features] → [batch, units], the last
 * state, or [batch, time, units] with `returnSequence`. Default initializers are Keras's. Steps where `mask` is false
 * are skipped. `applyCarry` starts from a carry [h] of one's own and gives the last one. Errors: `shape` for examples that are not [time, features]. Source: keras.layers.SimpleRNN.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.rnn(8, { returnSequence: true })
 * const variables = layer.init(random.key(0), [5, 3])
 * const [y, carry] = layer.applyCarry(variables, np.ones([2, 5, 3]))
 * const [next] = layer.applyCarry(variables, np.ones([2, 1, 3]), { carry })
 * console.log(y.shape, next.shape) // [2, 5, 8] [2, 1, 8]
 * ```
 */
export const rnn: RecurrentConstructor<RnnOptions, RnnParams, RnnCarry> = recurrent(rnnCell)
