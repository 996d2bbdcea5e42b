/** Batching of reductions: the axes are counted past the batch axis, which loses the reduced axes before it. */

import { bind } from '../../core/interpreter.js'
import type { NDArray } from '../../core/ndarray.js'
import type {
  ArgParams,
  AxesParams,
  CumulativeParams,
  ReductionSigs,
} from '../../core/primitives/reduction.js'
import type { BatchDim, BatchTable } from '../rules.js'
import { allPast, firstDim, past } from './helpers.js'

type Rule<Params> = (
  size: number,
  inputs: readonly [NDArray],
  dims: readonly [BatchDim],
  params: Params,
) => readonly [readonly [NDArray], readonly [number]]

const reduce =
  (
    primitive: 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr',
  ): Rule<AxesParams> =>
  (_, inputs, dims, params) => {
    const dim = firstDim(dims)
    const axes = allPast(params.axes, dim)
    return [bind(primitive, inputs, { axes }), [dim - axes.filter((axis) => axis < dim).length]]
  }

const arg =
  (primitive: 'argmax' | 'argmin'): Rule<ArgParams> =>
  (_, inputs, dims, params) => {
    const dim = firstDim(dims)
    const axis = past(params.axis, dim)
    return [bind(primitive, inputs, { ...params, axis }), [axis < dim ? dim - 1 : dim]]
  }

const cumulative =
  (primitive: 'cumsum' | 'cumprod' | 'cummax' | 'cummin'): Rule<CumulativeParams> =>
  (_, inputs, dims, params) => {
    const dim = firstDim(dims)
    return [bind(primitive, inputs, { ...params, axis: past(params.axis, dim) }), [dim]]
  }

export const reduction: BatchTable<keyof ReductionSigs> = {
  reduceSum: reduce('reduceSum'),
  reduceProd: reduce('reduceProd'),
  reduceMax: reduce('reduceMax'),
  reduceMin: reduce('reduceMin'),
  reduceAnd: reduce('reduceAnd'),
  reduceOr: reduce('reduceOr'),
  argmax: arg('argmax'),
  argmin: arg('argmin'),
  cumsum: cumulative('cumsum'),
  cumprod: cumulative('cumprod'),
  cummax: cumulative('cummax'),
  cummin: cumulative('cummin'),
}
