/**
 * Rearranging tensors on the host: other orders of axes, parts of rows and rows side by side. All copy.
 */

import { hostArray, roundTo } from '../core/dtype.js'
import { invariant } from '../core/errors.js'
import { sizeOf, stridesOf, type Shape } from '../core/shape.js'
import type { HostTensor } from './host.js'

/** The tensor with axes in the order `axes`, as numpy.transpose. */
export function permute({ data, shape, dtype }: HostTensor, axes: readonly number[]): HostTensor {
  const strides = stridesOf(shape)
  const next = axes.map((axis) => shape[axis] ?? 1)
  const steps = axes.map((axis) => strides[axis] ?? 1)
  const out = hostArray(dtype, data.length)
  const index = new Array<number>(axes.length).fill(0)
  for (let i = 0, at = 0; i < out.length; i++) {
    out[i] = data[at] ?? 0
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1
      at += steps[axis] ?? 0
      if (index[axis] !== next[axis]) break
      at -= (steps[axis] ?? 0) * (next[axis] ?? 1)
      index[axis] = 0
    }
  }
  return { data: out, shape: next, dtype }
}

export const reshape = ({ data, dtype }: HostTensor, shape: Shape): HostTensor => {
  invariant(
    data.length === sizeOf(shape),
    `a tensor of ${data.length} elements cannot have shape [${shape.join(', ')}]`,
  )
  return { data, shape, dtype }
}

/** The tensor with the order of elements along the first `axes` axes reversed. */
export function reverse(tensor: HostTensor, axes: number): HostTensor {
  const n = sizeOf(tensor.shape.slice(0, axes))
  const row = n === 0 ? 0 : tensor.data.length / n
  const out = hostArray(tensor.dtype, tensor.data.length)
  for (let i = 0; i < n; i++) out.set(tensor.data.subarray(i * row, (i + 1) * row), (n - 1 - i) * row)
  return { ...tensor, data: out }
}

/** Rows `start` … `end` − 1. */
export function rows({ data, shape, dtype }: HostTensor, start: number, end: number): HostTensor {
  const row = sizeOf(shape.slice(1))
  return { data: data.slice(start * row, end * row), shape: [end - start, ...shape.slice(1)], dtype }
}

/** Tensors of one dtype on top of each other, along the first axis. */
export function stackRows(parts: readonly HostTensor[]): HostTensor {
  const [first] = parts
  invariant(first !== undefined, 'stackRows needs a tensor')
  const data = hostArray(
    first.dtype,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  )
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  const n = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0)
  return { data, shape: [n, ...first.shape.slice(1)], dtype: first.dtype }
}

/** The sum, element by element, rounded to the dtype. Zeros of `b` change nothing, not even the sign of a zero. */
export function add(a: HostTensor, b: HostTensor): HostTensor {
  const data = hostArray(a.dtype, a.data.length)
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [a.data[i] ?? 0, b.data[i] ?? 0]
    data[i] = y === 0 ? x : roundTo(a.dtype, x + y)
  }
  return { ...a, data }
}

export const zeros = (shape: Shape, dtype: HostTensor['dtype']): HostTensor => ({
  data: hostArray(dtype, sizeOf(shape)),
  shape,
  dtype,
})
