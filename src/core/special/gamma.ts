/**
 * log|Γ| and its derivative, in double precision.
 * Sources: approximations of FreeBSD msun e_lgamma_r.c (Sun Microsystems, 1993); for digamma the recurrence and
 * the asymptotic series of Abramowitz & Stegun 6.3.5 and 6.3.18.
 */

import { polynomial } from './polynomial.js'

/** Γ has its minimum on x > 0 at `minimum`, where log Γ is `valueAtMinimum + valueLow`. */
const minimum = 1.46163214496836224576
const valueAtMinimum = -1.21486290535849611461e-1
const valueLow = -3.63867699703950536541e-18

// log Γ(2 - y) + y/2 = y·even(y²) + y²·odd(y²)
const even = [
  7.72156649015328655494e-2, 6.73523010531292681824e-2, 7.38555086081402883957e-3, 1.19270763183362067845e-3,
  2.20862790713908385557e-4, 2.52144565451257326939e-5,
]
const odd = [
  3.22467033424113591611e-1, 2.05808084325167332806e-2, 2.89051383673415629091e-3, 5.10069792153511336608e-4,
  1.08011567247583939954e-4, 4.4864094961891516015e-5,
]
// log Γ around the minimum, in y = x - minimum: y²·(even, then odd terms)
const aroundMinimum = [
  4.83836122723810047042e-1, -1.47587722994593911752e-1, 6.46249402391333854778e-2,
  -3.27885410759859649565e-2, 1.79706750811820387126e-2, -1.0314224129834143745e-2, 6.10053870246291332635e-3,
  -3.6845201678113825676e-3, 2.2596478090061247225e-3, -1.40346469989232843813e-3, 8.81081882437654011382e-4,
  -5.38595305356740546715e-4, 3.15632070903625950361e-4, -3.12754168375120860518e-4,
  3.35529192635519073543e-4,
]
// log Γ(1 + y) + y/2 = y·U(y)/V(y)
const oneP = [
  -7.72156649015328655494e-2, 6.32827064025093366517e-1, 1.45492250137234768737, 9.77717527963372745603e-1,
  2.28963728064692451092e-1, 1.33810918536787660377e-2,
]
const oneQ = [
  1, 2.45597793713041134822, 2.12848976379893395361, 7.69285150456672783825e-1, 1.04222645593369134254e-1,
  3.2170924228242391181e-3,
]
// log Γ(2 + y) - y/2 = y·S(y)/R(y)
const twoP = [
  -7.72156649015328655494e-2, 2.14982415960608852501e-1, 3.25778796408930981787e-1, 1.46350472652464452805e-1,
  2.6642270303363860956e-2, 1.84028451407337715652e-3, 3.19475326584100867617e-5,
]
const twoQ = [
  1, 1.39200533467621045958, 7.21935547567138069525e-1, 1.71933865632803078993e-1, 1.86459191715652901344e-2,
  7.77942496381893596434e-4, 7.32668430744625636189e-6,
]
// Stirling: log Γ(x) = (x - 1/2)(log x - 1) + w₀ + W(1/x²)/x
const stirling = [
  8.33333333333329678849e-2, -2.7777777772877553647e-3, 7.936505586430195585e-4, -5.95187557450339963135e-4,
  8.36339918996282139126e-4, -1.63092934096575273989e-3,
]
const stirlingConstant = 4.18938533204672725052e-1

/** log Γ(x) for 0 < x < 2. */
function belowTwo(x: number): number {
  const shift = x <= 0.9 ? -Math.log(x) : 0
  // With the recurrence log Γ(x) = log Γ(x + 1) - log x, everything is a neighbourhood of 1, 1.46 or 2.
  const z = x <= 0.9 ? x + 1 : x
  if (z >= 1.7316) {
    const y = 2 - z
    return shift + (y * polynomial(y * y, even) + y * y * polynomial(y * y, odd) - 0.5 * y)
  }
  if (z >= 1.23164) {
    const y = z - minimum
    return shift + (valueAtMinimum + (y * y * polynomial(y, aroundMinimum) + valueLow))
  }
  const y = x <= 0.9 ? x : x - 1
  return shift + ((y * polynomial(y, oneP)) / polynomial(y, oneQ) - 0.5 * y)
}

/** log Γ(x) for x >= 2. */
function fromTwo(x: number): number {
  if (x < 8) {
    const whole = Math.trunc(x)
    const y = x - whole
    let product = 1
    for (let k = 2; k < whole; k++) product *= y + k
    return 0.5 * y + (y * polynomial(y, twoP)) / polynomial(y, twoQ) + Math.log(product)
  }
  if (x >= 2 ** 58) return x * (Math.log(x) - 1)
  return (x - 0.5) * (Math.log(x) - 1) + stirlingConstant + polynomial(1 / (x * x), stirling) / x
}

/** sin(πx), exact at whole and half numbers. */
function sinPi(x: number): number {
  const rest = x - 2 * Math.round(x / 2)
  if (Math.abs(rest) <= 0.25) return Math.sin(Math.PI * rest)
  if (Math.abs(rest) >= 0.75) return Math.sign(rest) * Math.sin(Math.PI * (1 - Math.abs(rest)))
  return Math.sign(rest) * Math.cos(Math.PI * (0.5 - Math.abs(rest)))
}

/** log |Γ(x)|; Infinity at zero, the negative whole numbers and ±Infinity. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN
  if (!Number.isFinite(x)) return Infinity
  if (x > 0) return x < 2 ? belowTwo(x) : fromTwo(x)
  if (Number.isInteger(x)) return Infinity
  if (x > -(2 ** -60)) return -Math.log(-x)
  // Γ(x)·Γ(-x) = -π / (x·sin πx)
  return Math.log(Math.PI / Math.abs(x * sinPi(x))) - lgamma(-x)
}

/** B₂ₖ / 2k for k = 1, 2, …: the coefficients of ψ(x) = log x - 1/(2x) - Σ B₂ₖ/(2k·x²ᵏ). */
const bernoulli = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]

/** ψ(x) = d/dx log Γ(x); NaN at the negative whole numbers, -Infinity at 0 (Infinity at -0). */
export function digamma(x: number): number {
  if (x === 0) return -1 / x
  if (x < 0) {
    if (Number.isInteger(x) || x === -Infinity) return NaN
    // Reflection: ψ(1 - x) - ψ(x) = π·cot(πx)
    return digamma(1 - x) - (Math.PI * sinPi(x + 0.5)) / sinPi(x)
  }
  let shift = 0
  let z = x
  for (; z < 10; z++) shift += 1 / z
  const inverse = 1 / (z * z)
  return Math.log(z) - 0.5 / z - inverse * polynomial(inverse, bernoulli) - shift
}
