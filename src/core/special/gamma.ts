/**
 * log|Γ| and its derivative, in double precision.
 * Sources: approximations of FreeBSD msun e_lgamma_r.c (Sun Microsystems, 1993); for digamma the rational
 * approximation of Boost.Math around its root, and Abramowitz & Stegun 6.3.5 and 6.3.18.
 */

import { polynomial } from './polynomial.js'

/** Γ has its minimum on x > 0 at `minimum`, where log Γ is `valueAtMinimum + valueLow`. */
const minimum = 1.4616321449683622
const valueAtMinimum = -0.12148629053584961
const valueLow = -3.638676997039505e-18

// log Γ(2 - y) + y/2 = y·even(y²) + y²·odd(y²)
const even = [
  0.07721566490153287, 0.06735230105312927, 0.007385550860814029, 0.0011927076318336207,
  2.2086279071390839e-4, 2.5214456545125733e-5,
]
const odd = [
  0.3224670334241136, 0.020580808432516733, 0.0028905138367341563, 5.100697921535113e-4,
  1.0801156724758394e-4, 4.4864094961891516e-5,
]
// log Γ around the minimum, in y = x - minimum: y²·(even, then odd terms)
const aroundMinimum = [
  0.48383612272381005, -0.1475877229945939, 0.06462494023913339, -0.032788541075985965, 0.01797067508118204,
  -0.010314224129834144, 0.006100538702462913, -0.0036845201678113826, 0.0022596478090061247,
  -0.0014034646998923284, 8.81081882437654e-4, -5.385953053567405e-4, 3.1563207090362595e-4,
  -3.1275416837512086e-4, 3.355291926355191e-4,
]
// log Γ(1 + y) + y/2 = y·U(y)/V(y)
const oneP = [
  -0.07721566490153287, 0.6328270640250934, 1.4549225013723477, 0.9777175279633727, 0.22896372806469245,
  0.013381091853678766,
]
const oneQ = [
  1, 2.4559779371304113, 2.128489763798934, 0.7692851504566728, 0.10422264559336913, 0.003217092422824239,
]
// log Γ(2 + y) - y/2 = y·S(y)/R(y)
const twoP = [
  -0.07721566490153287, 0.21498241596060885, 0.325778796408931, 0.14635047265246445, 0.02664227030336386,
  0.0018402845140733772, 3.194753265841009e-5,
]
const twoQ = [
  1, 1.3920053346762105, 0.7219355475671381, 0.17193386563280308, 0.01864591917156529, 7.779424963818936e-4,
  7.326684307446256e-6,
]
// Stirling: log Γ(x) = (x - 1/2)(log x - 1) + w₀ + W(1/x²)/x
const stirling = [
  0.08333333333333297, -0.0027777777772877554, 7.936505586430196e-4, -5.9518755745034e-4,
  8.363399189962821e-4, -0.0016309293409657527,
]
const stirlingConstant = 0.4189385332046727

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

// ψ(x) = (x - root)·(level + P(x - 1)/Q(x - 1)) on [1, 2]; the root is given in three parts.
const rootParts = [1569415565 / 2 ** 30, 381566830 / 2 ** 60, 9.016312093258695e-20]
const digammaLevel = 0.9955816268920898
const digammaP = [
  0.25479851061131553, -0.3146285545329165, -0.6658363415598763, -0.31476765714737576, -0.05411562661535053,
  -0.002892683683339188,
]
const digammaQ = [
  1, 2.119575992705535, 1.5435055466496113, 0.486986018231043, 0.06604814871735698, 0.00298999662592324,
  -1.650797940126049e-6, 3.179402431059522e-8,
]

function digammaOneToTwo(x: number): number {
  const fromRoot = rootParts.reduce((rest, part) => rest - part, x)
  return fromRoot * digammaLevel + (fromRoot * polynomial(x - 1, digammaP)) / polynomial(x - 1, digammaQ)
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
  if (x >= 10) {
    const inverse = 1 / (x * x)
    return Math.log(x) - 0.5 / x - inverse * polynomial(inverse, bernoulli)
  }
  // Recurrence: ψ(x + 1) = ψ(x) + 1/x
  if (x < 1) return digammaOneToTwo(x + 1) - 1 / x
  let z = x
  let sum = 0
  for (; z > 2; z--) sum += 1 / (z - 1)
  return digammaOneToTwo(z) + sum
}
