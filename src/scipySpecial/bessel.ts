/**
 * Modified Bessel functions of the first kind, scaled by e^-|x|.
 * Source of the Chebyshev series: Cephes (Moshier), float32 accuracy.
 */

import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { asFloat, fillLike } from '../numpy/promote.js'
import { customJvp } from '../transforms/index.js'
import { chebyshev } from './series.js'

const I0_SMALL = [
  -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7,
  1.11738753912010371815e-6, -4.41673835845875056359e-6, 1.64484480707288970893e-5, -5.754195010082103704e-5,
  1.88502885095841655729e-4, -5.76375574538582365885e-4, 1.63947561694133579842e-3, -4.3243099950505759443e-3,
  1.05464603945949983183e-2, -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.4901097048047644421e-2,
  1.71620901522208775349e-1, -3.04682672343198398683e-1, 6.76795274409476084995e-1,
]
const I0_LARGE = [
  3.39623202570838634515e-9, 2.26666899049817806459e-8, 2.04891858946906374183e-7, 2.89137052083475648297e-6,
  6.88975834691682398426e-5, 3.3691164782556940899e-3, 8.04490411014108831608e-1,
]
const I1_SMALL = [
  9.38153738649577178388e-9, -4.44505912879632808065e-8, 2.00329475355213526229e-7,
  -8.56872026469545474066e-7, 3.47025130813767847674e-6, -1.32731636560394358279e-5,
  4.78156510755005422638e-5, -1.61760815825896745588e-4, 5.12285956168575772895e-4,
  -1.51357245063125314899e-3, 4.15642294431288815669e-3, -1.05640848946261981558e-2,
  2.47264490306265168283e-2, -5.29459812080949914269e-2, 1.02643658689847095384e-1,
  -1.76416518357834055153e-1, 2.52587186443633654823e-1,
]
const I1_LARGE = [
  -3.83538038596423702205e-9, -2.63146884688951950684e-8, -2.51223623787020892529e-7,
  -3.88256480887769039346e-6, -1.10588938762623716291e-4, -9.76109749136146840777e-3,
  7.78576235018280120474e-1,
]

/** One series for |x| <= 8, one in 1/|x| beyond. */
function series(
  x: NDArray,
  small: readonly number[],
  large: readonly number[],
  near: (s: NDArray, z: NDArray) => NDArray,
): NDArray {
  const z = ops.abs(x)
  const eight = fillLike(z, 8)
  const below = ops.min(z, eight)
  const above = ops.max(z, eight)
  const first = near(chebyshev(small, ops.sub(ops.mul(below, fillLike(z, 0.5)), fillLike(z, 2))), below)
  const second = ops.mul(
    chebyshev(large, ops.sub(ops.div(fillLike(z, 32), above), fillLike(z, 2))),
    ops.rsqrt(above),
  )
  return ops.select(ops.le(z, eight), first, second)
}

const order1 = customJvp((x: NDArray): NDArray =>
  ops.mul(
    ops.sign(x),
    series(x, I1_SMALL, I1_LARGE, (s, z) => ops.mul(s, z)),
  ),
)
const order0 = customJvp((x: NDArray): NDArray => series(x, I0_SMALL, I0_LARGE, (s) => s))
// i0e' = i1e - sign(x) i0e
order0.defjvps((dx, y, x) => ops.mul(dx, ops.sub(order1(x), ops.mul(ops.sign(x), y))))
// i1e' = i0e - i1e (sign(x) + 1/x), and 1/2 at 0
order1.defjvps((dx, y, x) => {
  const zero = ops.eq(x, ops.zerosLike(x))
  const safe = ops.select(zero, fillLike(x, 1), x)
  const slope = ops.sub(order0(safe), ops.mul(y, ops.add(ops.sign(safe), ops.integerPow(safe, -1))))
  return ops.mul(dx, ops.select(zero, fillLike(x, 0.5), slope))
})

/** e^-|x| I₀(x). */
export const i0e = (x: ArrayLike): NDArray => order0(asFloat(x, 'scipySpecial.i0e'))
/** e^-|x| I₁(x). */
export const i1e = (x: ArrayLike): NDArray => order1(asFloat(x, 'scipySpecial.i1e'))

const unscaled = (x: NDArray, y: NDArray): NDArray => ops.mul(ops.exp(ops.abs(x)), y)
/** I₀(x). */
export function i0(x: ArrayLike): NDArray {
  const a = asFloat(x, 'scipySpecial.i0')
  return unscaled(a, order0(a))
}
/** I₁(x). */
export function i1(x: ArrayLike): NDArray {
  const a = asFloat(x, 'scipySpecial.i1')
  return unscaled(a, order1(a))
}
