/**
 * Sorting and searching sorted arrays, on the one primitive sort (stable, NaN last).
 */

import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { NDArray, type ArrayLike } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis, range } from '../core/shape.js'
import { asArray, axisOrFlat, promoteDTypes, sliceAxis } from './promote.js'

export interface SortOptions {
  readonly descending?: boolean
}

/** Sorted along `axis` (flattened where it is null), NaN last; `descending` reverses the result. */
export function sort(
  a: ArrayLike,
  axis: number | null = -1,
  { descending = false }: SortOptions = {},
): NDArray {
  const [x, along] = axisOrFlat(asArray(a, 'sort'), axis, 'sort')
  const [sorted] = ops.sort([x], along) as [NDArray]
  return descending ? ops.reverse(sorted, [along]) : sorted
}

/** The indices (int32) that sort `a` along `axis`, stably; not differentiable. */
export function argsort(
  a: ArrayLike,
  axis: number | null = -1,
  { descending = false }: SortOptions = {},
): NDArray {
  const [x, along] = axisOrFlat(asArray(a, 'argsort'), axis, 'argsort')
  const positions = ops.iota('int32', x.shape, along)
  if (!descending) return (ops.sort([ops.stopGradient(x), positions], along) as [NDArray, NDArray])[1]
  // Reversed before and after, so that equal elements keep their order.
  const turned = ops.sort(
    [ops.reverse(ops.stopGradient(x), [along]), ops.reverse(positions, [along])],
    along,
  ) as [NDArray, NDArray]
  return ops.reverse(turned[1], [along])
}

/** The indices that sort by several keys, the last the most important. */
export function lexsort(keys: readonly ArrayLike[] | NDArray, axis = -1): NDArray {
  const list =
    keys instanceof NDArray
      ? range(keys.shape[0] ?? 0).map((i) => keys.slice(i))
      : keys.map((k) => asArray(k, 'lexsort'))
  const first = list[0]
  if (first === undefined)
    return fail('argument', {
      operation: 'lexsort',
      argument: 'keys',
      received: 'none',
      expected: 'at least one key',
    })
  const along = normalizeAxis(axis, first.shape, 'lexsort')
  const operands = [...list.map(ops.stopGradient).reverse(), ops.iota('int32', first.shape, along)]
  return ops.sort(operands, along, list.length).at(-1) as NDArray
}

/** Partly sorted: element `kth` is where sorting puts it, smaller ones before it. (Here all are sorted.) */
export function partition(a: ArrayLike, kth: number, axis = -1): NDArray {
  const x = asArray(a, 'partition')
  const n = x.shape[normalizeAxis(axis, x.shape, 'partition')] ?? 0
  if (!Number.isInteger(kth) || kth < -n || kth >= n)
    fail('argument', {
      operation: 'partition',
      argument: 'kth',
      received: String(kth),
      expected: `a whole number from ${-n} to ${n - 1}`,
    })
  return sort(x, axis)
}

/** The k largest elements along `axis`, in descending order, and their indices (int32). */
export function topK(x: NDArray, k: number, axis = -1): [NDArray, NDArray] {
  const along = normalizeAxis(axis, x.shape, 'topK')
  const n = x.shape[along] ?? 0
  if (!Number.isInteger(k) || k < 0 || k > n)
    fail('argument', {
      operation: 'topK',
      argument: 'k',
      received: String(k),
      expected: `a whole number from 0 to ${n}`,
    })
  const turned = ops.sort(
    [ops.reverse(x, [along]), ops.reverse(ops.iota('int32', x.shape, along), [along])],
    along,
  ) as [NDArray, NDArray]
  const largest = (sorted: NDArray): NDArray => sliceAxis(ops.reverse(sorted, [along]), along, 0, k)
  return [largest(turned[0]), largest(turned[1])]
}

/** Where elements of `v` go in the sorted vector `a` to keep it sorted (int32): before equal ones, or after with side 'right'. */
export function searchsorted(
  a: ArrayLike,
  v: ArrayLike,
  { side = 'left' }: { readonly side?: 'left' | 'right' } = {},
): NDArray {
  const [sorted, values] = promoteDTypes('searchsorted', [a, v]) as [NDArray, NDArray]
  if (sorted.ndim !== 1)
    fail('shape', { operation: 'searchsorted', shapes: [sorted.shape], expected: 'a sorted vector' })
  const shape = [...values.shape, sorted.size]
  const left = ops.broadcastInDim(sorted, shape, [shape.length - 1])
  const right = ops.broadcastInDim(values, shape, range(values.ndim))
  // NaN sorts after every number.
  const nan = (x: NDArray): NDArray => ops.ne(x, x)
  const before = side === 'left' ? ops.lt(left, right) : ops.le(left, right)
  const ordered = isFloat(sorted.dtype)
    ? ops.or(before, ops.and(nan(right), side === 'left' ? ops.not(nan(left)) : nan(right)))
    : before
  return ops.reduceSum(ops.convert(ordered, 'int32'), [shape.length - 1])
}

/** The bin of each element between monotonic `bins` (int32): bins[i - 1] ≤ x < bins[i], with `right` < and ≤. */
export function digitize(
  x: ArrayLike,
  bins: ArrayLike,
  { right = false }: { readonly right?: boolean } = {},
): NDArray {
  return searchsorted(bins, x, { side: right ? 'left' : 'right' })
}
