/**
 * Numbers for tests: a small seeded generator, and arrays drawn from it. They come from the host, so that a check
 * does not lean on the library's own random numbers.
 */

import { avalOf } from '../core/aval.js'
import { currentDevice } from '../core/device.js'
import { hostArray, isFloat, roundTo, type DType } from '../core/dtype.js'
import type { ConcreteArray } from '../core/ndarray.js'
import { sizeOf, type Shape } from '../core/shape.js'

/** Gives numbers in [0, 1). */
export type Sampler = () => number

/** splitmix32 (Steele, Lea, Flood 2014, in 32 bits). */
export function sampler(seed: number): Sampler {
  let state = seed | 0
  return () => {
    state = (state + 0x9e37_79b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
}

/** A normal deviate, by Box and Muller. */
export const normal = (next: Sampler): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

/** An array of these numbers, rounded to `dtype`, on the default device. */
export function arrayOf(values: readonly number[], shape: Shape, dtype: DType): ConcreteArray {
  const data = hostArray(dtype, values.length)
  values.forEach((value, i) => {
    data[i] = roundTo(dtype, value)
  })
  return currentDevice().put(avalOf(shape, dtype), data)
}

/** Normal deviates for a float dtype, small whole numbers for the others. */
export function randomArray(next: Sampler, shape: Shape, dtype: DType): ConcreteArray {
  const draw = isFloat(dtype) ? () => normal(next) : () => Math.floor(next() * (dtype === 'bool' ? 2 : 8))
  return arrayOf(Array.from({ length: sizeOf(shape) }, draw), shape, dtype)
}
