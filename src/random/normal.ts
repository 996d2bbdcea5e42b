/**
 * The normal distribution and its relatives, by inversion: x = √2 erf⁻¹(u) for u uniform in (-1, 1).
 */

import { constant } from '../core/constants.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import type { Shape } from '../core/shape.js'
import type { Key } from './key.js'
import { aboveMinusOne, parameter, resultShape, uniform, type FloatOptions } from './uniform.js'

const scaledErfInv = (u: NDArray): NDArray => ops.mul(constant(Math.SQRT2, u.dtype, u.shape), ops.erfInv(u))

/**
 * Standard normal floats of `shape`: mean 0, variance 1.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * const noise = random.normal(random.key(0), [2, 3])
 * ```
 */
export function normal(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  return scaledErfInv(uniform(key, shape, { minval: aboveMinusOne(dtype), maxval: 1, dtype }))
}

/**
 * Normal floats under the condition lower < x < upper; `lower` and `upper` broadcast to `shape`.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * random.truncatedNormal(random.key(0), -2, 2, [4]).shape // [4]
 * ```
 */
export function truncatedNormal(
  key: Key,
  lower: ArrayLike,
  upper: ArrayLike,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const operation = 'random.truncatedNormal'
  const out = resultShape(shape, [lower, upper], operation)
  const full = (value: number): NDArray => constant(value, dtype, out)
  const [low, high] = [parameter(lower, out, dtype, operation), parameter(upper, out, dtype, operation)]
  const [minval, maxval] = [low, high].map((x) => ops.erf(ops.div(x, full(Math.SQRT2)))) as [NDArray, NDArray]
  const x = scaledErfInv(uniform(key, out, { minval, maxval, dtype }))
  // Rounding must not let a value reach the bounds.
  const inside = (bound: NDArray, towards: number): NDArray =>
    ops.nextAfter(ops.stopGradient(bound), full(towards))
  return ops.min(ops.max(inside(low, Infinity), x), inside(high, -Infinity))
}

/** exp(σ · normal): floats whose logarithm is normal with standard deviation `sigma`. */
export function lognormal(
  key: Key,
  sigma: ArrayLike = 1,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const out = resultShape(shape, [sigma], 'random.lognormal')
  return ops.exp(ops.mul(normal(key, out, { dtype }), parameter(sigma, out, dtype, 'random.lognormal')))
}
