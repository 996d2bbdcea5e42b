/**
 * Transposes of windows and convolutions. The cotangent of a convolution's lhs is a convolution of the cotangent
 * with the reversed kernel; that of its kernel is a convolution of the lhs with the cotangent.
 */

import { foldAxis, unfoldAxis } from '../../core/axes.js'
import type { NDArray } from '../../core/ndarray.js'
import { conv, overlapAdd, reverse, windows } from '../../core/ops.js'
import { dilatedSize, type ConvParams, type WindowSigs } from '../../core/primitives/window.js'
import type { Shape } from '../../core/shape.js'
import { isLinear, type TransposeTable } from '../rules.js'
import { known, zeros } from './helpers.js'

const swapped = (spec: readonly number[]): number[] => [spec[1] ?? 0, spec[0] ?? 0, ...spec.slice(2)]
const spatial = (shape: Shape, spec: readonly number[]): number[] =>
  spec.slice(2).map((axis) => shape[axis] ?? 0)

interface Extents {
  readonly lhs: readonly number[]
  readonly rhs: readonly number[]
  readonly out: readonly number[]
}

/** Sizes along the spatial axes, with the holes that dilations and strides make. */
function extents(lhs: Shape, rhs: Shape, ct: Shape, p: ConvParams): Extents {
  return {
    lhs: spatial(lhs, p.lhsSpec).map((n, i) => dilatedSize(n, p.lhsDilation[i] ?? 1)),
    rhs: spatial(rhs, p.rhsSpec).map((n, i) => dilatedSize(n, p.rhsDilation[i] ?? 1)),
    out: spatial(ct, p.outSpec).map((n, i) => dilatedSize(n, p.strides[i] ?? 1)),
  }
}

/** Groups move from the kernel's output features to its input features. */
const regrouped = (rhs: NDArray, p: ConvParams, groups: number): NDArray => {
  const [outputs, inputs] = [p.rhsSpec[0] ?? 0, p.rhsSpec[1] ?? 0]
  return groups === 1 ? rhs : foldAxis(unfoldAxis(rhs, outputs, groups), outputs, inputs)
}

function lhsCotangent(ct: NDArray, lhs: Shape, rhs: NDArray, p: ConvParams): NDArray {
  const groups = p.featureGroups * p.batchGroups
  const size = extents(lhs, rhs.shape, ct.shape, p)
  const padding = p.padding.map(([low], i) => {
    const before = (size.rhs[i] ?? 0) - low - 1
    return [before, (size.lhs[i] ?? 0) + (size.rhs[i] ?? 0) - 1 - (size.out[i] ?? 0) - before] as const
  })
  const kernel = reverse(regrouped(rhs, p, groups), p.rhsSpec.slice(2))
  const product = conv(ct, kernel, {
    strides: p.lhsDilation,
    padding,
    lhsDilation: p.strides,
    rhsDilation: p.rhsDilation,
    lhsSpec: p.outSpec,
    rhsSpec: swapped(p.rhsSpec),
    outSpec: p.lhsSpec,
    featureGroups: groups,
    batchGroups: 1,
  })
  if (p.batchGroups === 1) return product
  const [batch, features] = [p.lhsSpec[0] ?? 0, p.lhsSpec[1] ?? 0]
  return foldAxis(unfoldAxis(product, features, p.batchGroups), features, batch)
}

function rhsCotangent(ct: NDArray, lhs: NDArray, rhs: Shape, p: ConvParams): NDArray {
  const size = extents(lhs.shape, rhs, ct.shape, p)
  const padding = p.padding.map(
    ([low], i) => [low, (size.out[i] ?? 0) + (size.rhs[i] ?? 0) - (size.lhs[i] ?? 0) - 1 - low] as const,
  )
  return conv(lhs, ct, {
    strides: p.rhsDilation,
    padding,
    lhsDilation: p.lhsDilation,
    rhsDilation: p.strides,
    lhsSpec: swapped(p.lhsSpec),
    rhsSpec: swapped(p.outSpec),
    outSpec: swapped(p.rhsSpec),
    featureGroups: p.batchGroups,
    batchGroups: p.featureGroups,
  })
}

export const window: TransposeTable<keyof WindowSigs> = {
  conv: ([ct], [lhs, rhs], params) => {
    if (ct === null) return [null, null]
    if (isLinear(lhs)) {
      return [ct.size === 0 ? zeros(lhs) : lhsCotangent(ct, lhs.aval.shape, known('conv', rhs), params), null]
    }
    return [null, ct.size === 0 ? zeros(rhs) : rhsCotangent(ct, lhs, rhs.aval.shape, params)]
  },
  windows: ([ct], [x], params) => [ct === null ? null : overlapAdd(ct, { ...params, shape: x.aval.shape })],
  overlapAdd: ([ct], _, { sizes, strides, dilations }) => [
    ct === null ? null : windows(ct, { sizes, strides, dilations }),
  ],
}
