/** vmap: a function of items becomes a function of batches. Axes are given by argument, or by trees of axes. */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { normalizeAxis } from '../core/shape.js'
import { describePlace, prefixLeaves, type Mismatch } from '../core/prefix.js'
import { unflatten, type TreeDef } from '../core/tree.js'
import {
  argumentPath,
  flatFunction,
  flattenArrays,
  functionName,
  type AcceptsAll,
  type FlatTree,
  type TreeFunction,
} from './arguments.js'
import type { BatchDim } from './rules.js'
import { align } from './vmap/helpers.js'
import { batchFlat } from './vmap/trace.js'

/** Axes of a tree: one for all its leaves (null: none has a batch axis), or a tree of axes. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes }

export interface VmapOptions {
  /** Not available yet. */
  readonly axisName?: string
}

/**
 * Vectorizes `f` over a new axis of its arguments: `vmap(f)(xs)` is the stack of `f(x)` over the items of `xs`.
 *
 * @param inAxes the batch axis of each argument: one number for all, or a list with a number, `null` (the argument
 *   is the same for all items) or a tree of those for each. Default 0.
 * @param outAxes where the batch axis goes in the result: one number for all, or a tree of numbers. Default 0.
 * @throws CotangentError `shape` where batch sizes differ, `axis` out of range, `tree` where axes do not fit.
 * @example
 * ```ts
 * import { vmap, numpy as np } from 'cotangent'
 * const dots = vmap((x, y) => np.dot(x, y), [0, null])
 * console.log(dots(np.array([[1, 2], [3, 4]]), np.array([10, 1])).js()) // [12, 34]
 * ```
 */
export function vmap<A extends readonly NDArray[], R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  outAxes?: Axes,
  options?: VmapOptions,
): (...args: AcceptsAll<A>) => R
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  outAxes?: Axes,
  options?: VmapOptions,
): (...args: AcceptsAll<A>) => R
export function vmap(
  f: TreeFunction,
  inAxes: Axes = 0,
  outAxes: Axes = 0,
  options: VmapOptions = {},
): TreeFunction {
  const operation = `vmap of ${functionName(f)}`
  if (options.axisName !== undefined)
    fail('notImplemented', { operation, reason: 'axisName and collectives over it are not available yet' })
  const mapped = (...args: readonly unknown[]): unknown => {
    const flat = flattenArrays(args, operation)
    const dims = inputDims(flat, inAxes, operation)
    const size = batchSize(flat, dims, operation)
    const call = flatFunction(f, flat.treedef, operation)
    const [outputs, outputDims] = batchFlat(call, size, flat.arrays, dims, operation)
    const treedef = call.treedef()
    const targets = axesOfLeaves(treedef, outAxes, operation, 'outAxes')
    return unflatten(
      treedef,
      outputs.map((y, i) => placeOutput(y, outputDims[i] ?? null, targets[i] ?? null, size, operation)),
    )
  }
  return Object.defineProperty(mapped, 'name', { value: `vmap(${f.name})` })
}

function placeOutput(y: NDArray, dim: BatchDim, target: BatchDim, size: number, operation: string): NDArray {
  if (target === null) {
    if (dim === null) return y
    return fail('argument', {
      operation,
      argument: 'outAxes',
      received: 'null for a result that differs between items',
      expected: 'an axis for it',
    })
  }
  const rank = dim === null ? y.ndim + 1 : y.ndim
  return align(
    y,
    dim,
    normalizeAxis(
      target,
      Array.from({ length: rank }, () => size),
      operation,
    ),
    size,
  )
}

/** Each leaf's batch axis, counted from the front. */
function inputDims({ arrays, treedef }: FlatTree, inAxes: Axes, operation: string): BatchDim[] {
  const axes = axesOfLeaves(treedef, inAxes, operation, 'inAxes')
  return arrays.map((x, i) => {
    const axis = axes[i] ?? null
    return axis === null
      ? null
      : normalizeAxis(axis, x.shape, `${operation} (inAxes, ${argumentPath(treedef, i)})`)
  })
}

function batchSize({ arrays, treedef }: FlatTree, dims: readonly BatchDim[], operation: string): number {
  const mapped = arrays.flatMap((x, i) => {
    const dim = dims[i] ?? null
    return dim === null ? [] : [{ size: x.shape[dim] ?? 0, shape: x.shape, path: argumentPath(treedef, i) }]
  })
  const [first] = mapped
  if (first === undefined) {
    return fail('argument', {
      operation,
      argument: 'inAxes',
      received: 'no axis to map over',
      expected: 'an axis for at least one array',
    })
  }
  const other = mapped.find(({ size }) => size !== first.size)
  if (other !== undefined) {
    fail('shape', {
      operation,
      shapes: [first.shape, other.shape],
      expected: `batch sizes must agree (${first.path} has ${first.size}, ${other.path} has ${other.size})`,
      fix: 'Set inAxes to the batch axis of each argument, or null where it has none.',
    })
  }
  return first.size
}

/** The axis of each leaf, from a tree of axes that may stop early. */
function axesOfLeaves(
  treedef: TreeDef,
  axes: Axes,
  operation: string,
  what: 'inAxes' | 'outAxes',
): BatchDim[] {
  const mismatch: Mismatch = (def, at, path) =>
    fail('tree', {
      operation,
      path,
      expected: `an axis, null, or axes for ${describePlace(def)}`,
      received: JSON.stringify(at) ?? 'nothing',
    })
  const isAxis = (at: unknown): at is BatchDim => at === null || Number.isInteger(at)
  return prefixLeaves(treedef, axes, isAxis, mismatch, what)
}
