/** Derivatives of scatter by how it combines: writes, products, extrema. Where updates collide the rules stay exact. */

import type { NDArray } from '../../core/ndarray.js'
import {
  add,
  constantLike,
  convert,
  div,
  eq,
  gather,
  iota,
  mul,
  ne,
  reshape,
  scatter,
  scatterAdd,
  select,
  sub,
  zerosLike,
} from '../../core/ops.js'
import type { ScatterCombine, ScatterParams } from '../../core/primitives/indexing.js'
import { gatherOfScatter } from '../indexing.js'
import type { Tangent } from '../rules.js'

interface Scatter {
  readonly x: NDArray
  readonly indices: NDArray
  readonly updates: NDArray
  readonly y: NDArray
}
type ScatterDerivative = (s: Scatter, dx: NDArray, du: NDArray, params: ScatterParams) => NDArray

const indicator = (condition: NDArray, like: NDArray): NDArray => convert(condition, like.dtype)
const masked = (condition: NDArray, x: NDArray): NDArray => select(condition, x, zerosLike(x))
const sumInto = ({ x, indices }: Scatter, updates: NDArray, params: ScatterParams): NDArray =>
  scatterAdd(zerosLike(x), indices, updates, params)
const readBack = ({ x, indices, updates }: Scatter, from: NDArray, params: ScatterParams): NDArray =>
  gather(from, indices, gatherOfScatter(params, x.shape, updates.shape))

/** The last update of a place wins: number the updates, and see which number stands. */
const written: ScatterDerivative = (s, dx, du, params) => {
  const numbers = reshape(iota('int32', [s.updates.size], 0), s.updates.shape)
  const ids = add(numbers, constantLike(numbers, 1))
  const none = zerosLike(convert(s.x, 'int32'))
  const winners = scatter(none, s.indices, ids, { ...params, combine: 'set' })
  const won = eq(ids, readBack(s, winners, params))
  return scatterAdd(masked(eq(winners, none), dx), s.indices, masked(won, du), params)
}

/**
 * y = x Π u. ∂y/∂x = Π u; ∂y/∂uᵢ is the product of the rest: y without its zero factors, if no zero is left
 * among the others. x counts as one of them.
 */
const multiplied: ScatterDerivative = (s, dx, du, params) => {
  const ones = constantLike(s.x, 1)
  const factors = scatter(ones, s.indices, s.updates, { ...params, combine: 'mul' })
  const isZero = (a: NDArray): NDArray => eq(a, zerosLike(a))
  const nonZero = (a: NDArray): NDArray => select(isZero(a), constantLike(a, 1), a)
  const product = scatter(nonZero(s.x), s.indices, nonZero(s.updates), { ...params, combine: 'mul' })
  const zeros = add(indicator(isZero(s.x), s.x), sumInto(s, indicator(isZero(s.updates), s.updates), params))
  const others = sub(readBack(s, zeros, params), indicator(isZero(s.updates), s.updates))
  const rest = masked(isZero(others), div(readBack(s, product, params), nonZero(s.updates)))
  return scatterAdd(mul(dx, factors), s.indices, mul(du, rest), params)
}

/** All that equal the extremum, x and updates alike, share it. */
const extremum: ScatterDerivative = (s, dx, du, params) => {
  const hit = indicator(eq(s.updates, readBack(s, s.y, params)), s.updates)
  const kept = indicator(eq(s.x, s.y), s.x)
  const count = add(kept, sumInto(s, hit, params))
  // Where nothing equals the result (NaN) no tangent arrives.
  const share = select(ne(count, zerosLike(count)), div(constantLike(count, 1), count), zerosLike(count))
  return scatterAdd(
    mul(dx, mul(kept, share)),
    s.indices,
    mul(du, mul(hit, readBack(s, share, params))),
    params,
  )
}

const derivatives: Readonly<Record<ScatterCombine, ScatterDerivative>> = {
  set: written,
  mul: multiplied,
  min: extremum,
  max: extremum,
}

export const scatterTangent = (
  s: Scatter,
  dx: Tangent,
  du: Tangent,
  params: ScatterParams & { readonly combine: ScatterCombine },
): Tangent =>
  dx === null && du === null
    ? null
    : derivatives[params.combine](s, dx ?? zerosLike(s.x), du ?? zerosLike(s.updates), params)
