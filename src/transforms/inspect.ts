/** Looking at a function without running it: its program, and the shapes of its results. */

import type { NDArray } from '../core/ndarray.js'
import { printJaxpr } from '../core/print.js'
import { unflatten, type MapTree, type TreeDef } from '../core/tree.js'
import { flatFunction, functionName, type TreeFunction } from './arguments.js'
import { traceToJaxpr } from './jaxprTrace.js'
import type { ClosedJaxpr } from './rules.js'
import { flattenStructs, type ShapeStruct } from './structs.js'

/** A function as a program: `jaxpr` takes `consts` (arrays the function closes over), then the arguments' leaves. */
export interface TracedProgram extends ClosedJaxpr {
  /** The structure of the result. */
  readonly outputTree: TreeDef
  /** The jaxpr as text. */
  toString(): string
}

/** `T` with a shape in place of an array or number where only shapes matter. */
export type Structs<A extends readonly unknown[]> = {
  [K in keyof A]: MapTree<A[K], NDArray | number | boolean | ShapeStruct>
}

/** The program of `f` for arguments like these. */
function traceProgram(f: TreeFunction, args: readonly unknown[], operation: string): TracedProgram {
  const { avals, treedef } = flattenStructs(args, operation)
  const flat = flatFunction(f, treedef, operation)
  const { jaxpr, consts } = traceToJaxpr(flat, avals, operation)
  return { jaxpr, consts, outputTree: flat.treedef(), toString: () => printJaxpr(jaxpr) }
}

/**
 * A function that gives the program (jaxpr) of `f` instead of its result; print it with `toString()`.
 *
 * @example
 * ```ts
 * import { makeJaxpr, numpy as np } from 'cotangent'
 * const { jaxpr } = makeJaxpr((x) => np.exp(x).mul(2))(np.zeros([3]))
 * console.log(jaxpr.equations.map((eqn) => eqn.primitive).join(' ')) // exp broadcastInDim mul
 * ```
 */
export function makeJaxpr<A extends readonly NDArray[]>(
  f: (...args: A) => unknown,
): (...args: Structs<A>) => TracedProgram
export function makeJaxpr<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
): (...args: Structs<A>) => TracedProgram
export function makeJaxpr(f: TreeFunction): (...args: readonly unknown[]) => TracedProgram {
  return (...args) => traceProgram(f, args, `makeJaxpr of ${functionName(f)}`)
}

/**
 * The shapes and dtypes of the result of `f`, without computing it. Arguments are arrays or `{ shape, dtype }`.
 *
 * @returns a tree like the result, of `{ shape, dtype }`.
 * @example
 * ```ts
 * import { evalShape, numpy as np } from 'cotangent'
 * const y = evalShape((x) => np.sum(x, 0), { shape: [2, 3], dtype: 'float32' })
 * console.log(y) // { shape: [3], dtype: 'float32' }
 * ```
 */
export function evalShape<A extends readonly NDArray[], R>(
  f: (...args: A) => R,
  ...args: Structs<A>
): MapTree<R, ShapeStruct>
export function evalShape<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: Structs<A>
): MapTree<R, ShapeStruct>
export function evalShape(f: TreeFunction, ...args: readonly unknown[]): unknown {
  const { jaxpr, outputTree } = traceProgram(f, args, `evalShape of ${functionName(f)}`)
  return unflatten(
    outputTree,
    jaxpr.outputs.map(({ aval: { shape, dtype } }) => ({ shape, dtype })),
  )
}
