/**
 * Functions that are traced when they are called (checkpoint, customJvp, customVjp) are traced once for each
 * structure and avals of their arguments, so that the program, and what is compiled from it, is found again.
 */

import type { Aval } from '../core/aval.js'
import type { NDArray } from '../core/ndarray.js'
import { sameTree, type TreeDef } from '../core/tree.js'
import { flatFunction, flattenArrays, type TreeFunction } from './arguments.js'
import { traceToJaxpr } from './jaxprTrace.js'
import type { ClosedJaxpr } from './rules.js'
import { hasEnded } from './trace.js'

/** A function traced for one call. */
export interface TracedCall extends ClosedJaxpr {
  readonly arrays: readonly NDArray[]
  readonly treedef: TreeDef
  readonly outputTree: TreeDef
  readonly outputAvals: readonly Aval[]
}

interface Entry extends ClosedJaxpr {
  readonly avals: readonly Aval[]
  readonly treedef: TreeDef
  readonly outputTree: TreeDef
}

/** `f` as a function that gives its program for some arguments. */
export function tracedCalls(f: TreeFunction, operation: string): (args: readonly unknown[]) => TracedCall {
  /** The last one used is first. */
  const entries: Entry[] = []
  return (args) => {
    const { arrays, treedef } = flattenArrays(args, operation)
    const at = entries.findIndex(
      (entry) => entry.avals.every((aval, i) => aval === arrays[i]?.aval) && sameTree(entry.treedef, treedef),
    )
    const [found] = at < 0 ? [] : entries.splice(at, 1)
    const entry =
      found !== undefined && !found.consts.some(hasEnded) ? found : trace(f, arrays, treedef, operation)
    entries.unshift(entry)
    const { jaxpr, consts, outputTree } = entry
    return { jaxpr, consts, arrays, treedef, outputTree, outputAvals: jaxpr.outputs.map((atom) => atom.aval) }
  }
}

function trace(f: TreeFunction, arrays: readonly NDArray[], treedef: TreeDef, operation: string): Entry {
  const avals = arrays.map((x) => x.aval)
  const flat = flatFunction(f, treedef, operation)
  const { jaxpr, consts } = traceToJaxpr(flat, avals, operation)
  return { jaxpr, consts, avals, treedef, outputTree: flat.treedef() }
}
