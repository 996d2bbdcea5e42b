/**
 * Polynomials and Chebyshev series with constant coefficients, at arrays.
 */

import type { NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'

const { constantLike } = ops

/** c[0] xⁿ + … + c[n], by Horner's rule. */
export const polynomial = (coefficients: readonly number[], x: NDArray): NDArray =>
  coefficients.reduce((sum, c) => ops.add(ops.mul(sum, x), constantLike(x, c)), ops.zerosLike(x))

/** The Chebyshev series with coefficients from the highest order down, at x in [-2, 2] (Clenshaw's recurrence). */
export function chebyshev(coefficients: readonly number[], x: NDArray): NDArray {
  let [b0, b1, b2] = [ops.zerosLike(x), ops.zerosLike(x), ops.zerosLike(x)]
  for (const c of coefficients) {
    b2 = b1
    b1 = b0
    b0 = ops.add(ops.sub(ops.mul(x, b1), b2), constantLike(x, c))
  }
  return ops.mul(ops.sub(b0, b2), constantLike(x, 0.5))
}
