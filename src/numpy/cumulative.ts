/**
 * Running sums and products, differences, and integrals along an axis.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range } from '../core/shape.js'
import { subtract } from './arithmetic.js'
import type { DTypeOption } from './creation.js'
import { concatenate } from './joining.js'
import { moveaxis, ravel } from './movement.js'
import {
  asArray,
  asFloat,
  axisOrFlat,
  broadcastArray,
  checkDType,
  fillLike,
  promoteDTypes,
  sliceAxis,
} from './promote.js'
import { accumulationDType } from './reductions.js'

/** Half types accumulate in float32, bool in int32. */
function cumulative(operation: string, op: (x: NDArray, axis: number) => NDArray) {
  return (a: ArrayLike, axis: number | null = null, { dtype }: DTypeOption = {}): NDArray => {
    const [x, along] = axisOrFlat(asArray(a, operation), axis, operation)
    const out = dtype === undefined ? (x.dtype === 'bool' ? 'int32' : x.dtype) : checkDType(dtype, operation)
    return ops.convert(op(ops.convert(x, accumulationDType(out)), along), out)
  }
}

/** Running sums along `axis` (of the flattened array without one). */
export const cumsum = cumulative('cumsum', ops.cumsum)
/** Running products along `axis` (of the flattened array without one). */
export const cumprod = cumulative('cumprod', ops.cumprod)

interface CumulativeOptions extends DTypeOption {
  readonly axis?: number | null
  /** Put the empty sum (or product) in front. */
  readonly includeInitial?: boolean
}

function arrayApi(operation: string, op: typeof cumsum, initial: number) {
  return (x: ArrayLike, { axis = null, includeInitial = false, dtype }: CumulativeOptions = {}): NDArray => {
    const a = asArray(x, operation)
    if (axis === null && a.ndim !== 1) {
      fail('argument', {
        operation,
        argument: 'axis',
        received: 'null',
        expected: `an axis for an array of ${a.ndim} axes`,
      })
    }
    const result = op(a, axis ?? 0, dtype === undefined ? {} : { dtype })
    if (!includeInitial) return result
    const along = normalizeAxis(axis ?? 0, a.shape, operation)
    const first = constant(
      initial,
      result.dtype,
      result.shape.map((n, d) => (d === along ? 1 : n)),
    )
    return ops.concatenate([first, result], along)
  }
}

/** Running sums as in the array API: `axis` may only be left out for vectors. */
export const cumulativeSum = arrayApi('cumulativeSum', cumsum, 0)
/** Running products as in the array API: `axis` may only be left out for vectors. */
export const cumulativeProd = arrayApi('cumulativeProd', cumprod, 1)

interface DiffOptions {
  readonly prepend?: ArrayLike
  readonly append?: ArrayLike
}

/** The n-th differences of neighbours along `axis`. */
export function diff(a: ArrayLike, n = 1, axis = -1, { prepend, append }: DiffOptions = {}): NDArray {
  const given = asArray(a, 'diff')
  if (!Number.isInteger(n) || n < 0)
    fail('argument', {
      operation: 'diff',
      argument: 'n',
      received: String(n),
      expected: 'a whole number >= 0',
    })
  const along = normalizeAxis(axis, given.shape, 'diff')
  const border = (v: ArrayLike | undefined): NDArray[] => {
    if (v === undefined) return []
    const x = asArray(v, 'diff', given.dtype)
    return [
      x.ndim === 0
        ? broadcastArray(
            x,
            given.shape.map((size, d) => (d === along ? 1 : size)),
          )
        : x,
    ]
  }
  const extended =
    prepend === undefined && append === undefined
      ? given
      : concatenate([...border(prepend), given, ...border(append)], along)
  return range(n).reduce<NDArray>((x) => neighbours(x, along), extended)
}

function neighbours(x: NDArray, axis: number): NDArray {
  const n = x.shape[axis] ?? 0
  const [before, after] = [sliceAxis(x, axis, 0, Math.max(0, n - 1)), sliceAxis(x, axis, Math.min(1, n), n)]
  return x.dtype === 'bool' ? ops.ne(after, before) : ops.sub(after, before)
}

/** Differences of neighbours of the flattened array, with `toBegin` and `toEnd` around them. */
export function ediff1d(
  ary: ArrayLike,
  { toBegin, toEnd }: { readonly toBegin?: ArrayLike; readonly toEnd?: ArrayLike } = {},
): NDArray {
  const x = ravel(ary)
  const part = (v: ArrayLike | undefined): NDArray[] =>
    v === undefined ? [] : [ops.convert(ravel(asArray(v, 'ediff1d', x.dtype)), x.dtype)]
  const parts = [...part(toBegin), diff(x), ...part(toEnd)]
  return parts.length === 1 ? diff(x) : ops.concatenate(parts, 0)
}

interface TrapezoidOptions {
  readonly dx?: number
  readonly axis?: number
}

/** The integral of `y` by the trapezoidal rule, at points `x` or spaced by `dx`. */
export function trapezoid(
  y: ArrayLike,
  x: ArrayLike | null = null,
  { dx = 1, axis = -1 }: TrapezoidOptions = {},
): NDArray {
  const [values, points] = (
    x === null ? [asFloat(y, 'trapezoid'), null] : promoteDTypes('trapezoid', [asFloat(y, 'trapezoid'), x])
  ) as [NDArray, NDArray | null]
  const last = moveaxis(values, axis, -1)
  const d = last.ndim - 1
  const n = last.shape[d] ?? 0
  const sums = ops.add(sliceAxis(last, d, Math.min(1, n), n), sliceAxis(last, d, 0, Math.max(0, n - 1)))
  const widths =
    points === null
      ? fillLike(sums, dx)
      : broadcastArray(diff(points.ndim === 1 ? points : moveaxis(points, axis, -1)), sums.shape)
  return ops.mul(ops.reduceSum(ops.mul(sums, widths), [d]), fillLike(ops.reduceSum(sums, [d]), 0.5))
}

/**
 * Central differences inside, one-sided ones at the ends, along each axis (or those in `axis`).
 * `spacing` is one distance, or one for each axis. A list if there are several axes.
 */
export function gradient(
  f: ArrayLike,
  ...rest: (ArrayLike | { readonly axis?: number | readonly number[] })[]
): NDArray | NDArray[] {
  const last = rest.at(-1)
  const options = typeof last === 'object' && !(last instanceof NDArray) ? last : {}
  const spacing = rest.filter((s) => s !== options) as ArrayLike[]
  const x = asFloat(f, 'gradient')
  const axes =
    options.axis === undefined
      ? range(x.ndim)
      : [options.axis].flat().map((axis) => normalizeAxis(axis, x.shape, 'gradient'))
  if (![0, 1, axes.length].includes(spacing.length)) {
    fail('argument', {
      operation: 'gradient',
      argument: 'spacing',
      received: `${spacing.length} distances for ${axes.length} axes`,
      expected: 'none, one, or one for each axis',
    })
  }
  const results = axes.map((axis, i) =>
    slope(x, axis, spacing.length === 0 ? 1 : (spacing[spacing.length === 1 ? 0 : i] ?? 1)),
  )
  return results.length === 1 ? (results[0] as NDArray) : results
}

function slope(x: NDArray, axis: number, spacing: ArrayLike): NDArray {
  const n = x.shape[axis] ?? 0
  if (n < 2)
    fail('shape', {
      operation: 'gradient',
      shapes: [x.shape],
      expected: `at least 2 elements along axis ${axis}`,
    })
  const part = (from: number, to: number): NDArray => sliceAxis(x, axis, from, to)
  const step = ops.convert(asArray(spacing, 'gradient', x.dtype), x.dtype)
  if (step.ndim > 0)
    fail('shape', { operation: 'gradient', shapes: [step.shape], expected: 'a distance that is one number' })
  const over = (y: NDArray, steps: number): NDArray =>
    ops.div(y, broadcastArray(ops.mul(step, fillLike(step, steps)), y.shape))
  const first = over(ops.sub(part(1, 2), part(0, 1)), 1)
  const inside = over(ops.sub(part(2, n), part(0, n - 2)), 2)
  const end = over(ops.sub(part(n - 1, n), part(n - 2, n - 1)), 1)
  return ops.concatenate([first, inside, end], axis)
}

/** Phase jumps larger than `discont` (half a period) along `axis` replaced by their complement to `period`. */
export function unwrap(
  p: ArrayLike,
  discont: number | null = null,
  axis = -1,
  period: number = 2 * Math.PI,
): NDArray {
  const x = asFloat(p, 'unwrap')
  const along = normalizeAxis(axis, x.shape, 'unwrap')
  const jumps = diff(x, 1, along)
  const half = fillLike(jumps, period / 2)
  const whole = fillLike(jumps, period)
  // The jump brought into [-period/2, period/2), the upper end kept for positive jumps.
  const shifted = ops.add(jumps, half)
  const wrapped = ops.sub(ops.sub(shifted, ops.mul(whole, ops.floor(ops.div(shifted, whole)))), half)
  const atEnd = ops.and(ops.eq(wrapped, ops.neg(half)), ops.gt(jumps, ops.zerosLike(jumps)))
  const correction = subtract(ops.select(atEnd, half, wrapped), jumps)
  const small = ops.lt(ops.abs(jumps), fillLike(jumps, discont ?? period / 2))
  const steps = ops.cumsum(ops.select(small, ops.zerosLike(jumps), correction), along)
  const n = x.shape[along] ?? 0
  return ops.concatenate(
    [sliceAxis(x, along, 0, Math.min(1, n)), ops.add(sliceAxis(x, along, Math.min(1, n), n), steps)],
    along,
  )
}
