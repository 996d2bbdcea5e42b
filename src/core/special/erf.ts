/**
 * The error function, its complement and its inverse, in double precision (relative error about 1e-15).
 * Sources: rational approximations of FreeBSD msun s_erf.c (Sun Microsystems, 1993); Wichura, "Algorithm AS 241:
 * the percentage points of the normal distribution" (1988).
 */

import { polynomial } from './polynomial.js'

/** erf(1), rounded to float32: the approximation between 0.84375 and 1.25 is centred there. */
const erfAtOne = 0.8450629115104675

// |x| < 0.84375: erf(x) = x + x·P(x²)/Q(x²)
const smallP = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
  -2.3763016656650163e-5,
]
const smallQ = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 1.3249473800432164e-4,
  -3.960228278775368e-6,
]
// 0.84375 <= |x| < 1.25: erf(x) = erfAtOne + P(|x| - 1)/Q(|x| - 1)
const middleP = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
  0.035478304325618236, -0.002166375594868791,
]
const middleQ = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
  0.011984499846799107,
]
// 1.25 <= x < 1/0.35: erfc(x) = exp(-x² - 0.5625 + R(1/x²)/S(1/x²)) / x
const nearR = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
  -184.60509290671104, -81.2874355063066, -9.814329344169145,
]
const nearS = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
  108.63500554177944, 6.570249770319282, -0.0604244152148581,
]
// 1/0.35 <= x < 28
const farR = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
  -1025.0951316110772, -483.5191916086514,
]
const farS = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
  474.52854120695537, -22.44095244658582,
]

/** erfc(x) for 1.25 <= x < 28. */
function tail(x: number): number {
  const s = 1 / (x * x)
  const ratio =
    x < 1 / 0.35 ? polynomial(s, nearR) / polynomial(s, nearS) : polynomial(s, farR) / polynomial(s, farS)
  // x² is split so that its high part is exact: exp(-x²) = exp(-z²)·exp((z - x)(z + x)).
  const z = Math.fround(x)
  const high = Math.trunc(z * 2 ** 20) / 2 ** 20
  return (Math.exp(-high * high - 0.5625) * Math.exp((high - x) * (high + x) + ratio)) / x
}

const smallRatio = (x: number): number => polynomial(x * x, smallP) / polynomial(x * x, smallQ)
const middleRatio = (x: number): number => polynomial(x - 1, middleP) / polynomial(x - 1, middleQ)

/** erf(x) = 2/√π ∫₀ˣ exp(-t²) dt. */
export function erf(x: number): number {
  const magnitude = Math.abs(x)
  if (Number.isNaN(x)) return NaN
  if (magnitude < 0.84375) return x + x * smallRatio(x)
  const sign = x < 0 ? -1 : 1
  if (magnitude < 1.25) return sign * (erfAtOne + middleRatio(magnitude))
  return magnitude >= 6 ? sign : sign * (1 - tail(magnitude))
}

/** erfc(x) = 1 - erf(x), accurate where erf(x) is close to 1. */
export function erfc(x: number): number {
  const magnitude = Math.abs(x)
  if (Number.isNaN(x)) return NaN
  if (magnitude < 0.84375) return x < 0.25 ? 1 - (x + x * smallRatio(x)) : 0.5 - (x - 0.5 + x * smallRatio(x))
  if (magnitude < 1.25) return x > 0 ? 1 - erfAtOne - middleRatio(x) : 1 + erfAtOne + middleRatio(magnitude)
  if (magnitude >= 28) return x > 0 ? 0 : 2
  return x > 0 ? tail(x) : 2 - tail(magnitude)
}

// The normal quantile: centre in 0.180625 - q², tails in √(-log p) shifted by 1.6 and by 5.
const centreP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const centreQ = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const tailP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 7.745450142783414e-4,
]
const tailQ = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  5.475938084995345e-4, 1.0507500716444169e-9,
]
const farTailP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
]
const farTailQ = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 7.868691311456133e-4, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
]

/** The inverse of erf: NaN outside [-1, 1], ±Infinity at ±1. */
export function erfInv(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 1) return NaN
  if (Math.abs(x) === 1) return x * Infinity
  const q = x / 2
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(r, centreP)) / polynomial(r, centreQ) / Math.SQRT2
  }
  const r = Math.sqrt(-Math.log((1 - Math.abs(x)) / 2))
  const quantile =
    r <= 5
      ? polynomial(r - 1.6, tailP) / polynomial(r - 1.6, tailQ)
      : polynomial(r - 5, farTailP) / polynomial(r - 5, farTailQ)
  return (Math.sign(x) * quantile) / Math.SQRT2
}
