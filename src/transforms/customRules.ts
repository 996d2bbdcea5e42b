/** What customJvp and customVjp share: checking what their rules return. */

import { showAval, type Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { checkSameTree, flatten, structure, type TreeDef } from '../core/tree.js'
import { toArray } from './arguments.js'
import type { TracedCall } from './traceCache.js'

/** A rule's result as a list of `count` parts. */
export function checkedList(
  result: unknown,
  count: number,
  operation: string,
  expected: string,
): readonly unknown[] {
  if (Array.isArray(result) && result.length === count) return result
  const received = Array.isArray(result)
    ? `a list of ${result.length}`
    : result === null
      ? 'null'
      : typeof result
  return fail('argument', { operation, argument: 'the result', received, expected })
}

/** The leaves of a tree that has to look like the output. */
export function outputLeaves(
  tree: unknown,
  { outputTree, outputAvals }: Pick<TracedCall, 'outputTree' | 'outputAvals'>,
  operation: string,
  what = 'the output',
): NDArray[] {
  const [leaves, treedef] = flatten(tree)
  checkSameTree(outputTree, treedef, operation)
  return leaves.map((leaf, i) => fitting(leaf, outputAvals[i] as Aval, operation, what))
}

/** A leaf of a given aval; integers have no derivative, so what stands for theirs is not looked at. */
export function fitting(leaf: unknown, aval: Aval, operation: string, what: string): NDArray {
  const x = toArray(leaf, operation, () => what, aval.dtype)
  if (x.aval === aval || !isFloat(aval.dtype)) return x
  const expected = `${what} must be ${showAval(aval)}`
  return x.dtype === aval.dtype
    ? fail('shape', { operation, shapes: [x.shape], expected })
    : fail('dtype', {
        operation,
        dtypes: [x.dtype],
        expected,
        fix: `Convert it with astype('${aval.dtype}').`,
      })
}

/** The leaves of cotangents that have to look like `treedef`; null stands for zeros of a whole subtree. */
export function cotangentLeaves(
  tree: unknown,
  treedef: TreeDef,
  avals: readonly Aval[],
  operation: string,
): NDArray[] {
  const result: NDArray[] = []
  const zeros = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const { shape, dtype } = avals[result.length] as Aval
      result.push(constant(0, isFloat(dtype) ? dtype : 'float32', shape))
    }
  }
  const visit = (def: TreeDef, node: unknown): void => {
    if (node === null || node === undefined) zeros(def.size)
    else if (def.kind === 'leaf') {
      const aval = avals[result.length] as Aval
      if (isFloat(aval.dtype)) result.push(fitting(node, aval, operation, 'the cotangent'))
      else zeros(1)
    } else if (def.kind === 'list' && Array.isArray(node) && node.length === def.children.length) {
      const items: readonly unknown[] = node
      def.children.forEach((child, i) => visit(child, items[i]))
    } else if (
      def.kind === 'object' &&
      typeof node === 'object' &&
      def.keys.length === Object.keys(node).length &&
      def.keys.every((key) => key in node)
    ) {
      def.keys.forEach((key, i) => visit(def.children[i] as TreeDef, (node as Record<string, unknown>)[key]))
    } else {
      checkSameTree(def, structure(node), operation)
      flatten(node)[0].forEach((leaf) => visit({ kind: 'leaf', size: 1 }, leaf))
    }
  }
  visit(treedef, tree)
  return result
}
