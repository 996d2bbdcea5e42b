/** customJvp: a function with a derivative rule of its own, which every transformation honours. */

import { fail } from '../core/errors.js'
import { bind } from '../core/interpreter.js'
import type { NDArray } from '../core/ndarray.js'
import { add, zerosLike } from '../core/ops.js'
import { unflatten } from '../core/tree.js'
import { flattenArrays, functionName, type AcceptsAll, type TreeFunction } from './arguments.js'
import { checkedList, outputLeaves } from './customRules.js'
import { tracedCalls, type TracedCall } from './traceCache.js'

/** The derivative with respect to one argument: its tangent, the output, the arguments → the output's tangent. */
export type PartialJvp<A extends readonly unknown[], R> =
  | ((tangent: A[number], out: R, ...primals: A) => R)
  | null

export interface CustomJvp<A extends readonly unknown[], R> {
  (...args: AcceptsAll<A>): R
  /** `rule(primals, tangents)` gives `[out, tangentOut]`; `tangentOut` must be linear in `tangents`. */
  defjvp(rule: (primals: A, tangents: A) => readonly [R, R]): CustomJvp<A, R>
  /** One rule for each argument, `rule(tangent, out, ...primals)`; null where the derivative is zero. */
  defjvps(...rules: readonly PartialJvp<A, R>[]): CustomJvp<A, R>
}

/**
 * `f` with a forward-mode derivative rule, set by `.defjvp(rule)` or `.defjvps(...rules)`; reverse mode follows
 * from it. Integer arguments have integer zeros for tangents.
 *
 * @throws CotangentError `argument` if no rule was set, `tree`, `shape` or `dtype` where the rule's result does not
 *   fit, `notDifferentiable` where `f` closes over a value that is being differentiated.
 * @example
 * ```ts
 * import { customJvp, grad, numpy as np } from 'cotangent'
 * const f = customJvp((x) => np.log1p(np.exp(x)))
 * f.defjvp(([x], [dx]) => [f(x), dx.mul(0.5)])
 * console.log(grad(f)(np.array(100)).item()) // 0.5
 * ```
 */
export function customJvp<A extends readonly NDArray[], R>(f: (...args: A) => R): CustomJvp<A, R>
export function customJvp<A extends readonly unknown[], R>(f: (...args: A) => R): CustomJvp<A, R>
export function customJvp(f: TreeFunction): TreeFunction {
  const name = functionName(f)
  const operation = `customJvp of ${name}`
  const traceArguments = tracedCalls(f, operation)
  let rule: ((primals: readonly unknown[], tangents: readonly unknown[]) => unknown) | undefined

  const call: TreeFunction = (...args) => {
    if (rule === undefined)
      return fail('argument', {
        operation,
        argument: 'the rule',
        received: 'none',
        expected: 'set with .defjvp(rule) or .defjvps(...rules) before the call',
      })
    const derivative = rule
    const traced = traceArguments(args)
    const outputs = bind('customJvp', [...traced.consts, ...traced.arrays], {
      jaxpr: traced.jaxpr,
      name,
      consts: traced.consts.length,
      rule: (...flat) => applyRule(derivative, flat, traced, `the jvp rule of ${name}`),
    })
    return unflatten(traced.outputTree, outputs)
  }

  const custom = Object.assign(call, {
    defjvp: (next: typeof rule) => {
      rule = next
      return custom
    },
    defjvps: (...rules: readonly (TreeFunction | null)[]) => {
      rule = (primals, tangents) => {
        const out = call(...primals)
        return [out, sumOfPartials(rules, tangents, out, primals, operation)]
      }
      return custom
    },
  })
  return Object.defineProperty(custom, 'name', { value: name })
}

/** (...primals, ...tangents) → (...outputs, ...output tangents) */
function applyRule(
  rule: (primals: readonly unknown[], tangents: readonly unknown[]) => unknown,
  flat: readonly NDArray[],
  traced: TracedCall,
  operation: string,
): readonly NDArray[] {
  const half = flat.length / 2
  const trees = [flat.slice(0, half), flat.slice(half)].map(
    (leaves) => unflatten(traced.treedef, leaves) as readonly unknown[],
  )
  const result = rule(trees[0] ?? [], trees[1] ?? [])
  const [out, tangent] = checkedList(result, 2, operation, 'a list [out, tangentOut]')
  return [
    ...outputLeaves(out, traced, operation),
    ...outputLeaves(tangent, traced, operation, 'the output tangent'),
  ]
}

/** The sum of what the arguments contribute, as a tree like `out`. */
function sumOfPartials(
  rules: readonly (TreeFunction | null)[],
  tangents: readonly unknown[],
  out: unknown,
  primals: readonly unknown[],
  operation: string,
): unknown {
  const { arrays, treedef } = flattenArrays(out, operation)
  const fit = { outputTree: treedef, outputAvals: arrays.map((y) => y.aval) }
  const terms = tangents.flatMap((tangent, i) => {
    const rule = rules[i]
    return rule === null || rule === undefined
      ? []
      : [outputLeaves(rule(tangent, out, ...primals), fit, `${operation} (rule ${i})`)]
  })
  return unflatten(
    treedef,
    arrays.map(
      (y, i) =>
        terms
          .map((term) => term[i] as NDArray)
          .reduce<NDArray | null>((a, b) => (a === null ? b : add(a, b)), null) ?? zerosLike(y),
    ),
  )
}
