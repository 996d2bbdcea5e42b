/**
 * Trees of parameters taken apart by path and put together again: the way to train some of them and freeze the rest.
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { checkSameTree, flatten, leafPaths, unflatten } from '../core/tree.js'

/** `T` with null in some places of arrays. */
export type Partition<T> = T extends NDArray
  ? NDArray | null
  : T extends readonly unknown[] | object
    ? { [K in keyof T]: Partition<T[K]> }
    : T

/** `P` with arrays in all places where it may have them. */
export type Combined<P> = [P] extends [null]
  ? null
  : NDArray extends P
    ? NDArray
    : { [K in keyof P]: Combined<P[K]> }

/**
 * Two trees like `params`: one with the arrays whose path `isSelected`, null elsewhere, and one with the others. Paths
 * are written as in the errors, `[1].kernel`. Differentiate with respect to the first to freeze the second.
 *
 * @example
 * ```ts
 * import { grad, nn, numpy as np, random } from 'cotangent'
 * const model = nn.sequential(nn.dense(4), nn.dense(1))
 * const { params, state } = model.init(random.key(0), [3])
 * const [head, body] = nn.partition(params, (path) => path.startsWith('[1]'))
 * const loss = (trained: typeof head) =>
 *   model.apply({ params: nn.combine(trained, body), state }, np.ones([2, 3]))[0].sum()
 * const gradient = grad(loss)(head)
 * console.log(gradient[0].kernel === null, gradient[1].kernel?.shape) // true [4, 1]
 * ```
 */
export function partition<T>(
  params: T,
  isSelected: (path: string) => boolean,
): [selected: Partition<T>, rest: Partition<T>] {
  const [leaves, treedef] = flatten(params)
  const selected = leafPaths(treedef).map((path) => isSelected(path))
  const side = (wanted: boolean): Partition<T> =>
    unflatten(
      treedef,
      leaves.map((leaf, i) => (selected[i] === wanted ? leaf : null)),
    ) as Partition<T>
  return [side(true), side(false)]
}

/**
 * The tree that `partition` has taken apart: at each place the array of either side.
 * Errors: `tree` where the structures differ or both sides have an array.
 *
 * @example
 * ```ts
 * import { nn, numpy as np } from 'cotangent'
 * const params = { a: np.ones([2]), b: np.ones([3]) }
 * const [a, rest] = nn.partition(params, (path) => path === '.a')
 * console.log(nn.combine(a, rest).b.shape) // [3]
 * ```
 */
export function combine<P>(a: P, b: NoInfer<P>): Combined<P> {
  const operation = 'nn.combine'
  // Null is a leaf here: that is where the other side may have an array.
  const [first, treedef] = flatten(a, (x) => x === null)
  const [second, other] = flatten(b, (x) => x === null)
  checkSameTree(treedef, other, operation)
  const paths = leafPaths(treedef)
  const all = first.map((leaf, i) => {
    if (leaf === null || second[i] === null) return leaf ?? second[i]
    const expected = 'an array on one side only'
    return fail('tree', { operation, path: paths[i] ?? '', expected, received: 'one on both' })
  })
  return unflatten(treedef, all) as Combined<P>
}
