/**
 * The error function, its complement and its inverse, in double precision (relative error about 1e-15).
 * Sources: rational approximations of FreeBSD msun s_erf.c (Sun Microsystems, 1993); Wichura, "Algorithm AS 241:
 * the percentage points of the normal distribution" (1988).
 */

import { polynomial } from './polynomial.js'

/** erf(1), rounded to float32: the approximation between 0.84375 and 1.25 is centred there. */
const erfAtOne = 8.45062911510467529297e-1

// |x| < 0.84375: erf(x) = x + x·P(x²)/Q(x²)
const smallP = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
  -5.77027029648944159157e-3, -2.37630166566501626084e-5,
]
const smallQ = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
  1.32494738004321644526e-4, -3.9602282787753681232e-6,
]
// 0.84375 <= |x| < 1.25: erf(x) = erfAtOne + P(|x| - 1)/Q(|x| - 1)
const middleP = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
  3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
]
const middleQ = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
  1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
]
// 1.25 <= x < 1/0.35: erfc(x) = exp(-x² - 0.5625 + R(1/x²)/S(1/x²)) / x
const nearR = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
  -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1,
  -9.81432934416914548592,
]
const nearS = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2,
  4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
]
// 1/0.35 <= x < 28
const farR = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
  -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2,
]
const farS = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3,
  2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1,
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
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
]
const centreQ = [
  1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
  3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852854561e3,
]
const tailP = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2, 7.7454501427834140764e-4,
]
const tailQ = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1, 1.4810397642748007459e-1,
  1.51986665636164571966e-2, 5.475938084995344946e-4, 1.05075007164441684324e-9,
]
const farTailP = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
const farTailQ = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
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
