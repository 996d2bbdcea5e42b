/**
 * Discrete distributions: coins, signs, integers in a range, numbers of trials.
 */

import { constant } from '../core/constants.js'
import { integerRange, isInteger, isUnsigned, type DType, type IntDType } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike, NDArray } from '../core/ndarray.js'
import * as ops from '../core/ops.js'
import type { Shape } from '../core/shape.js'
import { asArray, asFloat } from '../numpy/promote.js'
import { split, type Key } from './key.js'
import { bits, checkFloat, parameter, resultShape, uniform } from './uniform.js'

/**
 * Bools that are true with probability `p`, which broadcasts to `shape` (default: p's own shape).
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * random.bernoulli(random.key(0), 0.3, [5]).dtype // 'bool'
 * ```
 */
export function bernoulli(key: Key, p: ArrayLike = 0.5, shape: Shape | null = null): NDArray {
  const operation = 'random.bernoulli'
  const chance = asFloat(p, operation)
  const out = resultShape(shape, [chance], operation)
  const dtype = checkFloat(chance.dtype, operation)
  return ops.lt(uniform(key, out, { dtype }), parameter(chance, out, dtype, operation))
}

export interface RademacherOptions {
  readonly shape?: Shape
  /** default int32 */
  readonly dtype?: DType
}

/** -1 or 1, equally likely. */
export function rademacher(key: Key, { shape = [], dtype = 'int32' }: RademacherOptions = {}): NDArray {
  if (isUnsigned(dtype) || dtype === 'bool')
    fail('dtype', { operation: 'random.rademacher', dtypes: [dtype], expected: 'a signed dtype' })
  return ops.select(bernoulli(key, 0.5, shape), constant(1, dtype, shape), constant(-1, dtype, shape))
}

export interface RandintOptions {
  readonly minval: ArrayLike
  /** Exclusive. */
  readonly maxval: ArrayLike
  /** default: the shape of the bounds */
  readonly shape?: Shape
  /** default int32 */
  readonly dtype?: IntDType
}

/**
 * Integers in [minval, maxval), each equally likely up to 2⁻³² (two words are drawn for each).
 *
 * @example
 * ```ts
 * import { random } from 'cotangent'
 * const dice = random.randint(random.key(0), { minval: 1, maxval: 7, shape: [5] })
 * ```
 */
export function randint(key: Key, { minval, maxval, shape, dtype = 'int32' }: RandintOptions): NDArray {
  const operation = 'random.randint'
  if (!isInteger(dtype)) fail('dtype', { operation, dtypes: [dtype], expected: 'an integer dtype' })
  const out = resultShape(shape, [minval, maxval], operation)
  // Narrow integers are drawn as wide ones of the same sign.
  const wide = isUnsigned(dtype) ? 'uint32' : 'int32'
  const whole = (x: ArrayLike): NDArray =>
    parameter(checkInteger(clipped(x, dtype), operation), out, wide, operation)
  const [low, high] = [whole(minval), whole(maxval)]
  // A maxval one past the largest integer was clipped; its span is one larger.
  const beyond = typeof maxval === 'number' && maxval > integerRange(dtype).max ? 1 : 0
  const word = (value: number): NDArray => constant(value, 'uint32', out)
  const difference = ops.add(ops.convert(ops.sub(high, low), 'uint32'), word(beyond))
  const span = ops.select(ops.le(high, low), word(1), difference)
  const [k0, k1] = [...split(key)] as [Key, Key]
  // (2³² · upper + lower) mod span, without leaving 32 bits: 2³² mod span is (2¹⁶ mod span)² mod span.
  const half = ops.rem(word(2 ** 16), span)
  const multiplier = ops.rem(ops.mul(half, half), span)
  const upper = ops.mul(ops.rem(bits(k0, out), span), multiplier)
  const offset = ops.rem(ops.add(upper, ops.rem(bits(k1, out), span)), span)
  return ops.convert(ops.add(low, ops.convert(offset, wide)), dtype)
}

/** Bounds given as numbers are clipped to what the dtype holds. */
function clipped(x: ArrayLike, dtype: IntDType): ArrayLike {
  if (typeof x !== 'number') return x
  const { min, max } = integerRange(dtype)
  return Math.min(Math.max(x, min), max)
}

function checkInteger(x: ArrayLike, operation: string): ArrayLike {
  const whole = typeof x === 'number' ? Number.isInteger(x) : isInteger(asArray(x, operation).dtype)
  if (whole) return x
  const received = typeof x === 'number' ? String(x) : asArray(x, operation).dtype
  return fail('argument', {
    operation,
    argument: 'minval and maxval',
    received,
    expected: 'whole numbers or integer arrays',
  })
}

export interface GeometricOptions {
  readonly shape?: Shape
}

/** The number of trials up to the first success of probability `p`: ⌊log u / log(1 - p)⌋ + 1, as int32. */
export function geometric(key: Key, p: ArrayLike, { shape }: GeometricOptions = {}): NDArray {
  const operation = 'random.geometric'
  const chance = asFloat(p, operation)
  const out = resultShape(shape, [chance], operation)
  const dtype = checkFloat(chance.dtype, operation)
  const u = uniform(key, out, { dtype })
  const trials = ops.floor(ops.div(ops.log(u), ops.log1p(ops.neg(parameter(chance, out, dtype, operation)))))
  return ops.convert(ops.add(trials, constant(1, dtype, out)), 'int32')
}
