/**
 * Windows: convolution, the view of all windows of an array, and its transpose. Window number o along an axis
 * covers the elements o·stride + w·dilation for w = 0, 1, … (size - 1).
 */

import { avalOf, type Aval } from '../aval.js'
import { fail } from '../errors.js'
import { sameShape, type Shape } from '../shape.js'
import type { AbstractTable, Sig } from './signature.js'

/** One entry for each axis of the operand; axes without windows have size, stride and dilation 1. */
export interface WindowParams {
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}

/**
 * A convolution in XLA's general form. A spec lists axes: batch (for rhs: output feature), feature (for rhs:
 * input feature), then the spatial axes. At most one of the group counts is above 1.
 */
export interface ConvParams {
  readonly strides: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly lhsSpec: readonly number[]
  readonly rhsSpec: readonly number[]
  readonly outSpec: readonly number[]
  readonly featureGroups: number
  readonly batchGroups: number
}

export interface WindowSigs {
  conv: Sig<2, 1, ConvParams>
  /** [d…] → [windows along each axis…, elements of a window along each axis…]. */
  windows: Sig<1, 1, WindowParams>
  /** The transpose of `windows`: adds every window's elements where they came from, in an array of `shape`. */
  overlapAdd: Sig<1, 1, WindowParams & { readonly shape: Shape }>
}

/** The extent of `n` elements with `dilation - 1` holes between neighbours. */
export const dilatedSize = (n: number, dilation: number): number => (n === 0 ? 0 : (n - 1) * dilation + 1)

/** How many windows fit. */
export function windowCount(n: number, size: number, stride: number, dilation: number): number {
  const extent = dilatedSize(size, dilation)
  return n < extent ? 0 : Math.floor((n - extent) / stride) + 1
}

const specAxis = (shape: Shape, spec: readonly number[], i: number): number => shape[spec[i] ?? -1] ?? 0

function checkConv(lhs: Aval, rhs: Aval, p: ConvParams): void {
  const rank = lhs.shape.length
  const spatial = rank - 2
  const isSpec = (spec: readonly number[]): boolean =>
    spec.length === rank && [...spec].sort((a, b) => a - b).every((axis, i) => axis === i)
  const counts = [p.strides, p.padding, p.lhsDilation, p.rhsDilation]
  if (
    rank < 2 ||
    rhs.shape.length !== rank ||
    ![p.lhsSpec, p.rhsSpec, p.outSpec].every(isSpec) ||
    counts.some((list) => list.length !== spatial)
  ) {
    fail('shape', {
      operation: 'conv',
      shapes: [lhs.shape, rhs.shape],
      expected:
        'operands of one rank >= 2, specs that name every axis once, and a stride, padding and dilation for each spatial axis',
    })
  }
  if (lhs.dtype !== rhs.dtype || lhs.dtype === 'bool')
    fail('dtype', {
      operation: 'conv',
      dtypes: [lhs.dtype, rhs.dtype],
      expected: 'operands of one number dtype',
      fix: 'Convert with astype.',
    })
  const [batch, features] = [specAxis(lhs.shape, p.lhsSpec, 0), specAxis(lhs.shape, p.lhsSpec, 1)]
  const [outputs, inputs] = [specAxis(rhs.shape, p.rhsSpec, 0), specAxis(rhs.shape, p.rhsSpec, 1)]
  if (
    features !== inputs * p.featureGroups ||
    outputs % (p.featureGroups * p.batchGroups) !== 0 ||
    batch % p.batchGroups !== 0
  ) {
    fail('shape', {
      operation: 'conv',
      shapes: [lhs.shape, rhs.shape],
      expected: `${inputs * p.featureGroups} input features (${inputs} of rhs × ${p.featureGroups} groups), and output features and batch divisible by their groups; lhs has ${features} features`,
      fix: 'Check the dimension numbers and featureGroupCount.',
    })
  }
  if ([...p.strides, ...p.lhsDilation, ...p.rhsDilation].some((n) => !(n >= 1))) {
    fail('argument', {
      operation: 'conv',
      argument: 'strides and dilations',
      received: `[${p.strides.join(', ')}], [${p.lhsDilation.join(', ')}], [${p.rhsDilation.join(', ')}]`,
      expected: 'whole numbers >= 1',
    })
  }
}

export const windowAbstract: AbstractTable<WindowSigs> = {
  conv: ([lhs, rhs], p) => {
    checkConv(lhs, rhs, p)
    const shape = new Array<number>(lhs.shape.length).fill(0)
    shape[p.outSpec[0] ?? 0] = specAxis(lhs.shape, p.lhsSpec, 0) / p.batchGroups
    shape[p.outSpec[1] ?? 1] = specAxis(rhs.shape, p.rhsSpec, 0)
    p.strides.forEach((stride, i) => {
      const [low, high] = p.padding[i] ?? [0, 0]
      const n = Math.max(
        0,
        dilatedSize(specAxis(lhs.shape, p.lhsSpec, i + 2), p.lhsDilation[i] ?? 1) + low + high,
      )
      shape[p.outSpec[i + 2] ?? 0] = windowCount(
        n,
        specAxis(rhs.shape, p.rhsSpec, i + 2),
        stride,
        p.rhsDilation[i] ?? 1,
      )
    })
    return [avalOf(shape, lhs.dtype)]
  },
  windows: ([x], { sizes, strides, dilations }) => {
    const rank = x.shape.length
    if ([sizes, strides, dilations].some((list) => list.length !== rank || list.some((n) => !(n >= 1)))) {
      fail('argument', {
        operation: 'windows',
        argument: 'window',
        received: `sizes [${sizes.join(', ')}], strides [${strides.join(', ')}], dilations [${dilations.join(', ')}]`,
        expected: `${rank} whole numbers >= 1 each`,
      })
    }
    return [
      avalOf(
        [
          ...x.shape.map((n, i) => windowCount(n, sizes[i] ?? 1, strides[i] ?? 1, dilations[i] ?? 1)),
          ...sizes,
        ],
        x.dtype,
      ),
    ]
  },
  overlapAdd: ([ct], p) => {
    const expected = [
      ...p.shape.map((n, i) => windowCount(n, p.sizes[i] ?? 1, p.strides[i] ?? 1, p.dilations[i] ?? 1)),
      ...p.sizes,
    ]
    if (!sameShape(ct.shape, expected))
      fail('shape', {
        operation: 'overlapAdd',
        shapes: [ct.shape, expected],
        expected: 'one element for each element of each window',
      })
    return [avalOf(p.shape, ct.dtype)]
  },
}
