/**
 * jax-js convolves images with channels first: inputs are made so, and results are put back, outside of what is timed.
 */

import type { TensorSpec } from '../../workloads/workload.js'

/** The elements of an array whose axes are put in another order: axis i of the result is axis `axes[i]`. */
export function permuted(
  data: ArrayLike<number>,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(data.length)
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1))
  const sizes = axes.map((axis) => shape[axis] ?? 1)
  const steps = axes.map((axis) => strides[axis] ?? 1)
  let at = 0
  const walk = (axis: number, from: number): void => {
    const [size = 0, step = 0] = [sizes[axis], steps[axis]]
    for (let i = 0; i < size; i++) {
      if (axis === sizes.length - 1) result[at++] = data[from + i * step] ?? NaN
      else walk(axis + 1, from + i * step)
    }
  }
  walk(0, 0)
  return result
}

const isKernel = (name: string): boolean => name.endsWith('kernel')

export interface HostArray {
  readonly data: Float32Array<ArrayBuffer>
  readonly shape: readonly number[]
}

/** Images [batch, height, width, channels] and kernels [height, width, in, out] in the order of jax-js. */
export function channelsFirst(
  name: string,
  { shape }: TensorSpec,
  data: Float32Array<ArrayBuffer>,
): HostArray {
  if (shape.length !== 4) return { data, shape }
  const axes = isKernel(name) ? [3, 2, 0, 1] : [0, 3, 1, 2]
  return { data: permuted(data, shape, axes), shape: axes.map((axis) => shape[axis] ?? 1) }
}

/** A result of a convolution, or the gradient of its kernel, in the order of everybody else. */
export function channelsLast(
  kind: string,
  shape: readonly number[],
  data: ArrayLike<number>,
): ArrayLike<number> {
  if (shape.length !== 4) return data
  return permuted(data, shape, kind === 'convKernelGradient' ? [2, 3, 1, 0] : [0, 2, 3, 1])
}
