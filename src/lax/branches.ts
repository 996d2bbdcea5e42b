/**
 * Choices between functions over trees of arrays that stay choices under every transformation: cond and switch.
 * Each branch is traced once for each call; the arrays that any of them closes over become operands of all.
 */

import { showAval, type Aval } from '../core/aval.js'
import type { DType } from '../core/dtype.js'
import { defined, fail } from '../core/errors.js'
import { bind } from '../core/interpreter.js'
import { makeVar, type Jaxpr } from '../core/jaxpr.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { checkSameTree, leafPaths, unflatten, type TreeDef } from '../core/tree.js'
import { asArray, asBool } from '../numpy/promote.js'
import { checkSynchronous, flattenArrays } from '../transforms/arguments.js'
import { traceToJaxpr } from '../transforms/jaxprTrace.js'
import type { ClosedJaxpr } from '../transforms/rules.js'
import { leavesOf, type AnyFunction, type Arrays, type Leaves } from './leaves.js'

/** The same operands for all branches: the constants of each, then the arguments. */
function withSharedConsts(closed: readonly ClosedJaxpr[]): { branches: Jaxpr[]; consts: NDArray[] } {
  const consts = [...new Set(closed.flatMap((branch) => branch.consts))]
  const branches = closed.map(({ jaxpr, consts: own }) => ({
    ...jaxpr,
    inputs: [
      ...consts.map((x) => {
        const at = own.indexOf(x)
        return at < 0 ? makeVar(x.aval) : defined(jaxpr.inputs[at], 'a constant without an input')
      }),
      ...jaxpr.inputs.slice(own.length),
    ],
  }))
  return { branches, consts }
}

/** Traces the branches; plain numbers that one returns take the dtype that the others give. */
function traceBranches(operation: string, branches: readonly AnyFunction[], operands: readonly unknown[]) {
  const { arrays, treedef } = flattenArrays(operands, operation)
  const avals = arrays.map((x) => x.aval)
  const run = (branch: AnyFunction, dtypes: readonly (DType | undefined)[]) => {
    let result: Leaves | undefined
    const closed = traceToJaxpr(
      (...args) => {
        const value = (branch as (...xs: readonly unknown[]) => unknown)(
          ...(unflatten(treedef, args) as readonly unknown[]),
        )
        checkSynchronous(value, operation, branch)
        result = leavesOf(value, operation, 'the result', dtypes)
        return result.arrays
      },
      avals,
      operation,
    )
    const { weak, treedef: tree } = defined(result, 'a branch has not run')
    return { closed, weak, tree, outputs: closed.jaxpr.outputs.map((atom) => atom.aval) }
  }
  let traced = branches.map((branch) => run(branch, []))
  const first = defined(traced[0], 'a choice without branches')
  for (const { tree } of traced) checkSameTree(first.tree, tree, `${operation}: the results of the branches`)
  const wanted = first.outputs.map((_, i) => traced.find(({ weak }) => weak[i] !== true)?.outputs[i]?.dtype)
  traced = traced.map((branch, k) =>
    branch.outputs.some(({ dtype }, i) => branch.weak[i] === true && dtype !== (wanted[i] ?? dtype))
      ? run(branches[k] as AnyFunction, wanted)
      : branch,
  )
  traced.forEach(({ outputs }, k) => checkBranch(operation, first.tree, k, traced[0]?.outputs ?? [], outputs))
  return { arrays, tree: first.tree, ...withSharedConsts(traced.map(({ closed }) => closed)) }
}

function checkBranch(
  operation: string,
  tree: TreeDef,
  branch: number,
  first: readonly Aval[],
  outputs: readonly Aval[],
): void {
  first.forEach((aval, i) => {
    const other = outputs[i]
    if (other === undefined || other === aval) return
    const path = `the result${leafPaths(tree)[i] ?? ''}`
    const expected = `branches whose results are alike, but ${path} is ${showAval(aval)} in branch 0 and ${showAval(other)} in branch ${branch}`
    if (aval.dtype !== other.dtype) fail('dtype', { operation, dtypes: [aval.dtype, other.dtype], expected })
    fail('shape', { operation, shapes: [aval.shape, other.shape], expected })
  })
}

function choose(
  operation: string,
  index: NDArray,
  branches: readonly AnyFunction[],
  operands: readonly unknown[],
) {
  if (index.ndim !== 0)
    fail('shape', { operation, shapes: [index.shape], expected: 'a rank-0 index or predicate' })
  const traced = traceBranches(operation, branches, operands)
  return unflatten(
    traced.tree,
    bind('switch', [index, ...traced.consts, ...traced.arrays], { branches: traced.branches }),
  )
}

/**
 * `trueFun(...operands)` where the rank-0 `pred` holds (is not 0), else `falseFun(...operands)`; only one of them
 * runs, except under vmap with a batched predicate, where each item takes its own from both. Both give results of
 * the same structure, shapes and dtypes. Source: `jax.lax.cond`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.cond(true, (x) => x.mul(2), (x) => x.neg(), np.array(3)).item()) // 6
 * ```
 */
export function cond<A extends readonly unknown[], R>(
  pred: ArrayLike,
  trueFun: (...operands: { [K in keyof A]: Arrays<A[K]> }) => R,
  falseFun: (...operands: { [K in keyof A]: Arrays<A[K]> }) => R,
  ...operands: A
): Arrays<R> {
  const index = ops.convert(asBool(pred, 'lax.cond'), 'int32')
  return choose('lax.cond', index, [falseFun, trueFun], operands) as Arrays<R>
}

/**
 * `branches[index](...operands)`, the index being clamped into range; otherwise as `cond`. Source: `jax.lax.switch`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.switch(1, [(x) => x, (x) => x.neg()], np.array(3)).item()) // -3
 * ```
 */
export function switchCase<A extends readonly unknown[], R>(
  index: ArrayLike,
  branches: readonly ((...operands: { [K in keyof A]: Arrays<A[K]> }) => R)[],
  ...operands: A
): Arrays<R> {
  const operation = 'lax.switch'
  if (branches.length === 0)
    fail('argument', { operation, argument: 'branches', received: 'none', expected: 'at least one function' })
  const position = ops.convert(asArray(index, operation, 'int32'), 'int32')
  return choose(operation, position, branches, operands) as Arrays<R>
}
