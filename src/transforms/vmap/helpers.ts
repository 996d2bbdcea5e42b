/** Moving batch axes to where a rule wants them, and dimension numbers past them. */

import { constant, constantValue } from '../../core/constants.js'
import { invariant } from '../../core/errors.js'
import { bind } from '../../core/interpreter.js'
import type { Outputs, PrimitiveName } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { broadcastInDim, moveAxis } from '../../core/ops.js'
import { inserted, range, without } from '../../core/shape.js'
import type { BatchDim, BatchRule } from '../rules.js'

/** `x` with its batch axis at `to`; an array without one is repeated. */
export function align(x: NDArray, dim: BatchDim, to: number, size: number): NDArray {
  if (dim !== null) return moveAxis(x, dim, to)
  const shape = inserted(x.shape, to, size)
  const value = constantValue(x)
  return value === null
    ? broadcastInDim(x, shape, without(range(shape.length), [to]))
    : constant(value, x.dtype, shape)
}

/** The position of the first batch axis; there is one. */
export function firstDim(dims: readonly BatchDim[]): number {
  const dim = dims.find((d) => d !== null)
  invariant(dim !== undefined && dim !== null, 'a batching rule was called without a batched operand')
  return dim
}

/** Axis `axis` of the array without the batch axis `dim`, in the array with it. */
export const past = (axis: number, dim: number): number => (axis >= dim ? axis + 1 : axis)
export const allPast = (axes: readonly number[], dim: number): number[] => axes.map((axis) => past(axis, dim))

/** Operand and result axes agree: align all operands, and the batch axis stays where it is. */
export function alongside<P extends PrimitiveName>(primitive: P): BatchRule<P> {
  return (size, inputs, dims, params) => {
    const list = dims as readonly BatchDim[]
    const dim = firstDim(list)
    const aligned = (inputs as readonly NDArray[]).map((x, i) => align(x, list[i] ?? null, dim, size))
    const outputs = bind(primitive, aligned, params)
    return [outputs, (outputs as readonly NDArray[]).map(() => dim) as unknown as Outputs<P, BatchDim>]
  }
}
