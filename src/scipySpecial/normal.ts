/**
 * The error function and the normal distribution function: values, logarithm, inverse.
 * Source of the approximations: Cephes (Moshier), as in JAX.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { asFloat, choose, fillLike } from '../numpy/promote.js'
import { customJvp } from '../transforms/index.js'
import { polynomial } from './series.js'

/** The error function. */
export const erf = (x: ArrayLike): NDArray => ops.erf(asFloat(x, 'scipySpecial.erf'))
/** 1 - erf(x), accurate for large x. */
export const erfc = (x: ArrayLike): NDArray => ops.erfc(asFloat(x, 'scipySpecial.erfc'))
/** The inverse of the error function. */
export const erfinv = (x: ArrayLike): NDArray => ops.erfInv(asFloat(x, 'scipySpecial.erfinv'))

const scaled = (x: NDArray, factor: number): NDArray => ops.mul(x, fillLike(x, factor))

/** The probability that a standard normal number is below x. */
export const ndtr = (x: ArrayLike): NDArray => belowNormal(asFloat(x, 'scipySpecial.ndtr'))

function belowNormal(x: NDArray): NDArray {
  const w = scaled(x, Math.SQRT1_2)
  const z = ops.abs(w)
  const tail = ops.erfc(z)
  const two = fillLike(x, 2)
  const outside = ops.select(ops.gt(w, ops.zerosLike(w)), ops.sub(two, tail), tail)
  const inside = ops.add(fillLike(x, 1), ops.erf(w))
  return scaled(ops.select(ops.lt(z, fillLike(z, Math.SQRT1_2)), inside, outside), 0.5)
}

/** Where log(ndtr) switches to its series below, and to -ndtr(-x) above. */
const limits = { float32: { lower: -10, upper: 5 }, float64: { lower: -20, upper: 8 } } as const

const logHalfTwoPi = Math.log(2 * Math.PI) / 2

// (log ndtr)' is the ratio of the density to ndtr, in logarithms.
const logBelowNormal = customJvp((x: NDArray): NDArray => {
  const { lower, upper } = x.dtype === 'float64' ? limits.float64 : limits.float32
  const low = fillLike(x, lower)
  const above = ops.neg(belowNormal(ops.neg(x)))
  const middle = ops.log(belowNormal(ops.max(x, low)))
  const below = logLowerTail(ops.min(x, low))
  return ops.select(ops.gt(x, fillLike(x, upper)), above, ops.select(ops.gt(x, low), middle, below))
}).defjvps((dx, y, x) =>
  ops.mul(dx, ops.exp(ops.sub(ops.sub(scaled(ops.integerPow(x, 2), -0.5), fillLike(x, logHalfTwoPi)), y))),
)

/** log(φ(x) / -x · (1 - 1/x² + 3/x⁴ - 15/x⁶)) */
function logLowerTail(x: NDArray): NDArray {
  const series = polynomial([-15, 3, -1, 1], ops.integerPow(x, -2))
  const logDensity = ops.sub(scaled(ops.integerPow(x, 2), -0.5), fillLike(x, logHalfTwoPi))
  return ops.add(ops.sub(logDensity, ops.log(ops.neg(x))), ops.log(series))
}

/** log(ndtr(x)), accurate in the tail. */
export const logNdtr = (x: ArrayLike): NDArray => logBelowNormal(asFloat(x, 'scipySpecial.logNdtr'))

const P0 = [
  -5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1,
  -1.23916583867381258016,
]
const Q0 = [
  1, 1.95448858338141759834, 4.67627912898881538453, 8.63602421390890590575e1, -2.25462687854119370527e2,
  2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142,
]
const P1 = [
  4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.408050738932008347e1,
  1.46849561928858024014e1, 2.18663306850790267539, -1.40256079171354495875e-1, -3.50424626827848203418e-2,
  -8.57456785154685413611e-4,
]
const Q1 = [
  1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.1317203825467203044e1, 1.50425385692907503408e1,
  2.50464946208309415979, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4,
]
const P2 = [
  3.2377489177694603597, 6.91522889068984211695, 3.93881025292474443415, 1.33303460815807542389,
  2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6,
  6.23974539184983651783e-9,
]
const Q2 = [
  1, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271, 2.1623699359449663589e-1,
  1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9,
]

const ratio = (p: readonly number[], q: readonly number[], x: NDArray): NDArray =>
  ops.div(polynomial(p, x), polynomial(q, x))

const tailStart = Math.exp(-2)

// (ndtr⁻¹)'(p) = 1 / φ(x)
const inverseNormal = customJvp((p: NDArray): NDArray => {
  const upper = ops.gt(p, fillLike(p, 1 - tailStart))
  const mirrored = ops.select(upper, ops.sub(fillLike(p, 1), p), p)
  const q = choose(ops.le(mirrored, ops.zerosLike(p)), 0.5, mirrored)
  const w = ops.sub(q, fillLike(q, 0.5))
  const ww = ops.integerPow(w, 2)
  const middle = scaled(ops.add(w, ops.mul(ops.mul(w, ww), ratio(P0, Q0, ww))), -Math.sqrt(2 * Math.PI))
  const z = ops.sqrt(scaled(ops.log(q), -2))
  const inverse = ops.integerPow(z, -1)
  const first = ops.sub(z, ops.div(ops.log(z), z))
  const correction = ops.select(ops.ge(z, fillLike(z, 8)), ratio(P2, Q2, inverse), ratio(P1, Q1, inverse))
  const tail = ops.sub(first, ops.div(correction, z))
  const size = ops.select(ops.gt(q, fillLike(q, tailStart)), middle, tail)
  const x = ops.select(upper, size, ops.neg(size))
  const [zero, one] = [ops.zerosLike(p), fillLike(p, 1)]
  const ends = choose(ops.eq(p, zero), -Infinity, choose(ops.eq(p, one), Infinity, x))
  const outside = ops.or(ops.or(ops.lt(p, zero), ops.gt(p, one)), ops.ne(p, p))
  return choose(outside, NaN, ends)
}).defjvps((dp, x) => ops.mul(dp, scaled(ops.exp(scaled(ops.integerPow(x, 2), 0.5)), Math.sqrt(2 * Math.PI))))

/** The number below which a standard normal one lies with probability p: the inverse of ndtr. */
export const ndtri = (p: ArrayLike): NDArray => inverseNormal(asFloat(p, 'scipySpecial.ndtri'))
