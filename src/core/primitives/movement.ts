/**
 * Movement primitives: they rearrange elements and compute none. All are index expressions for the lowering.
 */

import { avalOf } from '../aval.js'
import type { DType } from '../dtype.js'
import { fail } from '../errors.js'
import { checkShape, sizeOf, type Shape } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

/** Elements added before, after and between; negative low and high remove elements. */
export interface PadAxis {
  readonly low: number
  readonly high: number
  readonly interior: number
}

export interface MovementSigs {
  /** Operand axis i becomes result axis broadcastDimensions[i] (increasing); its size is that axis's or 1. */
  broadcastInDim: Sig<1, 1, { readonly shape: Shape; readonly broadcastDimensions: readonly number[] }>
  reshape: Sig<1, 1, { readonly shape: Shape }>
  /** Result axis i is operand axis permutation[i]. */
  transpose: Sig<1, 1, { readonly permutation: readonly number[] }>
  slice: Sig<
    1,
    1,
    {
      readonly start: readonly number[]
      readonly limit: readonly number[]
      readonly strides: readonly number[]
    }
  >
  /** pad(x, value): value is a rank-0 array. */
  pad: Sig<2, 1, { readonly config: readonly PadAxis[] }>
  concatenate: Sig<'any', 1, { readonly dimension: number }>
  reverse: Sig<1, 1, { readonly dimensions: readonly number[] }>
  /** Counts along one dimension. */
  iota: Sig<0, 1, { readonly dtype: DType; readonly shape: Shape; readonly dimension: number }>
}

/** The size of an axis of size `n` after padding. */
export const paddedSize = (n: number, { low, high, interior }: PadAxis): number =>
  low + high + n + Math.max(0, n - 1) * interior

/** The size of start, start + stride, … < limit. */
export const slicedSize = (start: number, limit: number, stride: number): number =>
  Math.max(0, Math.ceil((limit - start) / stride))

export const movementAbstract: AbstractTable<MovementSigs> = {
  broadcastInDim: ([x], { shape, broadcastDimensions }) => {
    checkShape(shape, 'broadcastInDim')
    const fits =
      broadcastDimensions.length === x.shape.length &&
      broadcastDimensions.every(
        (d, i) =>
          d >= 0 &&
          d < shape.length &&
          (i === 0 || d > (broadcastDimensions[i - 1] ?? -1)) &&
          (x.shape[i] === 1 || x.shape[i] === shape[d]),
      )
    if (!fits) {
      fail('shape', {
        operation: 'broadcastInDim',
        shapes: [x.shape, shape],
        expected: `operand axes that map to result axes [${broadcastDimensions.join(', ')}] (increasing) with equal size or 1`,
      })
    }
    return [avalOf(shape, x.dtype)]
  },
  reshape: ([x], { shape }) => {
    checkShape(shape, 'reshape')
    if (sizeOf(shape) !== x.size) {
      fail('shape', {
        operation: 'reshape',
        shapes: [x.shape, shape],
        expected: `the same number of elements (${x.size} and ${sizeOf(shape)})`,
        fix: 'One axis of a numpy.reshape may be -1.',
      })
    }
    return [avalOf(shape, x.dtype)]
  },
  transpose: ([x], { permutation }) => {
    if (
      permutation.length !== x.shape.length ||
      [...permutation].sort((a, b) => a - b).some((p, i) => p !== i)
    ) {
      fail('axis', {
        operation: 'transpose',
        axis: permutation,
        shape: x.shape,
        fix: 'Name each axis exactly once.',
      })
    }
    return [
      avalOf(
        permutation.map((p) => x.shape[p] ?? 0),
        x.dtype,
      ),
    ]
  },
  slice: ([x], { start, limit, strides }) => {
    const rank = x.shape.length
    const valid =
      start.length === rank &&
      limit.length === rank &&
      strides.length === rank &&
      x.shape.every((n, i) => {
        const [a, b, s] = [start[i] ?? -1, limit[i] ?? -1, strides[i] ?? 0]
        return a >= 0 && a <= b && b <= n && s >= 1
      })
    if (!valid) {
      fail('shape', {
        operation: 'slice',
        shapes: [x.shape],
        expected: `0 <= start <= limit <= size and stride >= 1 on each axis (start [${start.join(', ')}], limit [${limit.join(', ')}], strides [${strides.join(', ')}])`,
      })
    }
    return [
      avalOf(
        start.map((a, i) => slicedSize(a, limit[i] ?? 0, strides[i] ?? 1)),
        x.dtype,
      ),
    ]
  },
  pad: ([x, value], { config }) => {
    if (value.shape.length !== 0 || value.dtype !== x.dtype) {
      fail('dtype', {
        operation: 'pad',
        dtypes: [x.dtype, value.dtype],
        expected: 'a rank-0 padding value of the operand dtype',
      })
    }
    const shape = x.shape.map((n, i) => {
      const axis = config[i]
      return axis === undefined || axis.interior < 0 ? -1 : paddedSize(n, axis)
    })
    if (config.length !== x.shape.length || shape.some((n) => n < 0)) {
      fail('shape', {
        operation: 'pad',
        shapes: [x.shape],
        expected: 'low, high and interior >= 0 padding for each axis that leaves a size >= 0',
      })
    }
    return [avalOf(shape, x.dtype)]
  },
  concatenate: (inputs, { dimension }) => {
    const first = inputs[0]
    if (first === undefined)
      return fail('argument', {
        operation: 'concatenate',
        argument: 'operands',
        received: 'none',
        expected: 'at least one array',
      })
    if (!(dimension >= 0 && dimension < first.shape.length))
      fail('axis', { operation: 'concatenate', axis: dimension, shape: first.shape })
    const agree = inputs.every(
      (a) =>
        a.shape.length === first.shape.length &&
        a.shape.every((n, i) => i === dimension || n === first.shape[i]),
    )
    if (!agree)
      fail('shape', {
        operation: 'concatenate',
        shapes: inputs.map((a) => a.shape),
        expected: `shapes that differ only along axis ${dimension}`,
      })
    if (inputs.some((a) => a.dtype !== first.dtype))
      fail('dtype', { operation: 'concatenate', dtypes: inputs.map((a) => a.dtype), expected: 'one dtype' })
    const total = inputs.reduce((sum, a) => sum + (a.shape[dimension] ?? 0), 0)
    return [
      avalOf(
        first.shape.map((n, i) => (i === dimension ? total : n)),
        first.dtype,
      ),
    ]
  },
  reverse: ([x], { dimensions }) => {
    if (
      new Set(dimensions).size !== dimensions.length ||
      dimensions.some((d) => !(d >= 0 && d < x.shape.length))
    ) {
      fail('axis', { operation: 'reverse', axis: dimensions, shape: x.shape })
    }
    return [x]
  },
  iota: (_, { dtype, shape, dimension }) => {
    checkShape(shape, 'iota')
    if (!(dimension >= 0 && dimension < shape.length))
      fail('axis', { operation: 'iota', axis: dimension, shape })
    return [avalOf(shape, dtype)]
  },
}
