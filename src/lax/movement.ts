/**
 * lax functions that move elements; nothing here broadcasts unless asked.
 */

import { constant } from '../core/constants.js'
import type { DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { normalizeAxes, normalizeAxis, range, type Shape } from '../core/shape.js'
import { full as numpyFull, type DTypeOption } from '../numpy/creation.js'
import { expandDims as numpyExpandDims, squeeze as numpySqueeze } from '../numpy/movement.js'
import { asArray, checkDType, sliceAxis } from '../numpy/promote.js'

/** The same elements in row-major order in shape `newSizes`. */
export const reshape = (operand: ArrayLike, newSizes: Shape): NDArray =>
  ops.reshape(asArray(operand, 'lax.reshape'), newSizes)

/** Result axis i is operand axis permutation[i]. */
export const transpose = (operand: ArrayLike, permutation: readonly number[]): NDArray =>
  ops.transpose(asArray(operand, 'lax.transpose'), permutation)

/** Elements in reverse order along `dimensions`. */
export function rev(operand: ArrayLike, dimensions: readonly number[]): NDArray {
  const x = asArray(operand, 'lax.rev')
  return ops.reverse(x, normalizeAxes(dimensions, x.shape, 'lax.rev'))
}

/** New leading axes of the given sizes. */
export function broadcast(operand: ArrayLike, sizes: Shape): NDArray {
  const x = asArray(operand, 'lax.broadcast')
  return ops.broadcastInDim(
    x,
    [...sizes, ...x.shape],
    range(x.ndim).map((i) => sizes.length + i),
  )
}

/** Operand axis i becomes axis broadcastDimensions[i] of `shape`; other axes repeat. */
export const broadcastInDim = (
  operand: ArrayLike,
  shape: Shape,
  broadcastDimensions: readonly number[],
): NDArray => ops.broadcastInDim(asArray(operand, 'lax.broadcastInDim'), shape, broadcastDimensions)

/** Arrays of one dtype joined along `dimension`. */
export const concatenate = (operands: readonly ArrayLike[], dimension: number): NDArray =>
  ops.concatenate(
    operands.map((x) => asArray(x, 'lax.concatenate')),
    dimension,
  )

/** Padded by [low, high, interior] for each axis; negative low and high remove elements. */
export function pad(
  operand: ArrayLike,
  paddingValue: ArrayLike,
  paddingConfig: readonly (readonly [number, number, number])[],
): NDArray {
  const x = asArray(operand, 'lax.pad')
  return ops.pad(
    x,
    asArray(paddingValue, 'lax.pad', x.dtype),
    paddingConfig.map(([low, high, interior]) => ({ low, high, interior })),
  )
}

/** Elements start, start + stride, … < limit along each axis. */
export const slice = (
  operand: ArrayLike,
  startIndices: readonly number[],
  limitIndices: readonly number[],
  strides: readonly number[] | null = null,
): NDArray =>
  ops.slice(asArray(operand, 'lax.slice'), startIndices, limitIndices, strides ?? startIndices.map(() => 1))

/** Elements start, start + stride, … < limit along one axis; negative indices count from the end. */
export function sliceInDim(
  operand: ArrayLike,
  startIndex: number | null,
  limitIndex: number | null,
  stride = 1,
  axis = 0,
): NDArray {
  const x = asArray(operand, 'lax.sliceInDim')
  const along = normalizeAxis(axis, x.shape, 'lax.sliceInDim')
  const n = x.shape[along] ?? 0
  const place = (i: number | null, otherwise: number): number => (i === null ? otherwise : i < 0 ? i + n : i)
  return sliceAxis(x, along, place(startIndex, 0), place(limitIndex, n), stride)
}

/** The slice at a static index along one axis, which stays with size 1 unless keepdims is false. */
export function indexInDim(
  operand: ArrayLike,
  index: number,
  axis = 0,
  { keepdims = true }: { readonly keepdims?: boolean } = {},
): NDArray {
  const x = asArray(operand, 'lax.indexInDim')
  const along = normalizeAxis(axis, x.shape, 'lax.indexInDim')
  const n = x.shape[along] ?? 0
  const at = index < 0 ? index + n : index
  if (!Number.isInteger(index) || at < 0 || at >= n) {
    fail('argument', {
      operation: 'lax.indexInDim',
      argument: 'index',
      received: String(index),
      expected: `a whole number from ${-n} to ${n - 1}`,
    })
  }
  const part = sliceAxis(x, along, at, at + 1)
  return keepdims
    ? part
    : ops.reshape(
        part,
        x.shape.filter((_, d) => d !== along),
      )
}

/** New axes of size 1 at positions `dimensions` of the result. */
export const expandDims = (array: ArrayLike, dimensions: readonly number[]): NDArray =>
  numpyExpandDims(array, dimensions)

/** Without the axes `dimensions`, which have size 1. */
export const squeeze = (array: ArrayLike, dimensions: readonly number[]): NDArray =>
  numpySqueeze(array, dimensions)

/** 0, 1, … size - 1. */
export const iota = (dtype: DType, size: number): NDArray => broadcastedIota(dtype, [size], 0)

/** The index along `dimension` of every element of `shape`. */
export const broadcastedIota = (dtype: DType, shape: Shape, dimension: number): NDArray =>
  ops.iota(
    checkDType(dtype, 'lax.broadcastedIota'),
    shape,
    normalizeAxis(dimension, shape, 'lax.broadcastedIota'),
  )

/** `fillValue` everywhere in `shape`. */
export const full = (shape: Shape, fillValue: ArrayLike, options: DTypeOption = {}): NDArray =>
  numpyFull(shape, fillValue, options)

/** `fillValue` with the shape (and dtype) of `x`. */
export function fullLike(x: ArrayLike, fillValue: number, { dtype }: DTypeOption = {}): NDArray {
  const like = asArray(x, 'lax.fullLike')
  return constant(fillValue, dtype ?? like.dtype, like.shape)
}

/** Parts of the given sizes along `axis`. */
export function split(operand: ArrayLike, sizes: readonly number[], axis = 0): NDArray[] {
  const x = asArray(operand, 'lax.split')
  const along = normalizeAxis(axis, x.shape, 'lax.split')
  const total = sizes.reduce((sum, n) => sum + n, 0)
  if (total !== x.shape[along] || sizes.some((n) => !Number.isInteger(n) || n < 0)) {
    fail('argument', {
      operation: 'lax.split',
      argument: 'sizes',
      received: `[${sizes.join(', ')}]`,
      expected: `whole numbers >= 0 that add up to ${x.shape[along] ?? 0}`,
    })
  }
  let start = 0
  return sizes.map((n) => sliceAxis(x, along, start, (start += n)))
}
