/** Functions that return `[output, aux]`: aux rides along as further flat results, and what is no array stays itself. */

import { defined } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { flatten, unflatten, type TreeDef } from '../core/tree.js'
import { callWithLeaves, flattenResult, splitAux, type FlatResult, type TreeFunction } from './arguments.js'
import type { FlatWithAux } from './linearize.js'

export interface AuxRunner {
  /** The flat function; the rest is known once it has run. */
  readonly run: FlatWithAux
  readonly outputTree: () => TreeDef
  readonly outputCount: () => number
  /** The output's tree with these leaves. */
  readonly output: (leaves: readonly NDArray[]) => unknown
  /** aux with these arrays for its array leaves. */
  readonly aux: (arrays: readonly NDArray[]) => unknown
}

export function auxiliary(f: TreeFunction, treedef: TreeDef, operation: string, hasAux: boolean): AuxRunner {
  let result: FlatResult | undefined
  let auxLeaves: readonly unknown[] = []
  let auxTree: TreeDef | undefined
  const outputTree = (): TreeDef => defined(result, `${operation}: the function has not run`).treedef
  return {
    run: (...arrays) => {
      const returned = callWithLeaves(f, treedef, arrays)
      const [output, aux] = hasAux ? splitAux(returned, operation, f) : [returned, null]
      result = flattenResult(output, operation, f)
      ;[auxLeaves, auxTree] = flatten(aux)
      return { outputs: result.outputs, aux: auxLeaves.filter((leaf) => leaf instanceof NDArray) }
    },
    outputTree,
    outputCount: () => outputTree().size,
    output: (leaves) => unflatten(outputTree(), leaves),
    aux: (arrays) => {
      let at = 0
      const leaves = auxLeaves.map((leaf) => (leaf instanceof NDArray ? arrays[at++] : leaf))
      return unflatten(defined(auxTree, `${operation}: the function has not run`), leaves)
    },
  }
}
