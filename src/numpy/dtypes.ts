/**
 * Questions about dtypes: promotion and numeric limits. Plain values, no arrays.
 */

import {
  bitsOf,
  floatInfo,
  integerRange,
  isFloat,
  isInteger,
  promoteTypes as promotePair,
  type DType,
  type FloatInfo,
} from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { ArrayLike } from '../core/ndarray.js'
import { checkDType, resultDType } from './promote.js'

/** The dtype at which two dtypes meet, by JAX's lattice. */
export const promoteTypes = (dtype1: DType, dtype2: DType): DType =>
  promotePair(checkDType(dtype1, 'promoteTypes'), checkDType(dtype2, 'promoteTypes'))

/** The dtype at which arrays, numbers (weakly) and dtypes meet. */
export const resultType = (...arraysOrDtypes: (ArrayLike | DType)[]): DType =>
  resultDType(arraysOrDtypes, 'resultType')

export interface FloatLimits extends FloatInfo {
  readonly smallestNormal: number
}

/** Limits of a float dtype: bits, eps (spacing at 1), max, min, smallestNormal (also called tiny). */
export function finfo(dtype: DType): FloatLimits {
  const checked = checkDType(dtype, 'finfo')
  if (!isFloat(checked))
    return fail('dtype', {
      operation: 'finfo',
      dtypes: [checked],
      expected: 'a float dtype',
      fix: 'Use iinfo for integers.',
    })
  const info = floatInfo(checked)
  return { ...info, smallestNormal: info.tiny }
}

export interface IntegerInfo {
  readonly bits: number
  readonly min: number
  readonly max: number
}

/** Limits of an integer dtype: bits, min, max. */
export function iinfo(dtype: DType): IntegerInfo {
  const checked = checkDType(dtype, 'iinfo')
  if (!isInteger(checked))
    return fail('dtype', {
      operation: 'iinfo',
      dtypes: [checked],
      expected: 'an integer dtype',
      fix: 'Use finfo for floats.',
    })
  return { bits: bitsOf(checked), ...integerRange(checked) }
}
