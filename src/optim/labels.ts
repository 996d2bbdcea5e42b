/**
 * What is said of each parameter: by a tree that may stop early, or by a function of the path.
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { describePlace, prefixLeaves, type Mismatch } from '../core/prefix.js'
import { flatten, leafPaths, type Tree } from '../core/tree.js'

/**
 * A value for each parameter: a tree of values, where one value may stand for a whole subtree, or a function of the
 * parameter's path, written `[1].kernel` as in the errors, and of the parameter itself.
 */
export type PerParameter<V> = Tree<V> | ((path: string, param: NDArray) => V)

/** The value of each leaf, with its path. */
export function perLeaf<V extends string | boolean>(
  operation: string,
  argument: string,
  spec: PerParameter<V>,
  tree: unknown,
): readonly { readonly path: string; readonly value: V }[] {
  const [leaves, treedef] = flatten(tree)
  const paths = leafPaths(treedef)
  const values =
    typeof spec === 'function'
      ? leaves.map((leaf, i) => spec(paths[i] ?? '', leaf as NDArray))
      : prefixLeaves(treedef, spec, isValue, mismatch(operation, argument), argument)
  return paths.map((path, i) => ({ path, value: values[i] as V }))
}

const isValue = (x: unknown): x is string | boolean => typeof x === 'string' || typeof x === 'boolean'

const mismatch =
  (operation: string, argument: string): Mismatch =>
  (def, received, path) =>
    fail('tree', {
      operation,
      path,
      expected: `a value, or values for ${describePlace(def)}`,
      received: JSON.stringify(received) ?? 'nothing',
      fix: `Give ${argument} the structure of the parameters (one value may stand for a whole subtree), or make it a function of the path.`,
    })
