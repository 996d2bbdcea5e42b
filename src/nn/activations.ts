/**
 * Activation functions, elementwise: float in, float out (integers become float32 unless said otherwise).
 * At kinks the derivatives are JAX's. Source: https://docs.jax.dev/en/latest/jax.nn.html
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis } from '../core/shape.js'
import { fail } from '../core/errors.js'
import * as np from '../numpy/index.js'
import { asArray, asFloat, choose, fillLike, sliceAxis } from '../numpy/promote.js'
import { customJvp } from '../transforms/index.js'

const { add, multiply } = np

/**
 * max(x, 0); the derivative at 0 is 0. Integers stay integers.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.relu(np.array([-1, 0, 2])).js() // [0, 0, 2]
 * ```
 */
export function relu(x: ArrayLike): NDArray {
  return rectified(asArray(x, 'nn.relu'))
}

/** The result tells where the derivative is 0, so that a gradient need not keep the argument. NaN stays NaN in both. */
const rectified = customJvp(function relu(x: NDArray): NDArray {
  return positive(x, x)
}).defjvps((dx, y) => positive(y, dx))

/** 0 where x <= 0, elsewhere the value. */
const positive = (x: NDArray, value: NDArray): NDArray => choose(ops.le(x, fillLike(x, 0)), 0, value)

/**
 * min(max(x, 0), 6); the derivative at 0 and 6 is 0.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.relu6(np.array([-1, 3, 8])).js() // [0, 3, 6]
 * ```
 */
export function relu6(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.relu6')
  return choose(ops.ge(a, fillLike(a, 6)), 6, relu(a))
}

/**
 * The array itself.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.identity(np.array([-1, 2])).js() // [-1, 2]
 * ```
 */
export const identity = (x: ArrayLike): NDArray => asArray(x, 'nn.identity')

/**
 * 1 / (1 + e^-x).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.sigmoid(np.array([-100, 0, 100])).js() // [0, 0.5, 1]
 * ```
 */
export const sigmoid = (x: ArrayLike): NDArray => ops.logistic(asFloat(x, 'nn.sigmoid'))

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.tanh(np.array([-100, 0, 100])).js() // [-1, 0, 1]
 * ```
 */
export const tanh = (x: ArrayLike): NDArray => ops.tanh(asFloat(x, 'nn.tanh'))

/**
 * log(1 + e^x), without overflow.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.softplus(np.array([-100, 0, 100])).js() // [0, 0.693…, 100]
 * ```
 */
export function softplus(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.softplus')
  const positive = ops.gt(a, fillLike(a, 0))
  // x + log(1 + e^-x) for x > 0: both forms are the same smooth function, so derivatives of all orders agree at 0.
  return ops.add(choose(positive, a, 0), ops.log1p(ops.exp(ops.select(positive, ops.neg(a), a))))
}

/**
 * log(sigmoid(x)), without overflow.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.logSigmoid(np.array([-100, 0])).js() // [-100, -0.693…]
 * ```
 */
export const logSigmoid = (x: ArrayLike): NDArray => ops.neg(softplus(ops.neg(asFloat(x, 'nn.logSigmoid'))))

/**
 * x / (1 + |x|).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.softSign(np.array([-1, 0, 3])).js() // [-0.5, 0, 0.75]
 * ```
 */
export function softSign(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.softSign')
  return ops.div(a, ops.add(ops.abs(a), fillLike(a, 1)))
}

/**
 * x · sigmoid(x), also called swish.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.silu(np.array([-1, 0, 1])).js() // [-0.268…, 0, 0.731…]
 * ```
 */
export function silu(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.silu')
  return ops.mul(a, ops.logistic(a))
}

/**
 * x · tanh(softplus(x)).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.mish(np.array([-1, 0, 1])).js() // [-0.303…, 0, 0.865…]
 * ```
 */
export function mish(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.mish')
  return ops.mul(a, ops.tanh(softplus(a)))
}

export interface GeluOptions {
  /** Whether to use the tanh approximation; default true. */
  readonly approximate?: boolean
}

/**
 * x · Φ(x), Φ the normal distribution function: x/2 · erfc(-x/√2), or x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.gelu(np.array([-1, 0, 1])).js() // [-0.158…, 0, 0.841…]
 * ```
 */
export function gelu(x: ArrayLike, { approximate = true }: GeluOptions = {}): NDArray {
  const a = asFloat(x, 'nn.gelu')
  const half = multiply(a, 0.5)
  if (!approximate) return ops.mul(half, ops.erfc(multiply(a, -Math.SQRT1_2)))
  const inner = add(a, multiply(ops.integerPow(a, 3), 0.044715))
  return ops.mul(half, add(ops.tanh(multiply(inner, Math.sqrt(2 / Math.PI))), 1))
}

/**
 * x where x > 0, alpha (e^x - 1) elsewhere.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.elu(np.array([-1, 0, 2])).js() // [-0.632…, 0, 2]
 * ```
 */
export function elu(x: ArrayLike, alpha: ArrayLike = 1): NDArray {
  const a = asFloat(x, 'nn.elu')
  const positive = ops.gt(a, fillLike(a, 0))
  // expm1 of a large x would overflow, and its derivative would become NaN.
  return np.where(positive, a, multiply(alpha, ops.expm1(choose(positive, 0, a))))
}

/**
 * max(x, 0) + min(alpha (e^(x/alpha) - 1), 0).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.celu(np.array([-1, 0, 2]), 0.5).js() // [-0.432…, 0, 2]
 * ```
 */
export function celu(x: ArrayLike, alpha: ArrayLike = 1): NDArray {
  const a = asFloat(x, 'nn.celu')
  return add(np.maximum(a, 0), multiply(alpha, np.expm1(np.divide(np.minimum(a, 0), alpha))))
}

const seluAlpha = 1.6732632423543772
const seluScale = 1.0507009873554805
/**
 * scale · elu(x, alpha) with the constants that keep mean 0 and variance 1. Source: Klambauer et al. (2017).
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.selu(np.array([-1, 0, 1])).js() // [-1.111…, 0, 1.050…]
 * ```
 */
export const selu = (x: ArrayLike): NDArray => multiply(elu(x, seluAlpha), seluScale)

/**
 * x where x >= 0, negativeSlope · x elsewhere.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.leakyRelu(np.array([-1, 0, 2]), 0.2).js() // [-0.2, 0, 2]
 * ```
 */
export function leakyRelu(x: ArrayLike, negativeSlope: ArrayLike = 0.01): NDArray {
  const a = asFloat(x, 'nn.leakyRelu')
  return np.where(ops.ge(a, fillLike(a, 0)), a, multiply(a, negativeSlope))
}

/**
 * x limited to [-1, 1].
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.hardTanh(np.array([-3, 0.5, 3])).js() // [-1, 0.5, 1]
 * ```
 */
export function hardTanh(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.hardTanh')
  return choose(ops.gt(a, fillLike(a, 1)), 1, choose(ops.lt(a, fillLike(a, -1)), -1, a))
}

/**
 * relu6(x + 3) / 6.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.hardSigmoid(np.array([-3, 0, 3])).js() // [0, 0.5, 1]
 * ```
 */
export const hardSigmoid = (x: ArrayLike): NDArray => np.divide(relu6(add(x, 3)), 6)

/**
 * x · hardSigmoid(x), also called hardSilu.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.hardSwish(np.array([-3, 0, 3])).js() // [0, 0, 3]
 * ```
 */
export const hardSwish = (x: ArrayLike): NDArray => multiply(x, hardSigmoid(x))

/**
 * (x + √(x² + b)) / 2.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.squareplus(np.array([0, 1.5])).js() // [1, 2]
 * ```
 */
export function squareplus(x: ArrayLike, b: ArrayLike = 4): NDArray {
  const a = asFloat(x, 'nn.squareplus')
  return multiply(add(a, np.sqrt(add(np.square(a), b))), 0.5)
}

/**
 * 0 below -1, x above 1, (x + 1)² / 4 between.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.sparsePlus(np.array([-1, 0, 2])).js() // [0, 0.25, 2]
 * ```
 */
export function sparsePlus(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.sparsePlus')
  const between = multiply(np.square(add(a, 1)), 0.25)
  return choose(ops.le(a, fillLike(a, -1)), 0, ops.select(ops.ge(a, fillLike(a, 1)), a, between))
}

/**
 * (x + 1) / 2 limited to [0, 1]: the derivative of sparsePlus.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.sparseSigmoid(np.array([-1, 0, 1])).js() // [0, 0.5, 1]
 * ```
 */
export const sparseSigmoid = (x: ArrayLike): NDArray =>
  multiply(np.clip(add(asFloat(x, 'nn.sparseSigmoid'), 1), 0, 2), 0.5)

/**
 * log(1 - e^-x) for x > 0, accurate near 0 and for large x.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.log1mexp(np.array([0.5, 1])).js() // [-0.932…, -0.458…]
 * ```
 */
export function log1mexp(x: ArrayLike): NDArray {
  const a = asFloat(x, 'nn.log1mexp')
  const small = ops.lt(a, fillLike(a, Math.LN2))
  return ops.select(small, ops.log(ops.neg(ops.expm1(ops.neg(a)))), ops.log1p(ops.neg(ops.exp(ops.neg(a)))))
}

/**
 * Gated linear unit: the first half of `axis` times the sigmoid of the second half.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * nn.glu(np.array([[3, 0]])).js() // [[1.5]]
 * ```
 */
export function glu(x: ArrayLike, axis = -1): NDArray {
  const a = asFloat(x, 'nn.glu')
  const along = normalizeAxis(axis, a.shape, 'nn.glu')
  const size = a.shape[along] ?? 0
  if (size % 2 !== 0)
    fail('shape', { operation: 'nn.glu', shapes: [a.shape], expected: `an even size along axis ${axis}` })
  return ops.mul(sliceAxis(a, along, 0, size / 2), ops.logistic(sliceAxis(a, along, size / 2, size)))
}
