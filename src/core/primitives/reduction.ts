/**
 * Reductions over a set of axes (which disappear), arg-reductions, and cumulative reductions along one axis.
 */

import { avalOf, type Aval } from '../aval.js'
import { isFloat, type DType } from '../dtype.js'
import { fail } from '../errors.js'
import { without } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

/** Sorted, distinct, non-negative. */
export interface AxesParams {
  readonly axes: readonly number[]
}
export interface ArgParams {
  readonly axis: number
  readonly dtype: DType
}
export interface CumulativeParams {
  readonly axis: number
  readonly reverse: boolean
}

export interface ReductionSigs {
  reduceSum: Sig<1, 1, AxesParams>
  reduceProd: Sig<1, 1, AxesParams>
  reduceMax: Sig<1, 1, AxesParams>
  reduceMin: Sig<1, 1, AxesParams>
  /** Bitwise on integers, logical on bool. */
  reduceAnd: Sig<1, 1, AxesParams>
  reduceOr: Sig<1, 1, AxesParams>
  /** The first position of the largest element; NaN counts as largest. */
  argmax: Sig<1, 1, ArgParams>
  /** The first position of the smallest element; NaN counts as smallest. */
  argmin: Sig<1, 1, ArgParams>
  cumsum: Sig<1, 1, CumulativeParams>
  cumprod: Sig<1, 1, CumulativeParams>
  cummax: Sig<1, 1, CumulativeParams>
  cummin: Sig<1, 1, CumulativeParams>
}

function checkAxes(operation: string, x: Aval, axes: readonly number[]): void {
  const valid = axes.every(
    (axis, i) =>
      Number.isInteger(axis) && axis >= 0 && axis < x.shape.length && (i === 0 || axis > (axes[i - 1] ?? -1)),
  )
  if (!valid)
    fail('axis', { operation, axis: axes, shape: x.shape, fix: 'Give sorted, distinct, non-negative axes.' })
}

type DTypeTest = (dtype: DType) => boolean
const number: DTypeTest = (d) => d !== 'bool'
const bitwise: DTypeTest = (d) => !isFloat(d)
const anything: DTypeTest = () => true

function checkDType(operation: string, x: Aval, test: DTypeTest, expected: string): void {
  if (!test(x.dtype)) fail('dtype', { operation, dtypes: [x.dtype], expected, fix: 'Convert with astype.' })
}

const reduce =
  (operation: string, test: DTypeTest, expected: string) =>
  ([x]: readonly [Aval], { axes }: AxesParams): readonly [Aval] => {
    checkAxes(operation, x, axes)
    checkDType(operation, x, test, expected)
    return [avalOf(without(x.shape, axes), x.dtype)]
  }

const arg =
  (operation: string) =>
  ([x]: readonly [Aval], { axis, dtype }: ArgParams): readonly [Aval] => {
    checkAxes(operation, x, [axis])
    if (x.shape[axis] === 0)
      fail('shape', { operation, shapes: [x.shape], expected: `at least one element along axis ${axis}` })
    return [avalOf(without(x.shape, [axis]), dtype)]
  }

const cumulative =
  (operation: string) =>
  ([x]: readonly [Aval], { axis }: CumulativeParams): readonly [Aval] => {
    checkAxes(operation, x, [axis])
    checkDType(operation, x, number, 'a number dtype')
    return [x]
  }

export const reductionAbstract: AbstractTable<ReductionSigs> = {
  reduceSum: reduce('reduceSum', number, 'a number dtype'),
  reduceProd: reduce('reduceProd', number, 'a number dtype'),
  reduceMax: reduce('reduceMax', anything, 'any dtype'),
  reduceMin: reduce('reduceMin', anything, 'any dtype'),
  reduceAnd: reduce('reduceAnd', bitwise, 'an integer or bool dtype'),
  reduceOr: reduce('reduceOr', bitwise, 'an integer or bool dtype'),
  argmax: arg('argmax'),
  argmin: arg('argmin'),
  cumsum: cumulative('cumsum'),
  cumprod: cumulative('cumprod'),
  cummax: cumulative('cummax'),
  cummin: cumulative('cummin'),
}
