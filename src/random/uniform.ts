/**
 * Random bits and the uniform distribution, from which all other distributions are made.
 * key, shape → uint32 words, or floats in [minval, maxval).
 */

import { constant } from '../core/constants.js'
import { floatInfo, isFloat, type DType, type FloatDType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import { broadcastShapes, checkShape, sameShape, type Shape } from '../core/shape.js'
import { asArray, broadcastArray } from '../numpy/promote.js'
import { blockWords, type Key } from './key.js'

export interface FloatOptions {
  /** The dtype of the result; default float32. */
  readonly dtype?: FloatDType
}

export interface UniformOptions extends FloatOptions {
  readonly minval?: ArrayLike
  readonly maxval?: ArrayLike
}

/**
 * Random 32-bit words: uint32 of `shape`, each equally likely.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * random.bits(random.key(0), [3]).dtype // 'uint32'
 * ```
 */
export function bits(key: Key, shape: Shape = []): NDArray {
  checkShape(shape, 'random.bits')
  return wordBits(key, shape, 'random.bits')
}

function wordBits(key: Key, shape: Shape, operation: string): NDArray {
  const [a, b] = blockWords(key, shape, operation)
  return ops.xor(a, b)
}

const mantissaBits = { bfloat16: 7, float16: 10, float32: 23 } as const
/** How many low bits of a word JAX draws for a dtype; the mantissa is their upper end. */
const drawnBits = { bfloat16: 8, float16: 16, float32: 32 } as const

/** Multiples of 2^-mantissa in [0, 1), each equally likely. */
function unitInterval(key: Key, shape: Shape, dtype: FloatDType, operation: string): NDArray {
  const word = (value: number): NDArray => constant(value, 'uint32', shape)
  if (dtype === 'float64') {
    const [high, low] = blockWords(key, shape, operation).map((w) => ops.convert(w, 'float64')) as [
      NDArray,
      NDArray,
    ]
    const upper = ops.mul(high, constant(2 ** 20, 'float64', shape))
    const lower = ops.floor(ops.mul(low, constant(2 ** -12, 'float64', shape)))
    return ops.mul(ops.add(upper, lower), constant(2 ** -52, 'float64', shape))
  }
  const random = wordBits(key, shape, operation)
  const shifted = ops.shiftRightLogical(random, word(drawnBits[dtype] - mantissaBits[dtype]))
  if (dtype === 'float32') {
    // With the exponent of 1 the bits are a float in [1, 2).
    return ops.sub(ops.bitcast(ops.or(shifted, word(0x3f800000)), 'float32'), constant(1, 'float32', shape))
  }
  const fraction = ops.convert(ops.and(shifted, word(2 ** mantissaBits[dtype] - 1)), 'float32')
  return ops.convert(ops.mul(fraction, constant(2 ** -mantissaBits[dtype], 'float32', shape)), dtype)
}

/** Checks the dtype and fits a parameter of a distribution to the shape of the result. */
export function parameter(x: ArrayLike, shape: Shape, dtype: DType, operation: string): NDArray {
  const array = ops.convert(asArray(x, operation, dtype), dtype)
  if (!sameShape(broadcastShapes([array.shape, shape], operation), shape)) {
    fail('shape', {
      operation,
      shapes: [array.shape, shape],
      expected: 'parameters that broadcast to the shape of the result',
    })
  }
  return broadcastArray(array, shape)
}

/** The shape asked for, or the one that the parameters broadcast to. */
export function resultShape(
  shape: Shape | null | undefined,
  parameters: readonly ArrayLike[],
  operation: string,
): Shape {
  if (shape === null || shape === undefined)
    return broadcastShapes(
      parameters.map((x) => asArray(x, operation).shape),
      operation,
    )
  checkShape(shape, operation)
  return shape
}

export function checkFloat(dtype: DType, operation: string): FloatDType {
  return isFloat(dtype) ? dtype : fail('dtype', { operation, dtypes: [dtype], expected: 'a float dtype' })
}

/** The float next to -1 towards 0: the lower end of open intervals (-1, 1). */
export const aboveMinusOne = (dtype: FloatDType): number => floatInfo(dtype).eps / 2 - 1

/**
 * Floats in [minval, maxval), each equally likely. Differentiable in `minval` and `maxval`.
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * random.uniform(random.key(0), [2, 3], { minval: -1, maxval: 1 }).shape // [2, 3]
 * ```
 */
export function uniform(
  key: Key,
  shape: Shape = [],
  { minval = 0, maxval = 1, dtype = 'float32' }: UniformOptions = {},
): NDArray {
  const operation = 'random.uniform'
  checkShape(shape, operation)
  const unit = unitInterval(key, shape, checkFloat(dtype, operation), operation)
  if (minval === 0 && maxval === 1) return unit
  const low = parameter(minval, shape, dtype, operation)
  const high = parameter(maxval, shape, dtype, operation)
  return ops.max(low, ops.add(ops.mul(unit, ops.sub(high, low)), low))
}
