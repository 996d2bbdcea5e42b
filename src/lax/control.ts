/**
 * Loops over trees of arrays that stay loops under every transformation: scan, map, fori and while loops.
 * User functions are traced once for each call; the arrays they close over become operands.
 */

import { avalOf, showAval, type Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import type { DType } from '../core/dtype.js'
import { defined, fail } from '../core/errors.js'
import { bind } from '../core/interpreter.js'
import type { Jaxpr } from '../core/jaxpr.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { checkSameTree, leafPaths, unflatten, type TreeDef } from '../core/tree.js'
import { asArray, weakLike } from '../numpy/promote.js'
import { checkSynchronous, functionName } from '../transforms/arguments.js'
import { traceToJaxpr } from '../transforms/jaxprTrace.js'
import type { ClosedJaxpr } from '../transforms/rules.js'
import { leavesOf, type AnyFunction, type Arrays, type Leaves } from './leaves.js'

/** Results of a body, part by part: the first part has to fit the carries. */
interface Body extends ClosedJaxpr {
  readonly init: readonly NDArray[]
  readonly resultTree: TreeDef
}

/** What the body of a loop gives: the next carry, and what is stacked. */
type Step = (carry: unknown, item: readonly NDArray[]) => readonly [carry: unknown, y: unknown]

/**
 * Traces the body of a loop. A plain number in the initial carry is weakly typed: it takes the dtype that the body
 * gives back for it.
 */
function traceBody(operation: string, carry: Leaves, items: readonly Aval[], step: Step): Body {
  const count = carry.arrays.length
  let resultTree: TreeDef | undefined
  const trace = (init: readonly NDArray[], weak: readonly boolean[]): ClosedJaxpr =>
    traceToJaxpr(
      (...args) => {
        const carried = args.slice(0, count).map((x, i) => (weak[i] === true ? weakLike([0], x) : x))
        const [next, y] = step(unflatten(carry.treedef, carried), args.slice(count))
        const dtypes = init.map((x) => x.dtype)
        const after = leavesOf(next, operation, 'the returned carry', dtypes)
        checkSameTree(carry.treedef, after.treedef, `${operation}: the carry that the body returns`)
        const stacked = leavesOf(y, operation, 'the result')
        resultTree = stacked.treedef
        return [...after.arrays, ...stacked.arrays]
      },
      [...init.map((x) => x.aval), ...items],
      operation,
    )
  const dtypesAfter = ({ jaxpr }: ClosedJaxpr): DType[] =>
    jaxpr.outputs.slice(0, count).map((atom) => atom.aval.dtype)

  let init = carry.arrays
  let closed = trace(init, carry.weak)
  const after = dtypesAfter(closed)
  if (init.some((x, i) => carry.weak[i] === true && x.dtype !== after[i])) {
    init = init.map((x, i) => (carry.weak[i] === true ? ops.convert(x, after[i] ?? x.dtype) : x))
    closed = trace(
      init,
      carry.weak.map(() => false),
    )
  }
  checkCarry(operation, carry.treedef, init, closed.jaxpr)
  return { ...closed, init, resultTree: defined(resultTree, `${operation}: the body has not run`) }
}

function checkCarry(operation: string, treedef: TreeDef, init: readonly NDArray[], jaxpr: Jaxpr): void {
  init.forEach(({ aval }, i) => {
    const after = jaxpr.outputs[i]?.aval
    if (after === aval || after === undefined) return
    const path = `carry${leafPaths(treedef)[i] ?? ''}`
    const expected = `a body that gives ${path} back as it is given, ${showAval(aval)}, not ${showAval(after)}`
    const fix = 'Convert or reshape the initial value, or what the body returns.'
    if (after.dtype !== aval.dtype)
      fail('dtype', { operation, dtypes: [aval.dtype, after.dtype], expected, fix })
    fail('shape', { operation, shapes: [aval.shape, after.shape], expected, fix })
  })
}

/** The operands that are scanned over, and how many steps they make. */
function lengthOf(operation: string, xs: Leaves, what: string, length: number | undefined): number {
  const lengths = xs.arrays.map((x, i) => {
    const path = `${what}${leafPaths(xs.treedef)[i] ?? ''}`
    const [n] = x.shape
    if (n !== undefined) return n
    return fail('shape', { operation, shapes: [x.shape], expected: `${path} must have an axis to loop over` })
  })
  const all = length === undefined ? lengths : [length, ...lengths]
  const [first] = all
  if (first === undefined) {
    return fail('argument', {
      operation,
      argument: 'length',
      received: 'undefined',
      expected: 'a whole number where there are no xs',
    })
  }
  if (!Number.isInteger(first) || first < 0 || all.some((n) => n !== first)) {
    fail('shape', {
      operation,
      shapes: xs.arrays.map((x) => x.shape),
      expected: `xs with one length along the first axis${length === undefined ? '' : `, ${length}`}`,
    })
  }
  return first
}

export interface ScanOptions {
  /** How many steps; needed where xs is null. */
  readonly length?: number
  /** From the last item to the first; results keep the places of their items. */
  readonly reverse?: boolean
  /**
   * How many steps one turn of the loop makes (1 by default, `true` for all of them): the same results from a longer
   * program. It need not divide the length.
   */
  readonly unroll?: number | boolean
}

/** The steps of a turn, at least 1 and at most all of them. */
function unrolling(operation: string, unroll: number | boolean, length: number): number {
  if (typeof unroll === 'boolean') return unroll ? Math.max(1, length) : 1
  if (Number.isInteger(unroll) && unroll >= 1) return Math.min(unroll, Math.max(1, length))
  return fail('argument', {
    operation,
    argument: 'unroll',
    received: String(unroll),
    expected: 'true, false or a whole number of at least 1',
  })
}

/**
 * A loop over the first axis of `xs` that carries a value along: `f(carry, x)` gives `[carry, y]`, and the result is
 * `[last carry, stacked ys]`. Carries keep their shapes and dtypes. Differentiable in both modes.
 * Source: `jax.lax.scan`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * const [total, sums] = lax.scan((sum, x) => [sum.add(x), sum.add(x)], np.array(0), np.array([1, 2, 3]))
 * console.log(total.item(), sums.js()) // 6 [1, 3, 6]
 * ```
 */
export function scan<C, X, Y>(
  f: (carry: Arrays<C>, x: Arrays<X>) => readonly [carry: unknown, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: Arrays<C>, ys: Arrays<Y>] {
  return runScan('lax.scan', f, init, xs, options) as [Arrays<C>, Arrays<Y>]
}

function runScan(
  operation: string,
  f: AnyFunction,
  init: unknown,
  xs: unknown,
  { length: given, reverse = false, unroll = 1 }: ScanOptions,
): [carry: unknown, ys: unknown] {
  const name = `${operation} of ${functionName(f)}`
  const items = leavesOf(xs, operation, 'xs')
  const carry = leavesOf(init, operation, 'init')
  const length = lengthOf(operation, items, 'xs', given)
  const steps = unrolling(operation, unroll, length)
  const call = f as (...args: readonly unknown[]) => unknown
  const itemAvals = items.arrays.map(({ shape, dtype }) => avalOf(shape.slice(1), dtype))
  const body = traceBody(name, carry, itemAvals, (before, x) => {
    const result = call(before, unflatten(items.treedef, x))
    checkSynchronous(result, name, f)
    if (Array.isArray(result) && result.length === 2) return [result[0], result[1]]
    return fail('argument', {
      operation: name,
      argument: 'the result of the body',
      received: Array.isArray(result) ? `a list of ${result.length}` : typeof result,
      expected: 'a list [carry, y]',
    })
  })
  const { jaxpr, consts } = body
  const carries = carry.arrays.length
  const results: readonly NDArray[] =
    jaxpr.outputs.length === 0
      ? []
      : bind('scan', [...consts, ...body.init, ...items.arrays], {
          jaxpr,
          length,
          reverse,
          unroll: steps,
          consts: consts.length,
          carries,
        })
  return [
    unflatten(carry.treedef, results.slice(0, carries)),
    unflatten(body.resultTree, results.slice(carries)),
  ]
}

/**
 * `body(i, value)` for i from `lower` up to, not including, `upper`. With plain numbers for bounds it is a scan and
 * differentiable in both modes; with arrays it is a while loop, which only forward mode can differentiate and which
 * cannot be unrolled.
 * Source: `jax.lax.fori_loop`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.foriLoop(0, 3, (_, x) => x.mul(2), np.array(1)).item()) // 8
 * ```
 */
export function foriLoop<T>(
  lower: ArrayLike,
  upper: ArrayLike,
  body: (i: NDArray, value: Arrays<T>) => unknown,
  init: T,
  { unroll }: Pick<ScanOptions, 'unroll'> = {},
): Arrays<T> {
  const operation = 'lax.foriLoop'
  if (typeof lower === 'number' && typeof upper === 'number') {
    for (const bound of [lower, upper]) {
      if (!Number.isInteger(bound))
        fail('argument', {
          operation,
          argument: 'a bound',
          received: String(bound),
          expected: 'a whole number',
        })
    }
    const length = Math.max(0, upper - lower)
    const steps = ops.add(ops.iota('int32', [length], 0), constant(lower, 'int32', [length]))
    const step = ((value: Arrays<T>, i: NDArray) => [body(i, value), null]) as AnyFunction
    const options = unroll === undefined ? {} : { unroll }
    return runScan(operation, named(step, body), init, steps, options)[0] as Arrays<T>
  }
  if (unroll !== undefined && unroll !== false && unroll !== 1) {
    fail('argument', {
      operation,
      argument: 'unroll',
      received: String(unroll),
      expected: 'absent where a bound is an array: how many steps there are is not known',
    })
  }
  const [first, last] = [asArray(lower, operation, 'int32'), asArray(upper, operation, 'int32')]
  const [, value] = whileLoop(
    ([i]) => ops.lt(i, ops.convert(last, first.dtype)),
    ([i, current]) => [ops.add(i, ops.constantLike(i, 1)), body(i, current as Arrays<T>)],
    [first, init] as const,
  ) as unknown as readonly [NDArray, Arrays<T>]
  return value
}

/** `f` under the name of the user's function, for messages. */
const named = (f: AnyFunction, like: { readonly name: string }): AnyFunction =>
  Object.defineProperty(f, 'name', { value: like.name })

/**
 * `value = body(value)` while `cond(value)` holds. Carries keep their shapes and dtypes. Differentiable in forward
 * mode only: how often it runs is not known. Source: `jax.lax.while_loop`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.whileLoop((x) => x.less(100), (x) => x.mul(2), np.array(1)).item()) // 128
 * ```
 */
export function whileLoop<T>(
  cond: (value: Arrays<T>) => ArrayLike,
  body: (value: Arrays<T>) => unknown,
  init: T,
): Arrays<T> {
  const operation = `lax.whileLoop of ${functionName(body)}`
  const carry = leavesOf(init, operation, 'init')
  const traced = traceBody(operation, carry, [], (value) => {
    const result = body(value as Arrays<T>)
    checkSynchronous(result, operation, body)
    return [result, null]
  })
  const test = traceToJaxpr(
    (...args) => {
      const result = cond(unflatten(carry.treedef, args) as Arrays<T>)
      checkSynchronous(result, operation, cond)
      return leavesOf(result, operation, 'the condition').arrays
    },
    traced.init.map((x) => x.aval),
    operation,
  )
  const results = bind('while', [...test.consts, ...traced.consts, ...traced.init], {
    cond: test.jaxpr,
    body: traced.jaxpr,
    condConsts: test.consts.length,
    bodyConsts: traced.consts.length,
  })
  return unflatten(carry.treedef, results) as Arrays<T>
}

/**
 * `f` of each item along the first axis of `xs`, one after another; the results are stacked. Source: `jax.lax.map`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * console.log(lax.map((x) => x.mul(x), np.array([1, 2, 3])).js()) // [1, 4, 9]
 * ```
 */
export function map<X, Y>(f: (x: Arrays<X>) => Y, xs: X): Arrays<Y> {
  const step = ((_: unknown, x: Arrays<X>) => [null, f(x)]) as AnyFunction
  return runScan('lax.map', named(step, f), null, xs, {})[1] as Arrays<Y>
}
