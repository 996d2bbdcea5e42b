/**
 * Continuous distributions by inversion of their cumulative function; the formula stands above each.
 * u is uniform in [0, 1) unless said otherwise.
 */

import { constant } from '../core/constants.js'
import { floatInfo } from '../core/dtype.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import type { Shape } from '../core/shape.js'
import { choose } from '../numpy/promote.js'
import type { Key } from './key.js'
import { aboveMinusOne, parameter, resultShape, uniform, type FloatOptions } from './uniform.js'

const like = (x: NDArray, value: number): NDArray => constant(value, x.dtype, x.shape)

/** Standard Gumbel floats: x = -log(-log u). */
export function gumbel(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  const u = uniform(key, shape, { minval: floatInfo(dtype).tiny, maxval: 1, dtype })
  return ops.neg(ops.log(ops.neg(ops.log(u))))
}

/** Exponential floats of rate 1: x = -log(1 - u). */
export function exponential(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  return ops.neg(ops.log1p(ops.neg(uniform(key, shape, { dtype }))))
}

/** Standard Laplace floats: x = sign(u) log(1 - |u|), u in (-1, 1). */
export function laplace(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  const u = uniform(key, shape, { minval: aboveMinusOne(dtype), maxval: 1, dtype })
  return ops.mul(ops.sign(u), ops.log1p(ops.neg(ops.abs(u))))
}

/** Standard logistic floats: x = log(u / (1 - u)). */
export function logistic(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  const u = uniform(key, shape, { minval: floatInfo(dtype).eps, maxval: 1, dtype })
  return ops.log(ops.div(u, ops.sub(like(u, 1), u)))
}

/** Standard Cauchy floats: x = tan(π (u - ½)). */
export function cauchy(key: Key, shape: Shape = [], { dtype = 'float32' }: FloatOptions = {}): NDArray {
  const u = uniform(key, shape, { minval: floatInfo(dtype).eps, maxval: 1, dtype })
  return ops.tan(ops.mul(like(u, Math.PI), ops.sub(u, like(u, 0.5))))
}

/** Pareto floats with scale 1 and shape parameter `b`: x = exp(e / b), e exponential. */
export function pareto(
  key: Key,
  b: ArrayLike,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const out = resultShape(shape, [b], 'random.pareto')
  return ops.exp(ops.div(exponential(key, out, { dtype }), parameter(b, out, dtype, 'random.pareto')))
}

/** Rayleigh floats: x = scale √(-2 log u). */
export function rayleigh(
  key: Key,
  scale: ArrayLike,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const out = resultShape(shape, [scale], 'random.rayleigh')
  const u = uniform(key, out, { dtype })
  return ops.mul(parameter(scale, out, dtype, 'random.rayleigh'), ops.sqrt(ops.mul(ops.log(u), like(u, -2))))
}

/**
 * Triangular floats between `left` and `right` with their peak at `mode`:
 * x = left + √(u (right - left)(mode - left)) below the peak, right - √((1 - u)(right - left)(right - mode)) above.
 */
export function triangular(
  key: Key,
  left: ArrayLike,
  mode: ArrayLike,
  right: ArrayLike,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const operation = 'random.triangular'
  const out = resultShape(shape, [left, mode, right], operation)
  const [a, c, b] = [left, mode, right].map((x) => parameter(x, out, dtype, operation)) as [
    NDArray,
    NDArray,
    NDArray,
  ]
  const u = uniform(key, out, { dtype })
  const width = ops.sub(b, a)
  const rising = ops.add(a, ops.sqrt(ops.mul(ops.mul(u, width), ops.sub(c, a))))
  const falling = ops.sub(b, ops.sqrt(ops.mul(ops.mul(ops.sub(like(u, 1), u), width), ops.sub(b, c))))
  return choose(ops.lt(u, ops.div(ops.sub(c, a), width)), rising, falling)
}

/** Weibull floats: x = scale · (-log(1 - u))^(1 / concentration). */
export function weibullMin(
  key: Key,
  scale: ArrayLike,
  concentration: ArrayLike,
  shape: Shape | null = null,
  { dtype = 'float32' }: FloatOptions = {},
): NDArray {
  const operation = 'random.weibullMin'
  const out = resultShape(shape, [scale, concentration], operation)
  const power = ops.div(constant(1, dtype, out), parameter(concentration, out, dtype, operation))
  return ops.mul(ops.pow(exponential(key, out, { dtype }), power), parameter(scale, out, dtype, operation))
}
