/**
 * An abstract value, what a program knows of an array before it runs: shape and dtype.
 * Avals are interned, so that equality is identity and a cache key is a list of references.
 */

import { shortName, type DType } from './dtype.js'
import { sizeOf, type Shape } from './shape.js'

export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
  /** Number of elements. */
  readonly size: number
  /** A small number unique to this aval, for cache keys. */
  readonly id: number
}

const interned = new Map<string, Aval>()

/** The one aval of this shape and dtype. */
export function avalOf(shape: Shape, dtype: DType): Aval {
  const key = `${dtype}:${shape.join(',')}`
  const known = interned.get(key)
  if (known !== undefined) return known
  const made: Aval = Object.freeze({
    shape: Object.freeze([...shape]),
    dtype,
    size: sizeOf(shape),
    id: interned.size,
  })
  interned.set(key, made)
  return made
}

/** `f32[2,3]`. */
export const showAval = (aval: Aval): string => `${shortName(aval.dtype)}[${aval.shape.join(',')}]`
