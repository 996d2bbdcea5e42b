/**
 * Losses for classes, one value for each element (binary) or row (several classes): logits, labels → losses.
 * Logits are unnormalised log probabilities. Names and formulas are Optax's.
 */

import { isInteger } from '../../core/dtype.js'
import { fail } from '../../core/errors.js'
import type { ArrayLike, NDArray } from '../../core/ndarray.js'
import * as ops from '../../core/ops.js'
import { sameShape } from '../../core/shape.js'
import * as np from '../../numpy/index.js'
import { asArray, asFloat, broadcastArray, choose } from '../../numpy/promote.js'
import { logSigmoid } from '../activations.js'
import { logSoftmax, logsumexp } from '../softmax.js'

/**
 * -y log σ(x) - (1 - y) log(1 - σ(x)) for labels y in [0, 1], accurate for logits of any size.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.sigmoidBinaryCrossEntropy(np.array([0, 100]), np.array([0, 1])).js() // [0.693…, 0]
 * ```
 */
export function sigmoidBinaryCrossEntropy(logits: ArrayLike, labels: ArrayLike): NDArray {
  const x = asFloat(logits, 'sigmoidBinaryCrossEntropy')
  const y = ops.convert(asArray(labels, 'sigmoidBinaryCrossEntropy', x.dtype), x.dtype)
  const positive = np.multiply(y, logSigmoid(x))
  const negative = np.multiply(np.subtract(1, y), logSigmoid(ops.neg(x)))
  return np.negative(np.add(positive, negative))
}

export interface AxisOption {
  /** The axis of the classes; default the last. */
  readonly axis?: number
}

/**
 * -Σ y log softmax(x) over the classes, for labels that are probabilities (one-hot or smoothed).
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.softmaxCrossEntropy(np.array([[2, 0]]), np.array([[1, 0]])).js() // [0.126…]
 * ```
 */
export function softmaxCrossEntropy(
  logits: ArrayLike,
  labels: ArrayLike,
  { axis = -1 }: AxisOption = {},
): NDArray {
  return np.negative(np.sum(np.multiply(labels, logSoftmax(logits, axis)), axis))
}

/**
 * -log softmax(x)[y] for integer labels y, whose shape is that of the logits without the last axis.
 * A label that is no class gives NaN.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * const labels = np.array([0], { dtype: 'int32' })
 * optim.softmaxCrossEntropyWithIntegerLabels(np.array([[2, 0]]), labels).js() // [0.126…]
 * ```
 */
export function softmaxCrossEntropyWithIntegerLabels(logits: ArrayLike, labels: ArrayLike): NDArray {
  const operation = 'softmaxCrossEntropyWithIntegerLabels'
  const x = asFloat(logits, operation)
  const y = asArray(labels, operation)
  if (!isInteger(y.dtype))
    fail('dtype', {
      operation,
      dtypes: [y.dtype],
      expected: 'integer labels',
      fix: 'For probabilities use softmaxCrossEntropy.',
    })
  if (x.ndim === 0 || !sameShape(y.shape, x.shape.slice(0, -1))) {
    fail('shape', {
      operation,
      shapes: [x.shape, y.shape],
      expected: 'labels of the shape of the logits without their last axis',
    })
  }
  const last = x.ndim - 1
  // Comparing with all classes fuses with the reductions of logsumexp; its derivative is no scatter.
  const chosen = ops.eq(
    broadcastArray(ops.reshape(y, [...y.shape, 1]), x.shape),
    ops.iota(y.dtype, x.shape, last),
  )
  const logit = ops.reduceSum(choose(chosen, x, 0), [last])
  const known = ops.reduceOr(chosen, [last])
  return choose(known, np.subtract(logsumexp(x, -1), logit), NaN)
}

/**
 * max(0, 1 - p t) for targets t of -1 and 1.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.hingeLoss(np.array([2, 0.5]), np.array([1, -1])).js() // [0, 1.5]
 * ```
 */
export const hingeLoss = (predictorOutputs: ArrayLike, targets: ArrayLike): NDArray =>
  np.maximum(np.subtract(1, np.multiply(predictorOutputs, targets)), 0)

/**
 * Σ t (log t - q) over the last axis, for log predictions q and targets t that are probabilities; 0 log 0 is 0.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.klDivergence(np.log(np.array([[0.5, 0.5]])), np.array([[1, 0]])).js() // [0.693…]
 * ```
 */
export function klDivergence(logPredictions: ArrayLike, targets: ArrayLike): NDArray {
  const t = asFloat(targets, 'klDivergence')
  const zero = ops.eq(t, ops.zerosLike(t))
  const logTargets = choose(zero, 0, ops.log(choose(zero, 1, t)))
  return np.sum(np.multiply(t, np.subtract(logTargets, logPredictions)), -1)
}

/**
 * Labels mixed with the uniform distribution: (1 - alpha) y + alpha / classes.
 *
 * @example
 * ```ts
 * import { numpy as np, optim } from 'cotangent'
 * optim.smoothLabels(np.array([[1, 0]]), 0.1).js() // [[0.95, 0.05]]
 * ```
 */
export function smoothLabels(labels: ArrayLike, alpha: number): NDArray {
  const y = asFloat(labels, 'smoothLabels')
  const classes = y.shape.at(-1)
  if (classes === undefined) fail('axis', { operation: 'smoothLabels', axis: -1, shape: y.shape })
  return np.add(np.multiply(y, 1 - alpha), alpha / classes)
}
