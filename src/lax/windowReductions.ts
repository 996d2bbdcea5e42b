/**
 * Sums and extremes of the windows of an array: what pooling layers are made of. Windows are views, so nothing is
 * copied; the gradient of an extreme goes to the first element of the window that attains it.
 */

import { constant } from '../core/constants.js'
import { isFloat, type DType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { dilatedSize } from '../core/primitives/window.js'
import { range, sizeOf } from '../core/shape.js'
import { asArray } from '../numpy/promote.js'
import { customJvp, type CustomJvp } from '../transforms/index.js'
import { pads, type Padding } from './convolution.js'

export interface ReduceWindowOptions {
  /** The distance between neighbouring elements of the operand, holes being neutral elements; default 1. */
  readonly baseDilation?: readonly number[]
  /** The distance between neighbouring elements of a window; default 1. */
  readonly windowDilation?: readonly number[]
}

const ones = (n: number): number[] => new Array<number>(n).fill(1)

/** [outer…, window…] as [outer…, elements of the window]. */
function windowsOf(
  operation: string,
  x: NDArray,
  neutral: number,
  sizes: readonly number[],
  strides: readonly number[],
  padding: Padding,
  { baseDilation = ones(x.ndim), windowDilation = ones(x.ndim) }: ReduceWindowOptions,
): NDArray {
  for (const [argument, list] of Object.entries({ sizes, strides, baseDilation, windowDilation })) {
    if (list.length === x.ndim && list.every((n) => Number.isInteger(n) && n >= 1)) continue
    fail('argument', {
      operation,
      argument:
        argument === 'sizes' ? 'windowDimensions' : argument === 'strides' ? 'windowStrides' : argument,
      received: `[${list.join(', ')}]`,
      expected: `${x.ndim} whole numbers >= 1, one for each axis of the operand of shape [${x.shape.join(', ')}]`,
    })
  }
  const extent = x.shape.map((n, i) => dilatedSize(n, baseDilation[i] ?? 1))
  const span = sizes.map((n, i) => dilatedSize(n, windowDilation[i] ?? 1))
  const config = pads(padding, extent, span, strides).map(([low, high], i) => ({
    low,
    high,
    interior: (baseDilation[i] ?? 1) - 1,
  }))
  const isPadded = config.some(({ low, high, interior }) => low !== 0 || high !== 0 || interior !== 0)
  const padded = isPadded ? ops.pad(x, constant(neutral, x.dtype), config) : x
  const all = ops.windows(padded, { sizes, strides, dilations: windowDilation })
  return ops.reshape(all, [...all.shape.slice(0, x.ndim), sizeOf(sizes)])
}

/** The extreme of the last axis; its derivative is that of the first element that attains it. */
function extreme(largest: boolean): CustomJvp<readonly [NDArray], NDArray> {
  const reduce = (all: NDArray): NDArray => (largest ? ops.reduceMax : ops.reduceMin)(all, [all.ndim - 1])
  const custom = customJvp((all: NDArray) => reduce(all))
  return custom.defjvp(([all], [dall]) => {
    const last = all.ndim - 1
    const winner = (largest ? ops.argmax : ops.argmin)(all, last, 'int32')
    const spread = ops.broadcastInDim(winner, all.shape, range(last))
    const isWinner = ops.eq(spread, ops.iota('int32', all.shape, last))
    const kept = ops.select(isWinner, dall, ops.broadcastInDim(constant(0, all.dtype), all.shape, []))
    return [custom(all), ops.reduceSum(kept, [last])]
  })
}
const largestOf = extreme(true)
const smallestOf = extreme(false)

const infinite = (dtype: DType, sign: 1 | -1): number => {
  if (isFloat(dtype)) return sign * Infinity
  if (dtype === 'bool') return sign > 0 ? 1 : 0
  const unsigned = dtype === 'uint32' || dtype === 'uint8'
  const bits = dtype === 'int8' || dtype === 'uint8' ? 8 : 32
  if (unsigned) return sign > 0 ? 2 ** bits - 1 : 0
  return sign > 0 ? 2 ** (bits - 1) - 1 : -(2 ** (bits - 1))
}

/** What `reduce` makes of the elements of every window. */
const overWindows =
  (operation: string, neutral: (dtype: DType) => number, reduce: (all: NDArray) => NDArray) =>
  (
    operand: ArrayLike,
    windowDimensions: readonly number[],
    windowStrides: readonly number[] = ones(windowDimensions.length),
    padding: Padding = 'VALID',
    options: ReduceWindowOptions = {},
  ): NDArray => {
    const x = asArray(operand, operation)
    return reduce(
      windowsOf(operation, x, neutral(x.dtype), windowDimensions, windowStrides, padding, options),
    )
  }

/**
 * The sum of every window of `operand`: shape [windows along each axis…], dtype of the operand. Differentiable.
 * Errors: `argument` where a list does not have a number >= 1 for each axis. Source: jax.lax.reduce_window with add.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * lax.reduceWindowSum(np.ones([4, 4]), [2, 2], [2, 2]).js() // [[4, 4], [4, 4]]
 * ```
 */
export const reduceWindowSum = overWindows(
  'lax.reduceWindowSum',
  () => 0,
  (all) => ops.reduceSum(all, [all.ndim - 1]),
)

/**
 * The largest element of every window of `operand`: shape [windows along each axis…]. Its gradient goes to the first
 * of equal elements. Errors as for `reduceWindowSum`. Source: jax.lax.reduce_window with max (select-and-scatter).
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * lax.reduceWindowMax(np.arange(8), [2], [2]).js() // [1, 3, 5, 7]
 * ```
 */
export const reduceWindowMax = overWindows(
  'lax.reduceWindowMax',
  (dtype) => infinite(dtype, -1),
  (all) => largestOf(all),
)

/**
 * The smallest element of every window of `operand`; everything else as for `reduceWindowMax`.
 *
 * @example
 * ```ts
 * import { lax, numpy as np } from 'cotangent'
 * lax.reduceWindowMin(np.arange(8), [3], [1], 'SAME').js() // [0, 0, 1, 2, 3, 4, 5, 6]
 * ```
 */
export const reduceWindowMin = overWindows(
  'lax.reduceWindowMin',
  (dtype) => infinite(dtype, 1),
  (all) => smallestOf(all),
)
