/**
 * The gamma function's logarithm and derivatives, and the beta function.
 */

import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { range } from '../core/shape.js'
import { asFloat, fillLike, promoteFloat } from '../numpy/promote.js'

/** log|Γ(x)|. */
export const gammaln = (x: ArrayLike): NDArray => ops.lgamma(asFloat(x, 'scipySpecial.gammaln'))

/** The derivative of gammaln. */
export const digamma = (x: ArrayLike): NDArray => ops.digamma(asFloat(x, 'scipySpecial.digamma'))

/** log of the beta function Γ(a) Γ(b) / Γ(a + b), for a, b > 0. */
export function betaln(a: ArrayLike, b: ArrayLike): NDArray {
  const [x, y] = promoteFloat('scipySpecial.betaln', a, b)
  return ops.sub(ops.add(ops.lgamma(x), ops.lgamma(y)), ops.lgamma(ops.add(x, y)))
}

/** log of the multivariate gamma function of dimension d: d (d - 1) / 4 · log π + Σ gammaln(a - j / 2). */
export function multigammaln(a: ArrayLike, d: number): NDArray {
  if (!Number.isInteger(d) || d < 1)
    fail('argument', {
      operation: 'scipySpecial.multigammaln',
      argument: 'd',
      received: String(d),
      expected: 'a whole number >= 1',
    })
  const x = asFloat(a, 'scipySpecial.multigammaln')
  const terms = range(d).map((j) => ops.lgamma(ops.sub(x, fillLike(x, j / 2))))
  return terms.reduce(ops.add, fillLike(x, ((d * (d - 1)) / 4) * Math.log(Math.PI)))
}

/** B(2j) / (2j)! for j = 1, 2, …: the weights of the Euler-Maclaurin formula. */
const bernoulli = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
]
const terms = 10

/** Hurwitz's zeta function Σ (q + k)^-s for s > 1 and q > 0, by the Euler-Maclaurin formula. */
export function zeta(s: ArrayLike, q: ArrayLike): NDArray {
  const [x, y] = promoteFloat('scipySpecial.zeta', s, q)
  const power = (base: NDArray, exponent: NDArray): NDArray => ops.pow(base, exponent)
  const head = range(terms).map((k) => power(ops.add(y, fillLike(y, k)), ops.neg(x)))
  const n = ops.add(y, fillLike(y, terms))
  const last = power(n, ops.neg(x))
  const integral = ops.div(ops.mul(last, n), ops.sub(x, fillLike(x, 1)))
  const sum = ops.add(head.reduce(ops.add), ops.add(integral, ops.mul(last, fillLike(last, 0.5))))
  // Σ B(2j)/(2j)! · s (s + 1) … (s + 2j - 2) · n^(-s - 2j + 1)
  let factor = ops.mul(x, ops.div(last, n))
  return bernoulli.reduce((total, weight, j) => {
    const next = ops.add(total, ops.mul(factor, fillLike(factor, weight)))
    const rising = ops.mul(ops.add(x, fillLike(x, 2 * j + 1)), ops.add(x, fillLike(x, 2 * j + 2)))
    factor = ops.div(ops.mul(factor, rising), ops.integerPow(n, 2))
    return next
  }, sum)
}

/** The n-th derivative of digamma, n a whole number: (-1)^(n + 1) n! zeta(n + 1, x). */
export function polygamma(n: ArrayLike, x: ArrayLike): NDArray {
  const [order, y] = promoteFloat('scipySpecial.polygamma', n, x)
  const one = fillLike(order, 1)
  const even = ops.eq(ops.rem(order, fillLike(order, 2)), ops.zerosLike(order))
  const size = ops.mul(ops.exp(ops.lgamma(ops.add(order, one))), zeta(ops.add(order, one), y))
  return ops.select(
    ops.eq(order, ops.zerosLike(order)),
    ops.digamma(y),
    ops.select(even, ops.neg(size), size),
  )
}
