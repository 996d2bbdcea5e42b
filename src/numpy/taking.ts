/**
 * Choosing elements: where, select, take, takeAlongAxis, and updates at indices.
 */

import { isFloat, isUnsigned, integerRange, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range, without } from '../core/shape.js'
import { remainder } from './arithmetic.js'
import { nonzero, type SizeOptions } from './dataDependent.js'
import { gatherAxes, wrapNegative } from './indexing.js'
import {
  asArray,
  asBool,
  axisOrFlat,
  broadcastArray,
  broadcastTogether,
  fillLike,
  insertAxes,
  promoteDTypes,
} from './promote.js'

/**
 * `x` where `condition`, else `y`, with broadcasting; the derivative of the branch not taken is 0.
 * With a condition alone: the index lists of its nonzero elements (see `nonzero`).
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * const x = np.array([-1, 2])
 * np.where(np.greater(x, 0), x, 0).js() // [0, 2]
 * ```
 */
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NDArray
export function where(condition: ArrayLike, options?: SizeOptions): NDArray[]
export function where(condition: ArrayLike, x?: ArrayLike | SizeOptions, y?: ArrayLike): NDArray | NDArray[] {
  if (y === undefined) return nonzero(condition, x as SizeOptions | undefined)
  const [a, b] = promoteDTypes('where', [x as ArrayLike, y]) as [NDArray, NDArray]
  const [test, onTrue, onFalse] = broadcastTogether('where', [asBool(condition, 'where'), a, b]) as [
    NDArray,
    NDArray,
    NDArray,
  ]
  return ops.select(test, onTrue, onFalse)
}

/** For each element the first choice whose condition holds, `defaultValue` where none does. */
export function select(
  condlist: readonly ArrayLike[],
  choicelist: readonly ArrayLike[],
  defaultValue: ArrayLike = 0,
): NDArray {
  if (condlist.length !== choicelist.length || condlist.length === 0) {
    fail('argument', {
      operation: 'select',
      argument: 'condlist and choicelist',
      received: `${condlist.length} and ${choicelist.length} items`,
      expected: 'lists of one length, at least 1',
    })
  }
  const [otherwise, ...choices] = promoteDTypes('select', [defaultValue, ...choicelist]) as [
    NDArray,
    ...NDArray[],
  ]
  return range(condlist.length).reduceRight(
    (rest, i) => where(condlist[i] ?? false, choices[i] ?? rest, rest),
    otherwise,
  )
}

/** The value that stands for a missing element. */
const missing = (dtype: DType): number => {
  if (isFloat(dtype)) return NaN
  if (dtype === 'bool') return 1
  return isUnsigned(dtype) ? integerRange(dtype).max : integerRange(dtype).min
}

export interface TakeOptions {
  /** Out of range: 'fill' gives NaN (an extreme for integers), 'clip' the nearest element, 'wrap' counts round. */
  readonly mode?: 'fill' | 'clip' | 'wrap'
  readonly fillValue?: number
}

/** The elements (slices along `axis`; of the flattened array without one) at `indices`; negative ones count from the end. */
export function take(
  a: ArrayLike,
  indices: ArrayLike,
  axis: number | null = null,
  { mode, fillValue }: TakeOptions = {},
): NDArray {
  const [x, along] = axisOrFlat(asArray(a, 'take'), axis, 'take')
  const given = asArray(indices, 'take')
  if (isFloat(given.dtype) || given.dtype === 'bool')
    fail('dtype', { operation: 'take', dtypes: [given.dtype], expected: 'integer indices' })
  const n = x.shape[along] ?? 0
  if (mode === 'clip') return gatherAxes(x, [along], [ops.convert(given, 'int32')], along)
  if (mode === 'wrap') return gatherAxes(x, [along], [remainder(ops.convert(given, 'int32'), n)], along)
  return gatherAxes(x, [along], [wrapNegative(given, n)], along, 'fill', fillValue ?? missing(x.dtype))
}

/** result[i, j, …] = arr with index `axis` replaced by indices[i, j, …]; other axes broadcast. */
export function takeAlongAxis(
  arr: ArrayLike,
  indices: ArrayLike,
  axis: number | null = -1,
  { mode = 'fill', fillValue }: TakeOptions = {},
): NDArray {
  const [x, along] = axisOrFlat(asArray(arr, 'takeAlongAxis'), axis, 'takeAlongAxis')
  const given = asArray(indices, 'takeAlongAxis')
  const list = axis === null ? ops.reshape(given, [given.size]) : given
  if (isFloat(list.dtype) || list.dtype === 'bool')
    fail('dtype', { operation: 'takeAlongAxis', dtypes: [list.dtype], expected: 'integer indices' })
  if (list.ndim !== x.ndim)
    fail('shape', {
      operation: 'takeAlongAxis',
      shapes: [x.shape, list.shape],
      expected: 'an index array with as many axes as the array',
    })
  const n = x.shape[along] ?? 0
  const at = mode === 'wrap' ? remainder(ops.convert(list, 'int32'), n) : wrapNegative(list, n)
  return gatherAlong(x, at, along, mode === 'fill' ? 'fill' : 'clip', fillValue ?? missing(x.dtype))
}

/** takeAlongAxis for normalized indices: the other axes are batch axes of the gather. */
export function gatherAlong(
  x: NDArray,
  indices: NDArray,
  axis: number,
  mode: 'clip' | 'fill' = 'clip',
  fillValue = 0,
): NDArray {
  const others = without(range(x.ndim), [axis])
  const common = (z: NDArray, w: NDArray): number[] =>
    z.shape.map((n, d) => (d === axis ? n : n === 1 ? (w.shape[d] ?? 1) : n))
  const operand = broadcastArray(x, common(x, indices))
  const positions = broadcastArray(indices, common(indices, x))
  return ops.gather(operand, insertAxes(positions, [positions.ndim]), {
    offsetDims: [],
    collapsedSliceDims: [axis],
    operandBatchingDims: others,
    indicesBatchingDims: others,
    startIndexMap: [axis],
    sliceSizes: operand.shape.map(() => 1),
    mode,
    fillValue,
  })
}

/** A copy of `a` with a[indices] = values in the flattened array; out-of-range indices are dropped. */
export function put(a: ArrayLike, indices: ArrayLike, values: ArrayLike): NDArray {
  const x = asArray(a, 'put')
  const list = wrapNegative(asArray(indices, 'put'), x.size)
  const flat = ops.reshape(list, [list.size])
  const v = ops.convert(asArray(values, 'put', x.dtype), x.dtype)
  // Too few values are repeated from the first.
  const updates =
    v.size === list.size
      ? ops.reshape(v, [list.size])
      : gatherAxes(ops.reshape(v, [v.size]), [0], [remainder(ops.iota('int32', [list.size], 0), v.size)], 0)
  const result = ops.scatter(ops.reshape(x, [x.size]), insertAxes(flat, [1]), updates, {
    updateWindowDims: [],
    insertedWindowDims: [0],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    scatterDimsToOperandDims: [0],
    mode: 'fill',
    combine: 'set',
  })
  return ops.reshape(result, x.shape)
}

/** A copy of `arr` with the elements that takeAlongAxis would read set to `values`. */
export function putAlongAxis(arr: ArrayLike, indices: ArrayLike, values: ArrayLike, axis: number): NDArray {
  const x = asArray(arr, 'putAlongAxis')
  const along = normalizeAxis(axis, x.shape, 'putAlongAxis')
  const list = wrapNegative(asArray(indices, 'putAlongAxis'), x.shape[along] ?? 0)
  const others = without(range(x.ndim), [along])
  const positions = broadcastArray(
    list,
    list.shape.map((n, d) => (d === along ? n : (x.shape[d] ?? n))),
  )
  const updates = broadcastArray(
    ops.convert(asArray(values, 'putAlongAxis', x.dtype), x.dtype),
    positions.shape,
  )
  return ops.scatter(x, insertAxes(positions, [positions.ndim]), updates, {
    updateWindowDims: [],
    insertedWindowDims: [along],
    operandBatchingDims: others,
    indicesBatchingDims: others,
    scatterDimsToOperandDims: [along],
    mode: 'fill',
    combine: 'set',
  })
}

/** Element by element the value of choices[a]; out-of-range indices 'clip' or 'wrap'. */
export function choose(
  a: ArrayLike,
  choices: readonly ArrayLike[],
  { mode = 'wrap' }: { readonly mode?: 'clip' | 'wrap' } = {},
): NDArray {
  const n = choices.length
  const given = ops.convert(asArray(a, 'choose'), 'int32')
  const which =
    mode === 'wrap' ? remainder(given, n) : ops.clamp(fillLike(given, 0), given, fillLike(given, n - 1))
  const [first, ...rest] = promoteDTypes('choose', choices) as [NDArray, ...NDArray[]]
  return rest.reduce(
    (result, choice, i) => where(ops.eq(which, fillLike(which, i + 1)), choice, result),
    broadcastTogether('choose', [first, which])[0] ?? first,
  )
}
