/** All prefixes of an associative operation in logarithmic depth: pairs are combined, then the odd places filled in. */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxis } from '../core/shape.js'
import { checkSameTree, unflatten, type MapTree } from '../core/tree.js'
import { sliceAxis } from '../numpy/promote.js'
import { flattenArrays } from '../transforms/arguments.js'

export interface AssociativeScanOptions {
  /** From the last item to the first. */
  readonly reverse?: boolean
  readonly axis?: number
}

type Combine = (a: readonly NDArray[], b: readonly NDArray[]) => readonly NDArray[]

/** e₀ o₀ e₁ o₁ …; there are as many evens as odds, or one more. */
function interleave(even: NDArray, odd: NDArray, axis: number): NDArray {
  const [evens, odds] = [even.shape[axis] ?? 0, odd.shape[axis] ?? 0]
  // The last even stands in for an odd that is cut off again.
  const filled = evens === odds ? odd : ops.concatenate([odd, sliceAxis(even, axis, evens - 1, evens)], axis)
  const apart = [...even.shape.slice(0, axis + 1), 1, ...even.shape.slice(axis + 1)]
  const pairs = ops.concatenate([ops.reshape(even, apart), ops.reshape(filled, apart)], axis + 1)
  const merged = ops.reshape(
    pairs,
    even.shape.map((n, d) => (d === axis ? 2 * n : n)),
  )
  return sliceAxis(merged, axis, 0, evens + odds)
}

function prefixes(xs: readonly NDArray[], axis: number, combine: Combine): readonly NDArray[] {
  const n = xs[0]?.shape[axis] ?? 0
  if (n < 2) return xs
  const part = (start: number, limit: number): NDArray[] => xs.map((x) => sliceAxis(x, axis, start, limit, 2))
  const odd = prefixes(combine(part(0, n - 1), part(1, n)), axis, combine)
  const before = n % 2 === 0 ? odd.map((x) => sliceAxis(x, axis, 0, n / 2 - 1)) : odd
  const first = xs.map((x) => sliceAxis(x, axis, 0, 1))
  const rest = n > 2 ? combine(before, part(2, n)) : null
  return odd.map((o, i) => {
    const start = first[i] as NDArray
    return interleave(rest === null ? start : ops.concatenate([start, rest[i] as NDArray], axis), o, axis)
  })
}

/**
 * The results of combining the first 1, 2, …, n items along an axis with an associative function of two trees, in
 * log₂ n steps. The function combines many pairs at once: it has to work elementwise along the axis.
 * Source: `jax.lax.associative_scan`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.associativeScan((a, b) => a.add(b), np.array([1, 2, 3])).js()) // [1, 3, 6]
 * ```
 */
export function associativeScan<T>(
  fn: (a: MapTree<T, NDArray>, b: MapTree<T, NDArray>) => unknown,
  elems: T,
  { reverse = false, axis = 0 }: AssociativeScanOptions = {},
): MapTree<T, NDArray> {
  const operation = 'lax.associativeScan'
  const { arrays, treedef } = flattenArrays(elems, operation)
  const [first] = arrays
  if (first === undefined) return unflatten(treedef, []) as MapTree<T, NDArray>
  const along = normalizeAxis(axis, first.shape, operation)
  if (arrays.some((x) => x.shape[along] !== first.shape[along])) {
    fail('shape', { operation, shapes: arrays.map((x) => x.shape), expected: `one size along axis ${axis}` })
  }
  const tree = (xs: readonly NDArray[]): MapTree<T, NDArray> => unflatten(treedef, xs) as MapTree<T, NDArray>
  const combine: Combine = (a, b) => {
    const { arrays: combined, treedef: received } = flattenArrays(fn(tree(a), tree(b)), operation)
    checkSameTree(treedef, received, `${operation}: the result of fn`)
    return combined
  }
  const turned = (xs: readonly NDArray[]): readonly NDArray[] =>
    reverse ? xs.map((x) => ops.reverse(x, [along])) : xs
  return tree(turned(prefixes(turned(arrays), along, combine)))
}
