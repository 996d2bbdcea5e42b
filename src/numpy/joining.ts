/**
 * Putting arrays together and taking them apart along an axis.
 */

import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range, sameShape } from '../core/shape.js'
import { atleast1d, atleast2d, atleast3d, expandDims, ravel } from './movement.js'
import { asArray, axisOrFlat, broadcastArray, insertAxes, promoteDTypes, sliceAxis } from './promote.js'

/** The items of a list, or of an array along its first axis. */
function items(arrays: readonly ArrayLike[] | NDArray, operation: string): readonly ArrayLike[] {
  const list = arrays instanceof NDArray ? unstack(arrays) : arrays
  if (list.length === 0)
    fail('argument', { operation, argument: 'arrays', received: 'none', expected: 'at least one array' })
  return list
}

/**
 * Arrays joined along `axis` (flattened first where it is null); dtypes are promoted.
 *
 * @example
 * ```ts
 * import { numpy as np } from 'cotangent'
 * np.concatenate([np.zeros([2, 1]), np.ones([2, 2])], 1).shape // [2, 3]
 * ```
 */
export function concatenate(arrays: readonly ArrayLike[] | NDArray, axis: number | null = 0): NDArray {
  const promoted = promoteDTypes('concatenate', items(arrays, 'concatenate'))
  const list = axis === null ? promoted.map(ravel) : promoted
  const [first] = list as [NDArray, ...NDArray[]]
  const along = normalizeAxis(axis ?? 0, first.shape, 'concatenate')
  if (
    list.some((x) => x.ndim !== first.ndim || x.shape.some((n, i) => i !== along && n !== first.shape[i]))
  ) {
    fail('shape', {
      operation: 'concatenate',
      shapes: list.map((x) => x.shape),
      expected: `shapes that differ only along axis ${along}`,
    })
  }
  return list.length === 1 ? first : ops.concatenate(list, along)
}
/** Arrays of one shape joined along a new axis. */
export function stack(arrays: readonly ArrayLike[] | NDArray, axis = 0): NDArray {
  const list = promoteDTypes('stack', items(arrays, 'stack'))
  const [first] = list as [NDArray, ...NDArray[]]
  if (list.some((x) => !sameShape(x.shape, first.shape))) {
    fail('shape', { operation: 'stack', shapes: list.map((x) => x.shape), expected: 'arrays of one shape' })
  }
  return concatenate(
    list.map((x) => expandDims(x, axis)),
    axis,
  )
}

const eachAtLeast = (
  arrays: readonly ArrayLike[] | NDArray,
  operation: string,
  grow: (a: ArrayLike) => NDArray,
): NDArray[] => items(arrays, operation).map((a) => grow(a))

/** Rows put below each other: joined along axis 0, vectors as rows. */
export const vstack = (arrays: readonly ArrayLike[] | NDArray): NDArray =>
  concatenate(eachAtLeast(arrays, 'vstack', atleast2d), 0)

/** Columns put beside each other: joined along axis 1, vectors along axis 0. */
export function hstack(arrays: readonly ArrayLike[] | NDArray): NDArray {
  const list = eachAtLeast(arrays, 'hstack', atleast1d)
  return concatenate(list, list[0]?.ndim === 1 ? 0 : 1)
}

/** Joined along axis 2, after growing to three axes. */
export const dstack = (arrays: readonly ArrayLike[] | NDArray): NDArray =>
  concatenate(eachAtLeast(arrays, 'dstack', atleast3d), 2)

/** Vectors as the columns of a matrix. */
export function columnStack(arrays: readonly ArrayLike[] | NDArray): NDArray {
  const columns = items(arrays, 'columnStack').map((a) => asArray(a, 'columnStack'))
  return concatenate(
    columns.map((x) => (x.ndim < 2 ? ops.reshape(x, [x.size, 1]) : x)),
    1,
  )
}

/** `values` after `arr` along `axis` (both flattened where it is null). */
export const append = (arr: ArrayLike, values: ArrayLike, axis: number | null = null): NDArray =>
  concatenate([arr, values], axis)

/** Parts of `ary` along `axis`: that many equal ones, or cut before each of the given indices. */
export function split(ary: ArrayLike, indicesOrSections: number | readonly number[], axis = 0): NDArray[] {
  const x = asArray(ary, 'split')
  const along = normalizeAxis(axis, x.shape, 'split')
  const n = x.shape[along] ?? 0
  if (typeof indicesOrSections === 'number' && (indicesOrSections < 1 || n % indicesOrSections !== 0)) {
    fail('argument', {
      operation: 'split',
      argument: 'sections',
      received: `${indicesOrSections} for an axis of size ${n}`,
      expected: 'a divisor of the size',
      fix: 'Use arraySplit for parts of unequal size.',
    })
  }
  return cut(x, indicesOrSections, along)
}

/** Like `split`, but sections need not be equal: the first ones are larger by one. */
export function arraySplit(
  ary: ArrayLike,
  indicesOrSections: number | readonly number[],
  axis = 0,
): NDArray[] {
  const x = asArray(ary, 'arraySplit')
  return cut(x, indicesOrSections, normalizeAxis(axis, x.shape, 'arraySplit'))
}

function cut(x: NDArray, indicesOrSections: number | readonly number[], axis: number): NDArray[] {
  const n = x.shape[axis] ?? 0
  const bound = (i: number): number => Math.min(n, Math.max(0, i < 0 ? i + n : i))
  const edges =
    typeof indicesOrSections === 'number'
      ? range(indicesOrSections + 1).map(
          (i) => i * Math.floor(n / indicesOrSections) + Math.min(i, n % indicesOrSections),
        )
      : [0, ...indicesOrSections.map(bound), n]
  return edges.slice(1).map((end, i) => sliceAxis(x, axis, edges[i] ?? 0, Math.max(edges[i] ?? 0, end)))
}

/** Parts along axis 1 (axis 0 of a vector). */
export const hsplit = (ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] =>
  split(ary, indicesOrSections, asArray(ary, 'hsplit').ndim === 1 ? 0 : 1)
/** Parts along axis 0. */
export const vsplit = (ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] =>
  split(ary, indicesOrSections, 0)
/** Parts along axis 2. */
export const dsplit = (ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] =>
  split(ary, indicesOrSections, 2)

/** The slices along `axis`, without it. */
export function unstack(x: ArrayLike, axis = 0): NDArray[] {
  const a = asArray(x, 'unstack')
  const along = normalizeAxis(axis, a.shape, 'unstack')
  const rest = a.shape.filter((_, i) => i !== along)
  return range(a.shape[along] ?? 0).map((i) => ops.reshape(sliceAxis(a, along, i, i + 1), rest))
}

/** Each element (slice along `axis`; flattened where it is null) `repeats` times. */
export function repeatEach(a: ArrayLike, repeats: number, axis: number | null): NDArray {
  const [x, along] = axisOrFlat(asArray(a, 'repeat'), axis, 'repeat')
  const spread = insertAxes(x, [along + 1])
  const shape = spread.shape.map((n, i) => (i === along + 1 ? repeats : n))
  return ops.reshape(
    broadcastArray(spread, shape),
    x.shape.map((n, i) => (i === along ? n * repeats : n)),
  )
}
