/**
 * lax convolutions and windows: paddings by name, dimension numbers by letters, and functions of windows.
 */

import { constant } from '../core/constants.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { dilatedSize, windowCount, type ConvParams } from '../core/primitives/window.js'
import { range, sizeOf, type Shape } from '../core/shape.js'
import { asArray, promoteDTypes } from '../numpy/promote.js'
import { vmap } from '../transforms/index.js'

/** Padding by rule, or low and high for each spatial axis (negative ones crop). */
export type Padding = 'SAME' | 'SAME_LOWER' | 'VALID' | readonly (readonly [low: number, high: number])[]

/** Axis letters of lhs, rhs and output: N batch, C features, O and I kernel features, any others spatial. */
export type ConvDimensionNumbers = readonly [lhs: string, rhs: string, out: string]

export interface ConvOptions {
  readonly lhsDilation?: readonly number[]
  readonly rhsDilation?: readonly number[]
  /** Default `NCHW`, `OIHW`, `NCHW` and the like for the rank. */
  readonly dimensionNumbers?: ConvDimensionNumbers
  readonly featureGroupCount?: number
  readonly batchGroupCount?: number
}

const ones = (n: number): number[] => new Array<number>(n).fill(1)

/** Axes in the order that specs want: the two named ones, then the spatial ones in the order of the kernel's letters. */
function specs(
  numbers: ConvDimensionNumbers,
  rank: number,
  operation: string,
): Pick<ConvParams, 'lhsSpec' | 'rhsSpec' | 'outSpec'> {
  const [lhs, rhs, out] = numbers
  const space = [...rhs].filter((letter) => letter !== 'O' && letter !== 'I')
  const spec = (letters: string, first: string, second: string): number[] => {
    const axes = [first, second, ...space].map((letter) => letters.indexOf(letter))
    if (letters.length !== rank || axes.includes(-1)) {
      fail('argument', {
        operation,
        argument: 'dimensionNumbers',
        received: numbers.join(', '),
        expected: `three strings of ${rank} letters such as NHWC, HWIO, NHWC, with the same spatial letters`,
      })
    }
    return axes
  }
  return { lhsSpec: spec(lhs, 'N', 'C'), rhsSpec: spec(rhs, 'O', 'I'), outSpec: spec(out, 'N', 'C') }
}

const defaultSpecs = (rank: number): Pick<ConvParams, 'lhsSpec' | 'rhsSpec' | 'outSpec'> => ({
  lhsSpec: range(rank),
  rhsSpec: range(rank),
  outSpec: range(rank),
})

/** Low and high padding: 'SAME' makes ⌈n / stride⌉ windows, the odd element at the high end. */
export function pads(
  padding: Padding,
  n: readonly number[],
  k: readonly number[],
  strides: readonly number[],
): (readonly [number, number])[] {
  if (typeof padding !== 'string') return [...padding]
  return n.map((size, i) => {
    if (padding === 'VALID') return [0, 0]
    const stride = strides[i] ?? 1
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (k[i] ?? 1) - size)
    const low = padding === 'SAME' ? Math.floor(total / 2) : Math.ceil(total / 2)
    return [low, total - low]
  })
}

/**
 * The general convolution (cross-correlation, as everywhere in machine learning) of `lhs` with the kernel `rhs`.
 * Any number of spatial axes; dtypes promote. Differentiable in both operands. Errors: `shape`, `dtype`, `argument`.
 * Source: XLA's ConvGeneralDilated, jax.lax.conv_general_dilated.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * const images = np.ones([8, 28, 28, 1])
 * const kernel = np.ones([3, 3, 1, 32])
 * lax.convGeneralDilated(images, kernel, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] }).shape // [8, 28, 28, 32]
 * ```
 */
export function convGeneralDilated(
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
  options: ConvOptions = {},
): NDArray {
  const operation = 'lax.convGeneralDilated'
  const [x, kernel] = promoteDTypes(operation, [lhs, rhs]) as [NDArray, NDArray]
  const spatial = Math.max(0, x.ndim - 2)
  const {
    lhsDilation = ones(spatial),
    rhsDilation = ones(spatial),
    dimensionNumbers,
    featureGroupCount = 1,
    batchGroupCount = 1,
  } = options
  const numbers =
    dimensionNumbers === undefined ? defaultSpecs(x.ndim) : specs(dimensionNumbers, x.ndim, operation)
  const extent = (shape: Shape, spec: readonly number[], dilation: readonly number[]): number[] =>
    spec.slice(2).map((axis, i) => dilatedSize(shape[axis] ?? 0, dilation[i] ?? 1))
  return ops.conv(x, kernel, {
    ...numbers,
    strides: windowStrides,
    padding: pads(
      padding,
      extent(x.shape, numbers.lhsSpec, lhsDilation),
      extent(kernel.shape, numbers.rhsSpec, rhsDilation),
      windowStrides,
    ),
    lhsDilation,
    rhsDilation,
    featureGroups: featureGroupCount,
    batchGroups: batchGroupCount,
  })
}

/** A convolution of NCHW-like `lhs` with OIHW-like `rhs`. */
export const conv = (
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
): NDArray => convGeneralDilated(lhs, rhs, windowStrides, padding)

/** `convGeneralDilated` with the dilations as positional arguments. */
export const convWithGeneralPadding = (
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: Padding,
  lhsDilation: readonly number[],
  rhsDilation: readonly number[],
): NDArray => convGeneralDilated(lhs, rhs, windowStrides, padding, { lhsDilation, rhsDilation })

export interface ConvTransposeOptions extends Pick<ConvOptions, 'rhsDilation' | 'dimensionNumbers'> {
  /** The kernel is that of the forward convolution: its spatial axes are reversed and its features swapped. */
  readonly transposeKernel?: boolean
}

/** The padding of the dilated input that makes the shape of the forward convolution's input. */
function transposePadding(
  padding: Padding,
  k: readonly number[],
  strides: readonly number[],
): readonly (readonly [number, number])[] {
  if (typeof padding !== 'string') return padding
  return k.map((size, i) => {
    const stride = strides[i] ?? 1
    const total = size + stride - 2 + (padding === 'VALID' ? Math.max(size - stride, 0) : 0)
    const low = padding === 'VALID' || stride > size - 1 ? size - 1 : Math.ceil(total / 2)
    return [low, total - low]
  })
}

/**
 * The transposed convolution, which upsamples by `strides`. Source: jax.lax.conv_transpose.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * lax.convTranspose(np.ones([1, 1, 4]), np.ones([2, 1, 3]), [2], 'SAME').shape // [1, 2, 8]
 * ```
 */
export function convTranspose(
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: Padding,
  options: ConvTransposeOptions = {},
): NDArray {
  const kernel = asArray(rhs, 'lax.convTranspose')
  const { rhsDilation = ones(strides.length), dimensionNumbers, transposeKernel = false } = options
  const { rhsSpec } =
    dimensionNumbers === undefined
      ? defaultSpecs(kernel.ndim)
      : specs(dimensionNumbers, kernel.ndim, 'lax.convTranspose')
  const k = rhsSpec.slice(2).map((axis, i) => dilatedSize(kernel.shape[axis] ?? 0, rhsDilation[i] ?? 1))
  const swap = range(kernel.ndim).map((axis) =>
    axis === rhsSpec[0] ? (rhsSpec[1] ?? 0) : axis === rhsSpec[1] ? (rhsSpec[0] ?? 0) : axis,
  )
  const used = transposeKernel ? ops.transpose(ops.reverse(kernel, rhsSpec.slice(2)), swap) : kernel
  const forward = dimensionNumbers === undefined ? {} : { dimensionNumbers }
  return convGeneralDilated(lhs, used, ones(strides.length), transposePadding(padding, k, strides), {
    lhsDilation: strides,
    rhsDilation,
    ...forward,
  })
}

/** The patches under each window of NCHW-like `lhs`, as features: [batch, features · window, spatial…]. */
export function convGeneralDilatedPatches(
  lhs: ArrayLike,
  filterShape: readonly number[],
  windowStrides: readonly number[],
  padding: Padding,
): NDArray {
  const x = asArray(lhs, 'lax.convGeneralDilatedPatches')
  const padded = ops.pad(x, constant(0, x.dtype), [
    ...[0, 0].map(() => ({ low: 0, high: 0, interior: 0 })),
    ...pads(padding, x.shape.slice(2), filterShape, windowStrides).map(([low, high]) => ({
      low,
      high,
      interior: 0,
    })),
  ])
  const all = ops.windows(padded, {
    sizes: [1, 1, ...filterShape],
    strides: [1, 1, ...windowStrides],
    dilations: ones(x.ndim),
  })
  const [batch, features, ...space] = all.shape.slice(0, x.ndim)
  const grouped = ops.reshape(all, [batch ?? 1, features ?? 1, ...space, ...filterShape])
  const moved = ops.transpose(grouped, [
    0,
    1,
    ...range(filterShape.length).map((i) => x.ndim + i),
    ...range(space.length).map((i) => i + 2),
  ])
  return ops.reshape(moved, [batch ?? 1, (features ?? 1) * sizeOf(filterShape), ...space])
}

/**
 * `computation`, a function from one window (of shape `windowDimensions`) to a scalar, of every window of the
 * trailing axes of `operand` that fits. Windows are views: nothing is copied for sums, maxima and the like.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * lax.reduceWindow(np.arange(8), (w) => np.max(w), [2], [2]).js() // [1, 3, 5, 7]
 * ```
 */
export function reduceWindow(
  operand: ArrayLike,
  computation: (window: NDArray) => NDArray,
  windowDimensions: readonly number[],
  windowStrides: readonly number[] = ones(windowDimensions.length),
): NDArray {
  const x = asArray(operand, 'lax.reduceWindow')
  const lead = x.ndim - windowDimensions.length
  if (lead < 0)
    fail('shape', {
      operation: 'lax.reduceWindow',
      shapes: [x.shape, windowDimensions],
      expected: 'a window with no more axes than the operand',
    })
  const all = ops.windows(x, {
    sizes: [...ones(lead), ...windowDimensions],
    strides: [...ones(lead), ...windowStrides],
    dilations: ones(x.ndim),
  })
  const outer = x.shape.map((n, i) =>
    i < lead ? n : windowCount(n, windowDimensions[i - lead] ?? 1, windowStrides[i - lead] ?? 1, 1),
  )
  // One axis after the other, so that elements are still found by multiples of the strides.
  const each = outer.reduce<(window: NDArray) => NDArray>((f) => vmap(f), computation)
  return each(ops.reshape(all, [...outer, ...windowDimensions]))
}
