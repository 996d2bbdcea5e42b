/** Gradients of scalar functions: grad and valueAndGrad, which is vjp applied to the cotangent 1. */

import { constant } from '../core/constants.js'
import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { unflatten, type MapTree } from '../core/tree.js'
import { functionName, normalizeArgnums, type AcceptsAll, type TreeFunction } from './arguments.js'
import { linearizeTree } from './derivatives.js'
import { applyTranspose } from './linearize.js'

export interface GradOptions {
  /** The arguments to differentiate with respect to; a list gives a list of gradients. Default 0. */
  readonly argnums?: number | readonly number[]
  /** The function returns `[output, aux]`; aux is handed on without a derivative. */
  readonly hasAux?: boolean
}

type Arrays<T> = MapTree<T, NDArray>
type At<A extends readonly unknown[], N> = N extends keyof A
  ? Arrays<A[N]>
  : N extends number
    ? Arrays<A[number]>
    : never

/** The gradient's type: that of the argument, or a list of those for a list of argnums. */
export type Gradient<A extends readonly unknown[], O> = O extends { readonly argnums: infer N }
  ? N extends readonly number[]
    ? { -readonly [K in keyof N]: At<A, N[K]> }
    : At<A, N>
  : Arrays<A[0]>

type AuxOf<R> = R extends readonly [unknown, infer Aux] ? Aux : never
export type GradResult<A extends readonly unknown[], R, O> = O extends { readonly hasAux: true }
  ? [Gradient<A, O>, AuxOf<R>]
  : Gradient<A, O>
export type ValueAndGradResult<A extends readonly unknown[], R, O> = O extends { readonly hasAux: true }
  ? [[NDArray, AuxOf<R>], Gradient<A, O>]
  : [NDArray, Gradient<A, O>]

/**
 * The gradient of a scalar-valued function, by reverse mode.
 *
 * @param f gives a rank-0 float array (with `hasAux`, `[output, aux]`).
 * @returns a function of the same arguments that gives the gradient: a tree like the argument it differentiates
 *   with respect to, a list for a list of `argnums`, `[gradient, aux]` with `hasAux`. Plain numbers count as float32.
 * @throws CotangentError `shape` or `dtype` if the output is not a float scalar, `dtype` for integer arguments,
 *   `argnums` out of range, `asyncFunction`.
 * @example
 * ```ts
 * import { grad, numpy as np } from 'cotangent'
 * const df = grad((x) => np.sum(x.mul(x)))
 * console.log(df(np.array([1, 2, 3])).js()) // [2, 4, 6]
 * ```
 */
export function grad<A extends readonly NDArray[], R, const O extends GradOptions = GradOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => GradResult<A, R, O>
export function grad<A extends readonly unknown[], R, const O extends GradOptions = GradOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => GradResult<A, R, O>
export function grad(f: TreeFunction, options: GradOptions = {}): TreeFunction {
  return Object.defineProperty(
    (...args: readonly unknown[]) => {
      const { gradient, aux } = differentiate(f, args, options, `grad of ${functionName(f)}`)
      return options.hasAux === true ? [gradient, aux] : gradient
    },
    'name',
    { value: `grad(${f.name})` },
  )
}

/**
 * The value and the gradient of a scalar-valued function, in one pass; see `grad`.
 *
 * @returns a function of the same arguments that gives `[value, gradient]`, or `[[value, aux], gradient]` with `hasAux`.
 * @example
 * ```ts
 * import { valueAndGrad, numpy as np } from 'cotangent'
 * const [value, gradient] = valueAndGrad((x) => np.sum(x.mul(x)))(np.array([1, 2]))
 * console.log(value.item(), gradient.js()) // 5 [2, 4]
 * ```
 */
export function valueAndGrad<A extends readonly NDArray[], R, const O extends GradOptions = GradOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => ValueAndGradResult<A, R, O>
export function valueAndGrad<A extends readonly unknown[], R, const O extends GradOptions = GradOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => ValueAndGradResult<A, R, O>
export function valueAndGrad(f: TreeFunction, options: GradOptions = {}): TreeFunction {
  return Object.defineProperty(
    (...args: readonly unknown[]) => {
      const { value, gradient, aux } = differentiate(f, args, options, `valueAndGrad of ${functionName(f)}`)
      return [options.hasAux === true ? [value, aux] : value, gradient]
    },
    'name',
    { value: `valueAndGrad(${f.name})` },
  )
}

interface Differentiated {
  readonly value: NDArray
  readonly gradient: unknown
  readonly aux: unknown
}

function differentiate(
  f: TreeFunction,
  args: readonly unknown[],
  { argnums = 0, hasAux = false }: GradOptions,
  operation: string,
): Differentiated {
  const positions = normalizeArgnums(argnums, args.length, operation)
  const { linear, treedef, aux } = linearizeTree(
    partialFunction(f, args, positions),
    positions.map((i) => args[i]),
    operation,
    hasAux,
  )
  const value = scalarOutput(linear.outputs, operation)
  const gradients = unflatten(
    treedef,
    applyTranspose(linear, [constant(1, value.dtype)]),
  ) as readonly unknown[]
  return { value, gradient: typeof argnums === 'number' ? gradients[0] : gradients, aux }
}

/** `f` as a function of the arguments at `positions` only, the others held fixed. */
export function partialFunction(
  f: TreeFunction,
  args: readonly unknown[],
  positions: readonly number[],
): TreeFunction {
  const partial: TreeFunction = (...some) => {
    const all = [...args]
    positions.forEach((position, i) => {
      all[position] = some[i]
    })
    return f(...all)
  }
  return Object.defineProperty(partial, 'name', { value: f.name })
}

function scalarOutput(outputs: readonly NDArray[], operation: string): NDArray {
  const [value] = outputs
  const fix = 'Reduce the output, for instance with sum() or mean(), or use jacrev or vjp.'
  if (outputs.length !== 1 || value === undefined) {
    return fail('argument', {
      operation,
      argument: 'the output of the function',
      received: `${outputs.length} arrays`,
      expected: 'one scalar',
      fix: 'Use hasAux to return more, or vjp.',
    })
  }
  if (value.ndim !== 0)
    return fail('shape', { operation, shapes: [value.shape], expected: 'the output must be a scalar', fix })
  if (!isFloat(value.dtype))
    return fail('dtype', {
      operation,
      dtypes: [value.dtype],
      expected: 'the output must be a float',
      fix: "Convert it with astype('float32').",
    })
  return value
}
