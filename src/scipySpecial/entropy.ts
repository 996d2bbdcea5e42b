/**
 * x·log(y) and what is made of it: entropies, divergences, logit. Where x is 0 the product is 0.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { asFloat, choose, fillLike, promoteFloat } from '../numpy/promote.js'
import { customJvp } from '../transforms/index.js'

const isZero = (x: NDArray): NDArray => ops.eq(x, ops.zerosLike(x))

// Custom rules as in JAX: ∂/∂x = log(y) and ∂/∂y = x / y, at x = 0 too.
const timesLog = customJvp((x: NDArray, y: NDArray) => choose(isZero(x), 0, ops.mul(x, ops.log(y)))).defjvps(
  (dx, _, _x, y) => ops.mul(dx, ops.log(y)),
  (dy, _, x, y) => ops.div(ops.mul(dy, x), y),
)
const timesLog1p = customJvp((x: NDArray, y: NDArray) =>
  choose(isZero(x), 0, ops.mul(x, ops.log1p(y))),
).defjvps(
  (dx, _, _x, y) => ops.mul(dx, ops.log1p(y)),
  (dy, _, x, y) => ops.div(ops.mul(dy, x), ops.add(y, fillLike(y, 1))),
)
// (x log x)' = log x + 1
const selfTimesLog = customJvp((x: NDArray) => timesLog(x, x)).defjvps((dx, _, x) =>
  ops.mul(dx, ops.add(ops.log(x), fillLike(x, 1))),
)
// (log(x / (1 - x)))' = 1 / (x (1 - x))
const logOdds = customJvp((x: NDArray) => ops.log(ops.div(x, ops.sub(fillLike(x, 1), x)))).defjvps(
  (dx, _, x) => ops.div(dx, ops.mul(x, ops.sub(fillLike(x, 1), x))),
)

/** x·log(y), 0 where x is 0. */
export const xlogy = (x: ArrayLike, y: ArrayLike): NDArray =>
  timesLog(...promoteFloat('scipySpecial.xlogy', x, y))

/** x·log(1 + y), 0 where x is 0. */
export const xlog1py = (x: ArrayLike, y: ArrayLike): NDArray =>
  timesLog1p(...promoteFloat('scipySpecial.xlog1py', x, y))

/** The entropy -x·log(x): 0 at 0 and -∞ below. */
export function entr(x: ArrayLike): NDArray {
  const a = asFloat(x, 'scipySpecial.entr')
  return choose(ops.lt(a, ops.zerosLike(a)), -Infinity, ops.neg(selfTimesLog(a)))
}

/** The relative entropy x·log(x / y): 0 where x is 0, ∞ where it is not defined. */
export function relEntr(x: ArrayLike, y: ArrayLike): NDArray {
  const [p, q] = promoteFloat('scipySpecial.relEntr', x, y)
  const zero = ops.zerosLike(p)
  const positive = ops.and(ops.gt(p, zero), ops.gt(q, zero))
  const [safeP, safeQ] = [choose(positive, p, 1), choose(positive, q, 1)]
  const value = ops.sub(selfTimesLog(safeP), timesLog(safeP, safeQ))
  const noMass = ops.and(ops.eq(p, zero), ops.ge(q, zero))
  return ops.select(positive, value, choose(noMass, zero, Infinity))
}

/** The term x·log(x / y) - x + y of the Kullback-Leibler divergence. */
export function klDiv(x: ArrayLike, y: ArrayLike): NDArray {
  const [p, q] = promoteFloat('scipySpecial.klDiv', x, y)
  return ops.add(ops.sub(relEntr(p, q), p), q)
}

/** log(x / (1 - x)), the inverse of expit. */
export const logit = (x: ArrayLike): NDArray => logOdds(asFloat(x, 'scipySpecial.logit'))

/** The logistic function 1 / (1 + e^-x). */
export const expit = (x: ArrayLike): NDArray => ops.logistic(asFloat(x, 'scipySpecial.expit'))
