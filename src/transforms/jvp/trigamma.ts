/**
 * The trigamma function ψ₁ = digamma', as a program of elementwise operations, so that it has derivatives itself.
 * Source: Abramowitz & Stegun 6.4.6 (recurrence), 6.4.7 (reflection), 6.4.12 (asymptotic series).
 */

import type { NDArray } from '../../core/ndarray.js'
import { add, constantLike, div, integerPow, lt, mul, round, select, sin, sub } from '../../core/ops.js'

const steps = 8
/** B₂, B₄, …, B₁₄ */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]

const plus = (x: NDArray, c: number): NDArray => add(x, constantLike(x, c))
const times = (x: NDArray, c: number): NDArray => mul(x, constantLike(x, c))

/** ψ₁(z) for z ≥ ½: Σₖ (z+k)⁻² moves z past 8, where the series 1/w + 1/2w² + Σ B₂ₖ w⁻²ᵏ⁻¹ is exact enough. */
function rightHalf(z: NDArray): NDArray {
  let sum = integerPow(z, -2)
  for (let k = 1; k < steps; k++) sum = add(sum, integerPow(plus(z, k), -2))
  const u = integerPow(plus(z, steps), -1)
  const t = mul(u, u)
  const series = bernoulli.reduceRight<NDArray>((tail, b) => plus(mul(tail, t), b), constantLike(z, 0))
  return add(sum, add(u, add(times(t, 0.5), mul(mul(u, t), series))))
}

/** ψ₁(x); left of ½ by ψ₁(1 − x) + ψ₁(x) = π² / sin²(πx). */
export function trigamma(x: NDArray): NDArray {
  const left = lt(x, constantLike(x, 0.5))
  const value = rightHalf(select(left, sub(constantLike(x, 1), x), x))
  const sine = sin(times(sub(x, round(x, 'toNearestEven')), Math.PI))
  const reflected = sub(div(constantLike(x, Math.PI ** 2), mul(sine, sine)), value)
  return select(left, reflected, value)
}
