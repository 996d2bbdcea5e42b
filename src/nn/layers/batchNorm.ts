/**
 * Batch normalisation: statistics of the batch in training, running ones, kept in the state, otherwise.
 */

import type { NDArray } from '../../core/ndarray.js'
import { normalizeAxis, range, sizeOf, without } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { stopGradient } from '../../transforms/index.js'
import { standardize } from '../softmax.js'
import type { Layer } from './layer.js'
import {
  affine,
  affineParams,
  inFullPrecision,
  isHalf,
  type AffineOptions,
  type AffineParams,
} from './normalization.js'

export interface BatchNormState {
  /** [features], the running mean */
  readonly mean: NDArray
  /** [features], the running variance (unbiased) */
  readonly variance: NDArray
}

export interface BatchNormOptions extends AffineOptions {
  /** How much a batch moves the running statistics: running ← (1 - momentum) · running + momentum · batch; default 0.1. */
  readonly momentum?: number
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
  /** The axis of the features in a batch; default the last. */
  readonly axis?: number
}

/** Statistics as arrays that broadcast against `x`. */
const along = (x: NDArray, axis: number, values: NDArray): NDArray =>
  np.reshape(
    values,
    x.shape.map((n, i) => (i === axis ? n : 1)),
  )

/**
 * Batch normalisation: (x - mean) / √(variance + epsilon) · scale + bias for each feature, over the batch and all other
 * axes. In training mean and (biased) variance are those of the batch, and the next state has moved towards them;
 * otherwise they are the state. Momentum, epsilon and the unbiased running variance follow PyTorch: `momentum` 0.1
 * here is 0.9 in Flax and Keras. Running statistics are not differentiated.
 * Source: Ioffe & Szegedy (2015), torch.nn.BatchNorm2d.
 *
 * @example
 * ```ts
 * import { nn, random } from 'cotangent'
 * const layer = nn.batchNorm()
 * const variables = layer.init(random.key(0), [28, 28, 3])
 * const x = random.normal(random.key(1), [16, 28, 28, 3])
 * const [y, state] = layer.apply(variables, x, { training: true })
 * console.log(y.shape, state.mean.shape) // [16, 28, 28, 3] [3]
 * ```
 */
export function batchNorm(options: BatchNormOptions = {}): Layer<AffineParams, BatchNormState> {
  const operation = 'nn.batchNorm'
  const { momentum = 0.1, epsilon = 1e-5, axis = -1 } = options
  return {
    name: 'batchNorm',
    init(key, inputShape) {
      const features = [1, ...inputShape][normalizeAxis(axis, [1, ...inputShape], operation)] ?? 1
      const state = { mean: np.zeros([features]), variance: np.ones([features]) }
      return { params: affineParams(key, [features], options), state }
    },
    apply({ params, state }, x, { training = false } = {}) {
      const at = normalizeAxis(axis, x.shape, operation)
      const others = without(range(x.ndim), [at])
      const normalized = (mean: NDArray, variance: NDArray): NDArray =>
        inFullPrecision(x, (wide) => {
          const y = standardize(wide, others, {
            mean: along(x, at, mean),
            variance: along(x, at, variance),
            epsilon,
          })
          return affine(y, params, (values) => along(x, at, values))
        })
      if (!training) return [normalized(state.mean, state.variance), state]
      const statistics = isHalf(x) ? np.astype(x, 'float32') : x
      const mean = np.mean(statistics, others)
      const variance = np.var(statistics, others)
      const count = sizeOf(x.shape) / (x.shape[at] ?? 1)
      const moved = (running: NDArray, batch: NDArray): NDArray =>
        np.add(np.multiply(running, 1 - momentum), np.multiply(stopGradient(batch), momentum))
      const unbiased = np.multiply(variance, count / Math.max(1, count - 1))
      return [
        normalized(mean, variance),
        { mean: moved(state.mean, mean), variance: moved(state.variance, unbiased) },
      ]
    },
  }
}
