/**
 * What the functions of control flow share: a tree that a user passes or returns becomes arrays, and its plain
 * numbers are remembered, because their dtype is still open.
 */

import { defaultDType, type DType } from '../core/dtype.js'
import type { NDArray } from '../core/ndarray.js'
import { flatten, leafPaths, type MapTree, type TreeDef } from '../core/tree.js'
import { toArray } from '../transforms/arguments.js'
import { checkAlive } from '../transforms/trace.js'

/** `T` with an array for every leaf. */
export type Arrays<T> = MapTree<T, NDArray>
export type AnyFunction = (...args: never[]) => unknown

const isNumber = (x: unknown): x is number | boolean => typeof x === 'number' || typeof x === 'boolean'

/** A tree as arrays; `weak` marks plain numbers, whose dtype a loop or the other branches may decide. */
export interface Leaves {
  readonly arrays: readonly NDArray[]
  readonly weak: readonly boolean[]
  readonly treedef: TreeDef
}

/**
 * The leaves of `tree` as arrays. A plain number takes the dtype given for its place, else the default one; `what`
 * names the tree in messages.
 */
export function leavesOf(
  tree: unknown,
  operation: string,
  what: string,
  dtypes: readonly (DType | undefined)[] = [],
): Leaves {
  const [leaves, treedef] = flatten(tree)
  const arrays = leaves.map((leaf, i) => {
    const path = (): string => `${what}${leafPaths(treedef)[i] ?? ''}`
    const x = toArray(leaf, operation, path, isNumber(leaf) ? (dtypes[i] ?? defaultDType(leaf)) : undefined)
    checkAlive(operation, x)
    return x
  })
  return { arrays, weak: leaves.map(isNumber), treedef }
}
