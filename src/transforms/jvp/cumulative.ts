/**
 * Derivatives of the cumulative reductions. y ← f(y, y shifted by 2ᵏ), k = 0, 1, …, makes a cumulative f in
 * log₂ n steps; its derivative goes the same way. It divides by nothing, so zeros and ties do no harm.
 */

import { constant } from '../../core/constants.js'
import { bind } from '../../core/interpreter.js'
import type { NDArray } from '../../core/ndarray.js'
import { add, constantLike, eq, max, min, mul, pad, select, zerosLike } from '../../core/ops.js'
import type { CumulativeParams } from '../../core/primitives/reduction.js'
import type { UnaryJvpRule } from '../rules.js'

/** x moved by `count` along `axis`, towards its end (its start if `reverse`), `fill` moving in. */
export function shifted(x: NDArray, axis: number, count: number, fill: number, reverse: boolean): NDArray {
  const config = x.shape.map((_, i) => {
    const by = i !== axis ? 0 : reverse ? -count : count
    return { low: by, high: by === 0 ? 0 : -by, interior: 0 }
  })
  return pad(x, constant(fill, x.dtype), config)
}

/** A binary function with its derivative: (x, dx, z, dz) → (f(x, z), ∂f/∂x dx + ∂f/∂z dz). */
type Combine = (x: NDArray, dx: NDArray, z: NDArray, dz: NDArray) => readonly [NDArray, NDArray]

function cumulative(
  primitive: 'cumprod' | 'cummax' | 'cummin',
  identity: number,
  combine: Combine,
): UnaryJvpRule<CumulativeParams> {
  return ([x], [dx], { axis, reverse }) => {
    const outputs = bind(primitive, [x], { axis, reverse })
    if (dx === null) return [outputs, [null]]
    const n = x.shape[axis] ?? 0
    let [y, dy] = [x, dx]
    for (let step = 1; step < n; step *= 2) {
      ;[y, dy] = combine(
        y,
        dy,
        shifted(y, axis, step, identity, reverse),
        shifted(dy, axis, step, 0, reverse),
      )
    }
    return [outputs, [dy]]
  }
}

/** d(x z) = z dx + x dz */
export const cumulativeProduct = cumulative('cumprod', 1, (x, dx, z, dz) => [
  mul(x, z),
  add(mul(dx, z), mul(dz, x)),
])

/** The winner's derivative; neighbours that are equal share it. */
export function cumulativeExtremum(primitive: 'cummax' | 'cummin'): UnaryJvpRule<CumulativeParams> {
  const [winner, identity] = primitive === 'cummax' ? [max, -Infinity] : [min, Infinity]
  return cumulative(primitive, identity, (x, dx, z, dz) => {
    const y = winner(x, z)
    const weight = select(eq(x, y), select(eq(z, y), constantLike(x, 0.5), constantLike(x, 1)), zerosLike(x))
    const rest = select(eq(z, y), select(eq(x, y), constantLike(x, 0.5), constantLike(x, 1)), zerosLike(x))
    return [y, add(mul(dx, weight), mul(dz, rest))]
  })
}
