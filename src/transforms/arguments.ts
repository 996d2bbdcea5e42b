/**
 * Between a user's function of trees and the flat functions of arrays that traces see: leaves become arrays,
 * results are flattened, and everything that is not an array where one is needed is an error naming its place.
 */

import { showAval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { defaultDType, isFloat, type DType } from '../core/dtype.js'
import { defined, fail } from '../core/errors.js'
import { NDArray } from '../core/ndarray.js'
import { flatten, leafPaths, unflatten, type TreeDef } from '../core/tree.js'
import { checkAlive } from './trace.js'

/** A function of trees, whatever its types. */
export type TreeFunction = (...args: readonly unknown[]) => unknown

/** What may be passed for an argument of type `T`: plain numbers where it has arrays. */
export type Accepts<T> = T extends NDArray
  ? NDArray | number
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { readonly [K in keyof T]: Accepts<T[K]> }
      : T

/** The arguments of a function of `A`. */
export type AcceptsAll<A extends readonly unknown[]> = { [K in keyof A]: Accepts<A[K]> }

export const functionName = (f: { readonly name: string }): string => (f.name === '' ? 'a function' : f.name)

/** The path of a leaf of a list of arguments, as `argument 0.layers[1].w`; `positions` are the arguments' own. */
export const argumentPath = (treedef: TreeDef, leaf: number, positions?: readonly number[]): string => {
  const path = leafPaths(treedef)[leaf] ?? ''
  const match = /^\[(\d+)\](.*)$/s.exec(path)
  if (match === null) return path
  const at = Number(match[1])
  return `argument ${positions?.[at] ?? at}${match[2] ?? ''}`
}

/** A leaf as an array; `numbers` is the dtype that plain numbers take (by default the one they would take alone). */
export function toArray(leaf: unknown, operation: string, path: () => string, numbers?: DType): NDArray {
  if (leaf instanceof NDArray) return leaf
  if (typeof leaf === 'number' || typeof leaf === 'boolean')
    return constant(leaf, numbers ?? defaultDType(leaf))
  return fail('argument', {
    operation,
    argument: path(),
    received: typeof leaf === 'string' ? JSON.stringify(leaf) : typeof leaf,
    expected: 'an array or a number',
    ...(operation.startsWith('jit') ? { fix: 'Name arguments that are not arrays in staticArgnums.' } : {}),
  })
}

export interface FlatTree {
  readonly arrays: readonly NDArray[]
  readonly treedef: TreeDef
}

/** The arrays of a tree. */
export function flattenArrays(
  tree: unknown,
  operation: string,
  where = (treedef: TreeDef, i: number): string => argumentPath(treedef, i),
  numbers?: DType,
): FlatTree {
  const [leaves, treedef] = flatten(tree)
  return {
    arrays: leaves.map((leaf, i) => toArray(leaf, operation, () => where(treedef, i), numbers)),
    treedef,
  }
}

/** Only floats have derivatives; plain numbers are taken as float32. */
export function flattenDifferentiable(args: readonly unknown[], operation: string): FlatTree {
  const flat = flattenArrays(args, operation, undefined, 'float32')
  flat.arrays.forEach((x, i) => {
    if (isFloat(x.dtype)) return
    fail('dtype', {
      operation,
      dtypes: [showAval(x.aval)],
      expected: `${argumentPath(flat.treedef, i)} must be a float to differentiate with respect to it`,
      fix: "Convert it with astype('float32'), or leave it out of argnums.",
    })
  })
  return flat
}

/** An error if `value` is a Promise: tracing is synchronous. */
export function checkSynchronous(value: unknown, operation: string, f: { readonly name: string }): void {
  if (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function') {
    // The rejection, if one follows, is a consequence of this mistake and not to be reported on its own.
    void Promise.resolve(value as PromiseLike<unknown>).catch(() => undefined)
    fail('asyncFunction', { operation, name: f.name })
  }
}

/** The results of one run of a user's function. */
export interface FlatResult {
  readonly outputs: readonly NDArray[]
  readonly treedef: TreeDef
}

/** Flattens what a traced function returned. */
export function flattenResult(result: unknown, operation: string, f: { readonly name: string }): FlatResult {
  checkSynchronous(result, operation, f)
  const { arrays, treedef } = flattenArrays(
    result,
    operation,
    (def, i) => `the result${leafPaths(def)[i] ?? ''}`,
  )
  for (const y of arrays) checkAlive(operation, y)
  return { outputs: arrays, treedef }
}

/** Calls `f` with the arguments that these leaves make. */
export const callWithLeaves = (f: TreeFunction, treedef: TreeDef, leaves: readonly unknown[]): unknown =>
  f(...(unflatten(treedef, leaves) as readonly unknown[]))

/** A flat function that remembers the structure of what it returned. */
export interface FlatFunction {
  (...arrays: readonly NDArray[]): readonly NDArray[]
  /** The structure of the last result. */
  treedef(): TreeDef
}

export function flatFunction(f: TreeFunction, treedef: TreeDef, operation: string): FlatFunction {
  let last: TreeDef | undefined
  const call = (...arrays: readonly NDArray[]): readonly NDArray[] => {
    const result = flattenResult(callWithLeaves(f, treedef, arrays), operation, f)
    last = result.treedef
    return result.outputs
  }
  return Object.assign(call, { treedef: () => defined(last, `${operation}: the function has not run`) })
}

/** Checks `[out, aux]`. */
export function splitAux(
  result: unknown,
  operation: string,
  f: { readonly name: string },
): readonly [out: unknown, aux: unknown] {
  checkSynchronous(result, operation, f)
  if (Array.isArray(result) && result.length === 2) return [result[0], result[1]]
  return fail('argument', {
    operation,
    argument: `the result of ${functionName(f)} with hasAux`,
    received: Array.isArray(result) ? `a list of ${result.length}` : result === null ? 'null' : typeof result,
    expected: 'a list [output, aux]',
  })
}

/** Non-negative, distinct positions of arguments. */
export function normalizeArgnums(
  argnums: number | readonly number[],
  count: number,
  operation: string,
): number[] {
  const list = typeof argnums === 'number' ? [argnums] : [...argnums]
  const normal = list.map((n) => (n < 0 ? n + count : n))
  if (
    normal.some((n) => !Number.isInteger(n) || n < 0 || n >= count) ||
    new Set(normal).size !== normal.length
  ) {
    fail('argnums', { operation, argnums: JSON.stringify(argnums), count })
  }
  return normal
}
