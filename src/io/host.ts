/**
 * Arrays on the host: what a reader gives and what a dataset slices, before a device is involved.
 * Typed array + shape + dtype → the same for a choice of rows, or an NDArray on the default device.
 */

import { avalOf } from '../core/aval.js'
import { currentDevice } from '../core/device.js'
import { hostArray, type DType, type HostArray } from '../core/dtype.js'
import type { ConcreteArray } from '../core/ndarray.js'
import { sizeOf, type Shape } from '../core/shape.js'
import { fail } from '../core/errors.js'

/** Numbers in row-major order on the host, with the shape and dtype they stand for. */
export interface HostTensor {
  readonly data: HostArray
  readonly shape: Shape
  readonly dtype: DType
}

export const isHostTensor = (x: unknown): x is HostTensor =>
  typeof x === 'object' &&
  x !== null &&
  'data' in x &&
  ArrayBuffer.isView(x.data) &&
  'shape' in x &&
  'dtype' in x

/** Throws unless there are as many numbers as the shape says. */
export function checkHostTensor({ data, shape, dtype }: HostTensor, operation: string): void {
  if (data.length === sizeOf(shape) && data.constructor === hostArray(dtype, 0).constructor) return
  fail('argument', {
    operation,
    argument: 'a tensor',
    received: `${data.constructor.name} of ${data.length} elements`,
    expected: `${hostArray(dtype, 0).constructor.name} of ${sizeOf(shape)} elements for ${dtype} of shape [${shape.join(', ')}]`,
  })
}

/** The rows `indices` of a tensor, in that order. */
export function takeRows({ data, shape, dtype }: HostTensor, indices: Uint32Array): HostTensor {
  const rowShape = shape.slice(1)
  const row = sizeOf(rowShape)
  const out = hostArray(dtype, indices.length * row)
  indices.forEach((index, i) => out.set(data.subarray(index * row, (index + 1) * row), i * row))
  return { data: out, shape: [indices.length, ...rowShape], dtype }
}

/** Copies a tensor to the default device. */
export const toDevice = ({ data, shape, dtype }: HostTensor): ConcreteArray =>
  currentDevice().put(avalOf(shape, dtype), data)
