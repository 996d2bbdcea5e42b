/**
 * The simple recurrent layer.
 */

import type { NDArray } from '../../core/ndarray.js'
import * as np from '../../numpy/index.js'
import * as random from '../../random/index.js'
import { glorotUniform, orthogonal, zeros } from '../initializers/index.js'
import type { Layer } from './layer.js'
import { bothWays, oneWay, type Bidirectional, type Cell, type RecurrentOptions } from './recurrent.js'

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

function rnnCell(units: number, options: RnnOptions): Cell<RnnParams> {
  const { activation = np.tanh, kernelInit = glorotUniform() } = options
  const { recurrentInit = orthogonal(), biasInit = zeros } = options
  return {
    name: 'rnn',
    units,
    carries: 1,
    init: (key, inputs) => ({
      kernel: kernelInit(random.foldIn(key, 0), [inputs, units]),
      recurrentKernel: recurrentInit(random.foldIn(key, 1), [units, units]),
      bias: biasInit(random.foldIn(key, 2), [units]),
    }),
    project: ({ kernel, bias }, x) => np.add(np.matmul(x, kernel), bias),
    step: ({ recurrentKernel }, [h], projected) => [
      activation(h === undefined ? projected : np.add(projected, np.matmul(h, recurrentKernel))),
    ],
  }
}

/**
 * A simple recurrent layer, h ← tanh(x W + h U + b) from h = 0: [batch, time, features] → [batch, units], the last
 * state, or [batch, time, units] with `returnSequence`. Default initializers are Keras's. Steps where `mask` is false
 * are skipped. Errors: `shape` for examples that are not [time, features]. Source: keras.layers.SimpleRNN.
 *
 * @example
 * ```ts
 * import { nn, numpy as np, random } from 'cotangent'
 * const layer = nn.rnn(8, { returnSequence: true })
 * const [y] = layer.apply(layer.init(random.key(0), [5, 3]), np.ones([2, 5, 3]))
 * console.log(y.shape) // [2, 5, 8]
 * ```
 */
export function rnn(
  units: number,
  options: RnnOptions & { readonly bidirectional: true },
): Layer<Bidirectional<RnnParams>, null>
export function rnn(
  units: number,
  options?: RnnOptions & { readonly bidirectional?: false },
): Layer<RnnParams, null>
export function rnn(
  units: number,
  options: RnnOptions = {},
): Layer<RnnParams, null> | Layer<Bidirectional<RnnParams>, null> {
  const cell = rnnCell(units, options)
  return options.bidirectional === true ? bothWays(cell, options) : oneWay(cell, options)
}
