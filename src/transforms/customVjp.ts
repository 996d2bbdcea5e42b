/** customVjp: a function with a backward rule of its own. It has no forward-mode derivative. */

import { defined, fail } from '../core/errors.js'
import { bind } from '../core/interpreter.js'
import { NDArray } from '../core/ndarray.js'
import { flatten, unflatten, type TreeDef } from '../core/tree.js'
import { functionName, type AcceptsAll, type TreeFunction } from './arguments.js'
import { checkedList, cotangentLeaves, outputLeaves } from './customRules.js'
import { tracedCalls, type TracedCall } from './traceCache.js'

export interface CustomVjp<A extends readonly unknown[], R> {
  (...args: AcceptsAll<A>): R
  /** `forward(...args)` gives `[out, residuals]`; `backward(residuals, ct)` a list with a cotangent (or null) for each argument. */
  defvjp<Residuals>(
    forward: (...args: A) => readonly [R, Residuals],
    backward: (residuals: Residuals, ct: R) => readonly unknown[],
  ): CustomVjp<A, R>
}

/**
 * `f` with a reverse-mode derivative rule, set by `.defvjp(forward, backward)`.
 *
 * @throws CotangentError `argument` if no rule was set, `tree`, `shape` or `dtype` where a rule's result does not
 *   fit, `notDifferentiable` under forward mode or where `f` closes over a value that is being differentiated.
 * @example
 * ```ts
 * import { customVjp, grad, numpy as np } from 'cotangent'
 * const clipped = customVjp((x) => x)
 * clipped.defvjp((x) => [x, null], (_, ct) => [np.clip(ct, -1, 1)])
 * console.log(grad((x) => clipped(x).mul(10))(np.array(3)).item()) // 1
 * ```
 */
export function customVjp<A extends readonly NDArray[], R>(f: (...args: A) => R): CustomVjp<A, R>
export function customVjp<A extends readonly unknown[], R>(f: (...args: A) => R): CustomVjp<A, R>
export function customVjp(f: TreeFunction): TreeFunction {
  const name = functionName(f)
  const operation = `customVjp of ${name}`
  const traceArguments = tracedCalls(f, operation)
  let rules: Rules | undefined

  const call: TreeFunction = (...args) => {
    if (rules === undefined)
      return fail('argument', {
        operation,
        argument: 'the rules',
        received: 'none',
        expected: 'set with .defvjp(forward, backward) before the call',
      })
    const traced = traceArguments(args)
    const outputs = bind('customVjp', [...traced.consts, ...traced.arrays], {
      jaxpr: traced.jaxpr,
      name,
      consts: traced.consts.length,
      ...flatRules(rules, traced, name),
    })
    return unflatten(traced.outputTree, outputs)
  }

  const custom = Object.assign(call, {
    defvjp: (forward: TreeFunction, backward: Rules['backward']) => {
      rules = { forward, backward }
      return custom
    },
  })
  return Object.defineProperty(custom, 'name', { value: name })
}

interface Rules {
  readonly forward: TreeFunction
  readonly backward: (residuals: unknown, ct: unknown) => unknown
}

type FlatRule = (...arrays: readonly NDArray[]) => readonly NDArray[]

/** The user's rules over flat arrays. What is no array among the residuals stays here. */
function flatRules(
  { forward, backward }: Rules,
  traced: TracedCall,
  name: string,
): { readonly forward: FlatRule; readonly backward: FlatRule } {
  let residualTree: TreeDef | undefined
  let residualLeaves: readonly unknown[] = []
  const operations = [`the forward rule of ${name}`, `the backward rule of ${name}`] as const
  return {
    forward: (...arrays) => {
      const result = forward(...(unflatten(traced.treedef, arrays) as readonly unknown[]))
      const [out, residuals] = checkedList(result, 2, operations[0], 'a list [out, residuals]')
      ;[residualLeaves, residualTree] = flatten(residuals)
      return [
        ...outputLeaves(out, traced, operations[0]),
        ...residualLeaves.filter((leaf) => leaf instanceof NDArray),
      ]
    },
    backward: (...args) => {
      let at = 0
      const leaves = residualLeaves.map((leaf) => (leaf instanceof NDArray ? args[at++] : leaf))
      const residuals = unflatten(
        defined(residualTree, `${operations[1]} ran before the forward rule`),
        leaves,
      )
      const count = traced.treedef.kind === 'list' ? traced.treedef.children.length : 0
      const result = checkedList(
        backward(residuals, unflatten(traced.outputTree, args.slice(at))),
        count,
        operations[1],
        `a list with one cotangent for each of the ${count} arguments`,
      )
      return cotangentLeaves(
        result,
        traced.treedef,
        traced.arrays.map((x) => x.aval),
        operations[1],
      )
    },
  }
}
