/**
 * Whole derivatives: jacfwd (one forward pass for each input element, batched), jacrev (one backward pass for each
 * output element, batched) and hessian. Derivatives of trees with respect to trees nest, output outside.
 */

import type { NDArray } from '../core/ndarray.js'
import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import { reshape, slice } from '../core/ops.js'
import { unflatten, type MapTree, type TreeDef } from '../core/tree.js'
import { functionName, normalizeArgnums, type AcceptsAll, type TreeFunction } from './arguments.js'
import { standardBasis } from './basis.js'
import { linearizeTree } from './derivatives.js'
import { partialFunction } from './grad.js'
import { applyLinear, applyTranspose, instantiate, type Linearized } from './linearize.js'
import { align } from './vmap/helpers.js'
import { batchFlat } from './vmap/trace.js'

export interface JacobianOptions {
  /** The arguments to differentiate with respect to; a list gives a list at the leaves of the output. Default 0. */
  readonly argnums?: number | readonly number[]
}

type Arrays<T> = MapTree<T, NDArray>
type Selected<A extends readonly unknown[], O> = O extends { readonly argnums: infer N }
  ? N extends readonly number[]
    ? { -readonly [K in keyof N]: N[K] extends number ? Arrays<A[N[K]]> : never }
    : N extends number
      ? Arrays<A[N]>
      : never
  : Arrays<A[0]>
/** The output's tree with, at each leaf, the argument's tree. */
export type Jacobian<A extends readonly unknown[], R, O> = MapTree<R, Selected<A, O>>
export type Hessian<A extends readonly unknown[], R, O> = MapTree<R, MapTree<Selected<A, O>, Selected<A, O>>>

/** J[output leaf][input leaf], of shape output.shape + input.shape. */
type Blocks = readonly (readonly NDArray[])[]

/** Runs `f` on each of the n leading items of `directions`; all results have the items first. */
function forEachDirection(
  f: (...items: readonly NDArray[]) => readonly NDArray[],
  directions: readonly NDArray[],
  n: number,
  name: string,
  to: (rank: number) => number,
): NDArray[] {
  const [outputs, dims] = batchFlat(
    f,
    n,
    directions,
    directions.map(() => 0),
    name,
  )
  return outputs.map((y, i) => align(y, dims[i] ?? null, to(dims[i] === null ? y.ndim : y.ndim - 1), n))
}

/** The part `from` to `to` of an axis. */
function part(x: NDArray, axis: number, from: number, to: number): NDArray {
  const bounds = (value: number, other: (n: number) => number): number[] =>
    x.shape.map((n, i) => (i === axis ? value : other(n)))
  return from === 0 && to === x.shape[axis]
    ? x
    : slice(
        x,
        bounds(from, () => 0),
        bounds(to, (n) => n),
      )
}

const cuts = (sizes: readonly number[]): readonly (readonly [number, number])[] => {
  let at = 0
  return sizes.map((size) => [at, (at += size)] as const)
}

/** Column by column: the tangents of the outputs for each input element. */
function forwardBlocks(linear: Linearized, name: string): Blocks {
  const inputs = linear.inputs
  const avals = linear.outputs.map((y) => y.aval)
  const n = inputs.reduce((sum, { size }) => sum + size, 0)
  const columns = forEachDirection(
    (...dxs) => instantiate(applyLinear(linear, dxs), avals),
    standardBasis(inputs),
    n,
    name,
    (rank) => rank,
  )
  return columns.map((column, i) => {
    const { shape } = avals[i] as { readonly shape: readonly number[] }
    return cuts(inputs.map(({ size }) => size)).map(([from, to], j) =>
      reshape(part(column, shape.length, from, to), [...shape, ...(inputs[j]?.shape ?? [])]),
    )
  })
}

/** Row by row: the cotangents of the inputs for each output element. */
function backwardBlocks(linear: Linearized, name: string): Blocks {
  const avals = linear.outputs.map((y) => y.aval)
  const n = avals.reduce((sum, { size }) => sum + size, 0)
  const rows = forEachDirection(
    (...cts) => applyTranspose(linear, cts),
    standardBasis(avals),
    n,
    name,
    () => 0,
  )
  return cuts(avals.map(({ size }) => size)).map(([from, to], i) =>
    rows.map((row, j) =>
      reshape(part(row, 0, from, to), [...(avals[i]?.shape ?? []), ...(linear.inputs[j]?.shape ?? [])]),
    ),
  )
}

function jacobian(
  f: TreeFunction,
  { argnums = 0 }: JacobianOptions,
  what: string,
  blocksOf: (linear: Linearized, name: string) => Blocks,
): TreeFunction {
  const operation = `${what} of ${functionName(f)}`
  const derivative: TreeFunction = (...args) => {
    const positions = normalizeArgnums(argnums, args.length, operation)
    const { linear, treedef, outputTree } = linearizeTree(
      partialFunction(f, args, positions),
      positions.map((i) => args[i]),
      operation,
      false,
    )
    for (const { dtype } of linear.outputs) {
      if (!isFloat(dtype))
        fail('dtype', {
          operation,
          dtypes: [dtype],
          expected: 'the outputs must be floats',
          fix: "Convert them with astype('float32').",
        })
    }
    const inner = typeof argnums === 'number' ? onlyChild(treedef) : treedef
    return unflatten(
      outputTree,
      blocksOf(linear, operation).map((row) => unflatten(inner, row)),
    )
  }
  return Object.defineProperty(derivative, 'name', { value: `${what}(${f.name})` })
}

const onlyChild = (def: TreeDef): TreeDef => (def.kind === 'list' ? (def.children[0] ?? def) : def)

/**
 * The Jacobian of `f` by forward mode: best where there are fewer inputs than outputs.
 *
 * @returns a function that gives, for an output of shape s and an argument of shape t, an array of shape s + t;
 *   for trees, the output's tree with the argument's tree at each leaf.
 * @example
 * ```ts
 * import { jacfwd, numpy as np } from 'cotangent'
 * console.log(jacfwd((x) => x.mul(x))(np.array([1, 2])).js()) // [[2, 0], [0, 4]]
 * ```
 */
export function jacfwd<A extends readonly NDArray[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Jacobian<A, R, O>
export function jacfwd<A extends readonly unknown[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Jacobian<A, R, O>
export function jacfwd(f: TreeFunction, options: JacobianOptions = {}): TreeFunction {
  return jacobian(f, options, 'jacfwd', forwardBlocks)
}

/**
 * The Jacobian of `f` by reverse mode: best where there are fewer outputs than inputs. Results as `jacfwd`.
 *
 * @example
 * ```ts
 * import { jacrev, numpy as np } from 'cotangent'
 * console.log(jacrev((x) => x.mul(x))(np.array([1, 2])).js()) // [[2, 0], [0, 4]]
 * ```
 */
export function jacrev<A extends readonly NDArray[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Jacobian<A, R, O>
export function jacrev<A extends readonly unknown[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Jacobian<A, R, O>
export function jacrev(f: TreeFunction, options: JacobianOptions = {}): TreeFunction {
  return jacobian(f, options, 'jacrev', backwardBlocks)
}

/**
 * The second derivative of `f`, forward over reverse: for a scalar function of an argument of shape t, an array of
 * shape t + t.
 *
 * @example
 * ```ts
 * import { hessian, numpy as np } from 'cotangent'
 * console.log(hessian((x) => x.mul(x).sum())(np.array([1, 2])).js()) // [[2, 0], [0, 2]]
 * ```
 */
export function hessian<A extends readonly NDArray[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Hessian<A, R, O>
export function hessian<A extends readonly unknown[], R, const O extends JacobianOptions = JacobianOptions>(
  f: (...args: A) => R,
  options?: O,
): (...args: AcceptsAll<A>) => Hessian<A, R, O>
export function hessian(f: TreeFunction, options: JacobianOptions = {}): TreeFunction {
  return jacobian(jacobian(f, options, 'jacrev', backwardBlocks), options, 'jacfwd', forwardBlocks)
}
