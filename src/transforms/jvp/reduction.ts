/** Derivatives of reductions and cumulative reductions. Equal largest elements share the derivative of their maximum. */

import { bind } from '../../core/interpreter.js'
import type { NDArray } from '../../core/ndarray.js'
import {
  broadcastInDim,
  convert,
  cumprod,
  div,
  eq,
  mul,
  reduceProd,
  reduceSum,
  reshape,
  transpose,
} from '../../core/ops.js'
import type { AxesParams, ReductionSigs } from '../../core/primitives/reduction.js'
import { range, sizeOf, without, type Shape } from '../../core/shape.js'
import { zeroDerivative, type JvpRule, type JvpTable, type UnaryJvpRule } from '../rules.js'
import { cumulativeExtremum, cumulativeProduct, shifted } from './cumulative.js'
import { linear } from './helpers.js'

/** A reduction's result repeated along the axes it lost. */
const unreduce = (y: NDArray, shape: Shape, axes: readonly number[]): NDArray =>
  broadcastInDim(y, shape, without(range(shape.length), axes))

/** dy = Σ dx·[x = y] / count of x = y */
function extremum(primitive: 'reduceMax' | 'reduceMin'): UnaryJvpRule<AxesParams> {
  return ([x], [dx], params) => {
    const { axes } = params
    const [y] = bind(primitive, [x], params)
    if (dx === null) return [[y], [null]]
    const chosen = convert(eq(x, unreduce(y, x.shape, axes)), x.dtype)
    const share = div(chosen, unreduce(reduceSum(chosen, axes), x.shape, axes))
    return [[y], [reduceSum(mul(dx, share), axes)]]
  }
}

/** The product of all the other elements along `axis`: it needs no division, so zeros do no harm. */
const productOfOthers = (x: NDArray, axis: number): NDArray =>
  mul(shifted(cumprod(x, axis), axis, 1, 1, false), shifted(cumprod(x, axis, true), axis, 1, 1, true))

/** dy = Σᵢ dxᵢ Πⱼ≠ᵢ xⱼ, over the reduced axes made into one. */
const product: JvpRule<'reduceProd'> = ([x], [dx], { axes }) => {
  const kept = without(range(x.ndim), axes)
  const keptShape = kept.map((axis) => x.shape[axis] ?? 0)
  const merged = (a: NDArray): NDArray =>
    reshape(transpose(a, [...kept, ...axes]), [...keptShape, sizeOf(axes.map((axis) => x.shape[axis] ?? 0))])
  const last = kept.length
  return [
    [reduceProd(x, axes)],
    [dx === null ? null : reduceSum(mul(merged(dx), productOfOthers(merged(x), last)), [last])],
  ]
}

export const reduction: JvpTable<keyof ReductionSigs> = {
  reduceSum: linear('reduceSum'),
  reduceProd: product,
  reduceMax: extremum('reduceMax'),
  reduceMin: extremum('reduceMin'),
  reduceAnd: zeroDerivative,
  reduceOr: zeroDerivative,
  argmax: zeroDerivative,
  argmin: zeroDerivative,
  cumsum: linear('cumsum'),
  cumprod: cumulativeProduct,
  cummax: cumulativeExtremum('cummax'),
  cummin: cumulativeExtremum('cummin'),
}
