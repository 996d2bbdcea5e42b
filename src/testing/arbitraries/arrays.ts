/**
 * Shapes, arrays on the default device, and trees of arrays.
 */

import * as fc from 'fast-check'
import { bitsOf, isFloat, isUnsigned, type DType } from '../../core/dtype.js'
import type { NDArray } from '../../core/ndarray.js'
import { sizeOf, type Shape } from '../../core/shape.js'
import type { Tree } from '../../core/tree.js'
import { arrayOf } from '../sampling.js'

export interface ShapeOptions {
  readonly minRank?: number
  readonly maxRank?: number
  /** The smallest size of an axis: 0 allows empty arrays. Default 1. */
  readonly minSize?: number
  readonly maxSize?: number
}

/**
 * Shapes of up to `maxRank` axes (3) of `minSize` to `maxSize` (1 to 4).
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { numpy as np } from 'cotangent'
 * import { shapes } from 'cotangent/testing/arbitraries'
 * fc.assert(fc.property(shapes(), (shape) => np.zeros(shape).ndim === shape.length))
 * ```
 */
export const shapes = ({
  minRank = 0,
  maxRank = 3,
  minSize = 1,
  maxSize = 4,
}: ShapeOptions = {}): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: minSize, max: maxSize }), {
    minLength: minRank,
    maxLength: Math.max(minRank, maxRank),
  })

/** `count` shapes that broadcast to one. */
export const broadcastableShapes = (count: number, options: ShapeOptions = {}): fc.Arbitrary<Shape[]> =>
  shapes(options).chain((whole) =>
    fc.array(
      fc
        .tuple(
          fc.nat(whole.length),
          fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
        )
        .map(([drop, ones]) => whole.map((n, i) => (ones[i] === true ? 1 : n)).slice(drop)),
      { minLength: count, maxLength: count },
    ),
  )

export interface ArrayOptions extends ShapeOptions {
  /** The shape; random if absent. */
  readonly shape?: Shape
  /** Bounds of the elements: -4 to 4 for floats, the dtype's range cut to ±100 for integers. */
  readonly min?: number
  readonly max?: number
}

/** Arrays of `dtype` with finite elements. */
export function arrays(
  dtype: DType,
  { shape, min, max, ...options }: ArrayOptions = {},
): fc.Arbitrary<NDArray> {
  const element = elements(dtype, min, max)
  const ofShape = (s: Shape): fc.Arbitrary<NDArray> =>
    fc
      .array(element, { minLength: sizeOf(s), maxLength: sizeOf(s) })
      .map((values) => arrayOf(values, s, dtype))
  return shape === undefined ? shapes(options).chain(ofShape) : ofShape(shape)
}

function elements(dtype: DType, min: number | undefined, max: number | undefined): fc.Arbitrary<number> {
  if (isFloat(dtype))
    return fc.double({ min: min ?? -4, max: max ?? 4, noNaN: true, noDefaultInfinity: true })
  if (dtype === 'bool') return fc.integer({ min: 0, max: 1 })
  const low = isUnsigned(dtype) ? 0 : -100
  return fc.integer({ min: min ?? low, max: max ?? (bitsOf(dtype) === 8 ? 100 : 1000) })
}

/** Trees with leaves of `leaf`: lists, objects and null, up to three levels deep. */
export function trees<L>(leaf: fc.Arbitrary<L>): fc.Arbitrary<Tree<L>> {
  const level = (depth: number): fc.Arbitrary<Tree<L>> => {
    if (depth === 0) return leaf
    const child = level(depth - 1)
    const key = fc.constantFrom('w', 'b', 'x', 'layer1', 'layer10', 'layer2')
    return fc.oneof(
      leaf,
      fc.constant(null),
      fc.array(child, { maxLength: 3 }),
      fc.dictionary(key, child, { maxKeys: 3, noNullPrototype: true }),
    )
  }
  return level(3)
}
