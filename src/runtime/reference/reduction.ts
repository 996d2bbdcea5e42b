/**
 * Reductions, arg-reductions and cumulative reductions. Floats accumulate in double precision.
 */

import type { Aval } from '../../core/aval.js'
import { hostArray, isFloat, type DType, type HostArray } from '../../core/dtype.js'
import type {
  ArgParams,
  AxesParams,
  CumulativeParams,
  ReductionSigs,
} from '../../core/primitives/reduction.js'
import { stridesOf } from '../../core/shape.js'
import { extremes, maximum, minimum } from './scalars.js'
import { at, forEachIndex, generate, offsetOf, store, type ReferenceTable, type Value } from './values.js'

/** What an associative reduction starts from and how it goes on; integer sums and products wrap. */
interface Monoid {
  readonly identity: (dtype: DType) => number
  readonly combine: (x: number, y: number, dtype: DType) => number
}

const sum: Monoid = { identity: () => 0, combine: (x, y, dtype) => (isFloat(dtype) ? x + y : (x + y) | 0) }
const prod: Monoid = {
  identity: () => 1,
  combine: (x, y, dtype) => (isFloat(dtype) ? x * y : Math.imul(x, y)),
}
const max: Monoid = { identity: (dtype) => extremes(dtype).min, combine: maximum }
const min: Monoid = { identity: (dtype) => extremes(dtype).max, combine: minimum }
const and: Monoid = { identity: (dtype) => (dtype === 'bool' ? 1 : -1), combine: (x, y) => x & y }
const or: Monoid = { identity: () => 0, combine: (x, y) => x | y }

const reduce =
  ({ identity, combine }: Monoid) =>
  ([x]: readonly [Value], { axes }: AxesParams, [out]: readonly [Aval]): readonly [HostArray] => {
    const { shape, dtype } = x.aval
    const totals = new Float64Array(out.size).fill(identity(dtype))
    // A reduced axis does not move the position in the result: its stride there is 0.
    const kept = stridesOf(out.shape)
    const strides = shape.map((_, axis) => (axes.includes(axis) ? 0 : (kept.shift() ?? 0)))
    forEachIndex(shape, (index, i) => {
      const to = offsetOf(index, strides)
      totals[to] = combine(at(totals, to), at(x.data, i), dtype)
    })
    return [generate(out, (i) => at(totals, i))]
  }

/** The lines along `axis`: where each starts, its length, and the stride between its elements. */
function lines(
  { shape, size }: Aval,
  axis: number,
): { readonly starts: readonly number[]; readonly length: number; readonly stride: number } {
  const length = shape[axis] ?? 1
  const stride = stridesOf(shape)[axis] ?? 1
  const starts: number[] = []
  for (let i = 0; i < size; i++) if (Math.floor(i / stride) % length === 0) starts.push(i)
  return { starts, length, stride }
}

/** The first position that no other beats; NaN beats everything. */
const arg =
  (beats: (x: number, y: number) => boolean) =>
  ([x]: readonly [Value], { axis }: ArgParams, [out]: readonly [Aval]): readonly [HostArray] => {
    const { starts, length, stride } = lines(x.aval, axis)
    return [
      generate(out, (line) => {
        const start = at(starts, line)
        let best = 0
        for (let k = 1; k < length; k++) {
          const [value, leader] = [at(x.data, start + k * stride), at(x.data, start + best * stride)]
          if (!Number.isNaN(leader) && (beats(value, leader) || Number.isNaN(value))) best = k
        }
        return best
      }),
    ]
  }

const cumulative =
  ({ identity, combine }: Monoid) =>
  (
    [x]: readonly [Value],
    { axis, reverse }: CumulativeParams,
    [out]: readonly [Aval],
  ): readonly [HostArray] => {
    const { starts, length, stride } = lines(x.aval, axis)
    const data = hostArray(out.dtype, out.size)
    for (const start of starts) {
      let total = identity(out.dtype)
      for (let k = 0; k < length; k++) {
        const i = start + (reverse ? length - 1 - k : k) * stride
        total = combine(total, at(x.data, i), out.dtype)
        store(out.dtype, data, i, total)
      }
    }
    return [data]
  }

export const reduction: ReferenceTable<keyof ReductionSigs> = {
  reduceSum: reduce(sum),
  reduceProd: reduce(prod),
  reduceMax: reduce(max),
  reduceMin: reduce(min),
  reduceAnd: reduce(and),
  reduceOr: reduce(or),
  argmax: arg((x, y) => x > y),
  argmin: arg((x, y) => x < y),
  cumsum: cumulative(sum),
  cumprod: cumulative(prod),
  cummax: cumulative(max),
  cummin: cumulative(min),
}
