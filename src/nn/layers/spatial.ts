/**
 * What convolutions and pooling share: one number or a list for each spatial axis, and the letters of the axes of
 * channels-last arrays.
 */

import { fail } from '../../core/errors.js'
import type { Shape } from '../../core/shape.js'
import type { ConvDimensionNumbers } from '../../lax/convolution.js'

/** One number for all spatial axes, or one for each. */
export type Sizes = number | readonly number[]

/** The spatial axes of examples [...spatial, channels]; an error unless there are as many as `sizes` has, or at least one. */
export function spatialRank(operation: string, inputShape: Shape, sizes: Sizes): number {
  const rank = inputShape.length - 1
  if (rank >= 1 && (typeof sizes === 'number' || sizes.length === rank)) return rank
  const wanted = typeof sizes === 'number' ? 'at least one spatial axis' : `${sizes.length} spatial axes`
  return fail('shape', {
    operation,
    shapes: [inputShape],
    expected: `examples with ${wanted} and channels last`,
    fix: 'The input shape is that of one example, without the batch.',
  })
}

/** `sizes` as a list of `rank` whole numbers >= 1. */
export function perAxis(operation: string, argument: string, sizes: Sizes, rank: number): readonly number[] {
  const list = typeof sizes === 'number' ? new Array<number>(rank).fill(sizes) : sizes
  if (list.length === rank && list.every((n) => Number.isInteger(n) && n >= 1)) return list
  return fail('argument', {
    operation,
    argument,
    received: JSON.stringify(sizes),
    expected: `a whole number >= 1, or a list of ${rank} of them`,
  })
}

/** Letters of channels-last images and their kernels: NWC, NHWC or NDHWC with WIO, HWIO or DHWIO. */
export function channelsLast(operation: string, rank: number): ConvDimensionNumbers {
  const space = ['W', 'HW', 'DHW'][rank - 1]
  if (space !== undefined) return [`N${space}C`, `${space}IO`, `N${space}C`]
  return fail('argument', {
    operation,
    argument: 'the number of spatial axes',
    received: String(rank),
    expected: '1, 2 or 3',
  })
}
