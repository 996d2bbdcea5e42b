/** The derivative of a function at a point: jvp (forward), linearize, vjp and linearTranspose (backward). */

import { showAval, type Aval } from '../core/aval.js'
import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { checkSameTree, flatten, leafPaths, unflatten, type MapTree, type TreeDef } from '../core/tree.js'
import {
  argumentPath,
  flatFunction,
  flattenDifferentiable,
  functionName,
  toArray,
  type AcceptsAll,
  type TreeFunction,
} from './arguments.js'
import { auxiliary } from './auxiliary.js'
import { jvpFlat } from './jvp/trace.js'
import { traceToJaxpr } from './jaxprTrace.js'
import { applyLinear, applyTranspose, instantiate, linearizeFlat, type Linearized } from './linearize.js'
import { transposeProgram } from './transpose/backward.js'

export interface AuxOptions {
  /** The function returns `[output, aux]`; aux is handed on without a derivative. */
  readonly hasAux?: boolean
}

type Arrays<T> = MapTree<T, NDArray>
type Output<R, O> = O extends { readonly hasAux: true }
  ? R extends readonly [infer Out, unknown]
    ? Arrays<Out>
    : never
  : Arrays<R>
type WithAux<R, O, Rest extends readonly unknown[]> = O extends { readonly hasAux: true }
  ? R extends readonly [unknown, infer Aux]
    ? [...Rest, Aux]
    : never
  : Rest

/** The leaves of a tree of tangents or cotangents, checked against what they belong to. */
function matching(
  tree: unknown,
  treedef: TreeDef,
  avals: readonly Aval[],
  operation: string,
  what: 'tangent' | 'cotangent',
): NDArray[] {
  const path = (i: number): string =>
    what === 'tangent' ? argumentPath(treedef, i) : `the result${leafPaths(treedef)[i] ?? ''}`
  const [leaves, received] = flatten(tree)
  checkSameTree(treedef, received, operation)
  return leaves.map((leaf, i) => {
    const aval = avals[i] as Aval
    const x = toArray(leaf, operation, () => `the ${what} of ${path(i)}`, aval.dtype)
    if (x.aval === aval || !isFloat(aval.dtype)) return x
    const expected = `the ${what} of ${path(i)} must be ${showAval(aval)}, as that is`
    return x.dtype === aval.dtype
      ? fail('shape', { operation, shapes: [x.shape], expected })
      : fail('dtype', {
          operation,
          dtypes: [showAval(x.aval)],
          expected,
          fix: `Convert it with astype('${aval.dtype}').`,
        })
  })
}

/**
 * The value of `f` at `primals` and its derivative along `tangents` (Jacobian-vector product), by forward mode.
 *
 * @param primals a list with one tree of float arrays an argument.
 * @param tangents a list of the same structure, shapes and dtypes.
 * @returns `[output, outputTangent]`, and aux with `hasAux`. Integer outputs have the tangent zero.
 * @throws CotangentError `dtype` for integer arguments, `tree`, `shape` or `dtype` for tangents that do not fit.
 * @example
 * ```ts
 * import { jvp, numpy as np } from 'cotangent'
 * const [y, dy] = jvp((x) => np.sin(x), [np.array(0)], [np.array(1)])
 * console.log(y.item(), dy.item()) // 0 1
 * ```
 */
export function jvp<A extends readonly NDArray[], R, const O extends AuxOptions = AuxOptions>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
  tangents: AcceptsAll<A>,
  options?: O,
): WithAux<R, O, [Output<R, O>, Output<R, O>]>
export function jvp<A extends readonly unknown[], R, const O extends AuxOptions = AuxOptions>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
  tangents: AcceptsAll<A>,
  options?: O,
): WithAux<R, O, [Output<R, O>, Output<R, O>]>
export function jvp(
  f: TreeFunction,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options: AuxOptions = {},
): unknown {
  const operation = `jvp of ${functionName(f)}`
  const flat = flattenDifferentiable(primals, operation)
  const directions = matching(
    tangents,
    flat.treedef,
    flat.arrays.map((x) => x.aval),
    operation,
    'tangent',
  )
  const runner = auxiliary(f, flat.treedef, operation, options.hasAux === true)
  const [results, resultTangents] = jvpFlat(
    (...xs) => {
      const { outputs, aux } = runner.run(...xs)
      return [...outputs, ...aux]
    },
    flat.arrays,
    directions,
    operation,
  )
  const count = runner.outputCount()
  const outputs = results.slice(0, count)
  const out = [
    runner.output(outputs),
    runner.output(
      instantiate(
        resultTangents.slice(0, count),
        outputs.map((y) => y.aval),
      ),
    ),
  ]
  return options.hasAux === true ? [...out, runner.aux(results.slice(count))] : out
}

interface LinearizedTree {
  readonly linear: Linearized
  readonly treedef: TreeDef
  readonly output: (leaves: readonly NDArray[]) => unknown
  readonly outputTree: TreeDef
  readonly aux: unknown
}

/** Linearises a function of trees. */
export function linearizeTree(
  f: TreeFunction,
  primals: readonly unknown[],
  operation: string,
  hasAux: boolean,
): LinearizedTree {
  const flat = flattenDifferentiable(primals, operation)
  const runner = auxiliary(f, flat.treedef, operation, hasAux)
  const linear = linearizeFlat(runner.run, flat.arrays, operation)
  return {
    linear,
    treedef: flat.treedef,
    output: runner.output,
    outputTree: runner.outputTree(),
    aux: runner.aux(linear.aux),
  }
}

/**
 * The value of `f` at `primals`, and its derivative there as a function of tangents that may be called often.
 *
 * @param primals a list with one tree of float arrays an argument.
 * @returns `[output, linear]`; `linear(...tangents)` gives the output's tangent and does not run `f` again.
 * @example
 * ```ts
 * import { linearize, numpy as np } from 'cotangent'
 * const [y, linear] = linearize((x) => np.exp(x), [np.array(0)])
 * console.log(y.item(), linear(np.array(2)).item()) // 1 2
 * ```
 */
export function linearize<A extends readonly NDArray[], R>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
): [output: Arrays<R>, linear: (...tangents: AcceptsAll<A>) => Arrays<R>]
export function linearize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
): [output: Arrays<R>, linear: (...tangents: AcceptsAll<A>) => Arrays<R>]
export function linearize(f: TreeFunction, primals: readonly unknown[]): unknown {
  const operation = `linearize of ${functionName(f)}`
  const { linear, treedef, output } = linearizeTree(f, primals, operation, false)
  const apply = (...tangents: readonly unknown[]): unknown => {
    const directions = matching(tangents, treedef, linear.inputs, operation, 'tangent')
    return output(
      instantiate(
        applyLinear(linear, directions),
        linear.outputs.map((y) => y.aval),
      ),
    )
  }
  return [output(linear.outputs), apply]
}

/**
 * The value of `f` at `primals`, and its pullback: cotangent of the output → cotangents of the arguments
 * (vector-Jacobian product), by reverse mode.
 *
 * @param primals a list with one tree of float arrays an argument.
 * @returns `[output, pullback]`, and aux with `hasAux`; `pullback(ct)` gives a list with one tree an argument, and
 *   may be called more than once.
 * @example
 * ```ts
 * import { vjp, numpy as np } from 'cotangent'
 * const [y, pullback] = vjp((x, y) => x.mul(y), [np.array(2), np.array(3)])
 * const [dx, dy] = pullback(np.array(1))
 * console.log(y.item(), dx.item(), dy.item()) // 6 3 2
 * ```
 */
export function vjp<A extends readonly NDArray[], R, const O extends AuxOptions = AuxOptions>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
  options?: O,
): WithAux<R, O, [output: Output<R, O>, pullback: (ct: unknown) => Arrays<A>]>
export function vjp<A extends readonly unknown[], R, const O extends AuxOptions = AuxOptions>(
  f: (...args: A) => R,
  primals: AcceptsAll<A>,
  options?: O,
): WithAux<R, O, [output: Output<R, O>, pullback: (ct: unknown) => Arrays<A>]>
export function vjp(f: TreeFunction, primals: readonly unknown[], options: AuxOptions = {}): unknown {
  const operation = `vjp of ${functionName(f)}`
  const { linear, treedef, output, outputTree, aux } = linearizeTree(
    f,
    primals,
    operation,
    options.hasAux === true,
  )
  const pullback = (ct: unknown): unknown => {
    const cts = matching(
      ct,
      outputTree,
      linear.outputs.map((y) => y.aval),
      operation,
      'cotangent',
    )
    return unflatten(treedef, applyTranspose(linear, cts))
  }
  const out = [output(linear.outputs), pullback]
  return options.hasAux === true ? [...out, aux] : out
}

/**
 * The transpose of a function that is linear in its arguments: cotangent of its output → list of cotangents.
 *
 * @param primals a list of arrays that have the arguments' shapes; their values do not matter.
 * @throws CotangentError `argument` where `f` is not linear.
 * @example
 * ```ts
 * import { linearTranspose, numpy as np } from 'cotangent'
 * const transposed = linearTranspose((x) => x.mul(3), [np.zeros([2])])
 * console.log(transposed(np.array([1, 2]))[0].js()) // [3, 6]
 * ```
 */
export function linearTranspose<A extends readonly NDArray[]>(
  f: (...args: A) => unknown,
  primals: AcceptsAll<A>,
): (ct: unknown) => Arrays<A>
export function linearTranspose<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  primals: AcceptsAll<A>,
): (ct: unknown) => Arrays<A>
export function linearTranspose(f: TreeFunction, primals: readonly unknown[]): (ct: unknown) => unknown {
  const operation = `linearTranspose of ${functionName(f)}`
  const { arrays, treedef } = flattenDifferentiable(primals, operation)
  const avals = arrays.map((x) => x.aval)
  const flat = flatFunction(f, treedef, operation)
  const { jaxpr, consts } = traceToJaxpr(flat, avals, operation)
  const outputTree = flat.treedef()
  return (ct) => {
    const cts = matching(
      ct,
      outputTree,
      jaxpr.outputs.map((atom) => atom.aval),
      operation,
      'cotangent',
    )
    const linear = jaxpr.inputs.map((_, i) => i >= consts.length)
    return unflatten(treedef, instantiate(transposeProgram(jaxpr, linear, consts, cts), avals))
  }
}
