/**
 * What the reference rules work on: an array as host numbers with its aval, and the few loops they share.
 * Float results are computed in double precision and rounded once, when they are stored.
 */

import type { Aval } from '../../core/aval.js'
import { hostArray, roundTo, type DType, type HostArray } from '../../core/dtype.js'
import type { PrimitiveName, Signatures } from '../../core/jaxpr.js'
import type { Sig, Tuple } from '../../core/primitives/signature.js'
import { stridesOf, type Shape } from '../../core/shape.js'

/** An array in host memory. Half types hold the float32 numbers they stand for. */
export interface Value {
  readonly aval: Aval
  readonly data: HostArray
}

/** The meaning of one primitive: input values and the avals of the results → their numbers. */
export type ReferenceRule<S> =
  S extends Sig<infer In, infer Out, infer Params>
    ? (inputs: Tuple<Value, In>, params: Params, outputs: Tuple<Aval, Out>) => Tuple<HostArray, Out>
    : never

export type ReferenceTable<Names extends PrimitiveName> = {
  readonly [P in Names]: ReferenceRule<Signatures[P]>
}

/** Element `i`; the rules stay within bounds. */
export const at = (data: ArrayLike<number>, i: number): number => data[i] ?? NaN

/** Writes an exact result as an element of `dtype`. Typed arrays round floats and wrap integers themselves. */
export function store(dtype: DType, data: HostArray, i: number, value: number): void {
  data[i] = dtype === 'float16' || dtype === 'bfloat16' ? roundTo(dtype, value) : value
}

/** A new array whose element `i` is `element(i)`. */
export function generate(aval: Aval, element: (i: number) => number): HostArray {
  const data = hostArray(aval.dtype, aval.size)
  for (let i = 0; i < aval.size; i++) store(aval.dtype, data, i, element(i))
  return data
}

/** A new array whose element at the row-major `index` is `element(index)`; the list is reused between calls. */
export function generateAt(aval: Aval, element: (index: readonly number[]) => number): HostArray {
  const data = hostArray(aval.dtype, aval.size)
  forEachIndex(aval.shape, (index, i) => store(aval.dtype, data, i, element(index)))
  return data
}

/** Calls `visit` with every index of `shape` in row-major order, and its position. The list is reused. */
export function forEachIndex(
  shape: Shape,
  visit: (index: readonly number[], position: number) => void,
): void {
  const size = shape.reduce((a, b) => a * b, 1)
  const index = new Array<number>(shape.length).fill(0)
  for (let position = 0; position < size; position++) {
    visit(index, position)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = at(index, axis) + 1
      index[axis] = next === shape[axis] ? 0 : next
      if (next !== shape[axis]) break
    }
  }
}

/** The position of `index` in an array with these strides. */
export function offsetOf(index: readonly number[], strides: readonly number[]): number {
  let offset = 0
  for (let axis = 0; axis < strides.length; axis++) offset += at(index, axis) * at(strides, axis)
  return offset
}

/** Reads elements by index. */
export function reader({ aval, data }: Value): (index: readonly number[]) => number {
  const strides = stridesOf(aval.shape)
  return (index) => at(data, offsetOf(index, strides))
}
