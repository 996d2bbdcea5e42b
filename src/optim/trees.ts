/**
 * Trees of gradients, parameters and states, leaf by leaf: what does not belong together is an error that names the
 * place.
 */

import { fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { sameShape } from '../core/shape.js'
import { checkSameTree, flatten, leafPaths, unflatten, type Tree, type TreeDef } from '../core/tree.js'
import * as np from '../numpy/index.js'

/** A tree of arrays, as states hold them for the parameters. */
export type ArrayTree = Tree<NDArray>

const fix = 'Gradients, parameters and state belong to one tree: after a change of it, call init again.'

function checkArrays(operation: string, leaves: readonly unknown[], treedef: TreeDef): NDArray[] {
  return leaves.map((leaf, i) => {
    if (leaf instanceof NDArray) return leaf
    return fail('argument', {
      operation,
      argument: `the leaf at ${leafPaths(treedef)[i] || 'the root'}`,
      received: typeof leaf === 'number' || typeof leaf === 'boolean' ? String(leaf) : typeof leaf,
      expected: 'an array',
      fix: 'Make an array of it with numpy.array.',
    })
  })
}

/** The leaves of `other`, an error unless its structure and shapes are those of the first tree. */
function matching(operation: string, first: readonly NDArray[], treedef: TreeDef, other: unknown): NDArray[] {
  const [leaves, otherDef] = flatten(other)
  checkSameTree(treedef, otherDef, operation, fix)
  const arrays = checkArrays(operation, leaves, otherDef)
  arrays.forEach((x, i) => {
    const shape = first[i]?.shape ?? []
    if (sameShape(x.shape, shape)) return
    const expected = `equal shapes at ${leafPaths(treedef)[i] || 'the root'}`
    fail('shape', { operation, shapes: [shape, x.shape], expected, fix })
  })
  return arrays
}

/** `f` on every leaf of trees of one structure and shapes; the result has the type of the first tree. */
export function mapArrays<P>(
  operation: string,
  f: (...leaves: NDArray[]) => NDArray,
  first: P,
  ...rest: readonly unknown[]
): P {
  const [leaves, treedef] = flatten(first)
  const arrays = checkArrays(operation, leaves, treedef)
  const all = [arrays, ...rest.map((other) => matching(operation, arrays, treedef, other))]
  // Leaves are replaced by leaves, so the tree keeps its type.
  return unflatten(
    treedef,
    arrays.map((_, i) => f(...all.map((list) => list[i] as NDArray))),
  ) as P
}

/** `f` on every leaf, as part of a state. */
export const stateOf = (operation: string, f: (leaf: NDArray) => NDArray, params: unknown): ArrayTree =>
  mapArrays(operation, f, params) as ArrayTree

/** Zeros with the shapes and dtypes of the leaves. */
export const zerosLike = (operation: string, params: unknown): ArrayTree =>
  stateOf(operation, (p) => np.zerosLike(p), params)

/** The arrays of a tree. */
export function arraysOf(operation: string, tree: unknown): NDArray[] {
  const [leaves, treedef] = flatten(tree)
  return checkArrays(operation, leaves, treedef)
}

/** The parameters, for transformations that cannot do without. */
export function required<P>(params: P | null | undefined, operation: string): P {
  if (params !== null && params !== undefined) return params
  return fail('argument', {
    operation,
    argument: 'params',
    received: 'nothing',
    expected: 'the parameters, as third argument of update',
  })
}

/** `next` where `condition` holds, else `previous`: trees of one structure. */
export const choose = <P>(operation: string, condition: NDArray, next: P, previous: unknown): P =>
  mapArrays(operation, (a, b) => np.where(condition, a, np.astype(b, a.dtype)), next, previous)
