/** checkpoint: a function whose derivative recomputes it, trading time for memory. */

import { bind } from '../core/interpreter.js'
import type { NDArray } from '../core/ndarray.js'
import { unflatten } from '../core/tree.js'
import { functionName, type AcceptsAll, type TreeFunction } from './arguments.js'
import { tracedCalls } from './traceCache.js'

/**
 * `f`, with a derivative that keeps only the arguments and computes the rest again when it is needed
 * (rematerialisation, as `jax.checkpoint`). Values and derivatives do not change.
 *
 * @example
 * ```ts
 * import { checkpoint, grad, numpy as np } from 'cotangent'
 * const layer = checkpoint((x) => np.sin(np.sin(x)))
 * console.log(grad((x) => layer(x).sum())(np.zeros([2])).js()) // [1, 1]
 * ```
 */
export function checkpoint<A extends readonly NDArray[], R>(
  f: (...args: A) => R,
): (...args: AcceptsAll<A>) => R
export function checkpoint<A extends readonly unknown[], R>(
  f: (...args: A) => R,
): (...args: AcceptsAll<A>) => R
export function checkpoint(f: TreeFunction): TreeFunction {
  const name = functionName(f)
  const operation = `checkpoint of ${name}`
  const traceArguments = tracedCalls(f, operation)
  const rematerialized: TreeFunction = (...args) => {
    const { jaxpr, consts, arrays, outputTree } = traceArguments(args)
    return unflatten(outputTree, bind('checkpoint', [...consts, ...arrays], { jaxpr, name }))
  }
  return Object.defineProperty(rematerialized, 'name', { value: name })
}
