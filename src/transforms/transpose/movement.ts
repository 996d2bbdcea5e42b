/** Transposes of the movement primitives: what went somewhere comes back; what was repeated is summed. */

import { constant } from '../../core/constants.js'
import type { NDArray } from '../../core/ndarray.js'
import { pad, reduceSum, reshape, reverse, slice, sub, untranspose } from '../../core/ops.js'
import type { MovementSigs, PadAxis } from '../../core/primitives/movement.js'
import { range, type Shape } from '../../core/shape.js'
import { isLinear, notLinear, type TransposeTable } from '../rules.js'

const zero = (like: NDArray): NDArray => constant(0, like.dtype)
const sumAll = (x: NDArray): NDArray => reduceSum(x, range(x.ndim))

/** Sums over axes that the operand does not have, or has with size 1. */
function unbroadcast(ct: NDArray, operand: Shape, broadcastDimensions: readonly number[]): NDArray {
  const summed = range(ct.ndim).filter((axis) => {
    const from = broadcastDimensions.indexOf(axis)
    return from < 0 || (operand[from] === 1 && ct.shape[axis] !== 1)
  })
  return reshape(reduceSum(ct, summed), operand)
}

/** The elements of `ct` that a padded operand's own elements went to. */
function unpad(ct: NDArray, config: readonly PadAxis[]): NDArray {
  const cropped = pad(
    ct,
    zero(ct),
    config.map(({ low, high }) => ({ low: -low, high: -high, interior: 0 })),
  )
  return slice(
    cropped,
    cropped.shape.map(() => 0),
    cropped.shape,
    config.map(({ interior }) => interior + 1),
  )
}

/** Puts a slice back, with zeros where nothing was taken. */
function unslice(ct: NDArray, operand: Shape, start: readonly number[], strides: readonly number[]): NDArray {
  const config = operand.map((n, i): PadAxis => {
    const [low, stride, count] = [start[i] ?? 0, strides[i] ?? 1, ct.shape[i] ?? 0]
    const covered = count === 0 ? 0 : (count - 1) * stride + 1
    return { low, high: n - low - covered, interior: stride - 1 }
  })
  return pad(ct, zero(ct), config)
}

export const movement: TransposeTable<keyof MovementSigs> = {
  broadcastInDim: ([ct], [x], { broadcastDimensions }) => [
    ct === null ? null : unbroadcast(ct, x.aval.shape, broadcastDimensions),
  ],
  reshape: ([ct], [x]) => [ct === null ? null : reshape(ct, x.aval.shape)],
  transpose: ([ct], _, { permutation }) => [ct === null ? null : untranspose(ct, permutation)],
  slice: ([ct], [x], { start, strides }) => [ct === null ? null : unslice(ct, x.aval.shape, start, strides)],
  pad: ([ct], [x, value], { config }) => {
    if (ct === null) return [null, null]
    const inside = unpad(ct, config)
    return [isLinear(x) ? inside : null, isLinear(value) ? sub(sumAll(ct), sumAll(inside)) : null]
  },
  concatenate: ([ct], xs, { dimension }) => {
    let at = 0
    return xs.map((x) => {
      const from = at
      const to = from + (x.aval.shape[dimension] ?? 0)
      at = to
      if (ct === null || !isLinear(x)) return null
      return slice(
        ct,
        ct.shape.map((_, i) => (i === dimension ? from : 0)),
        ct.shape.map((n, i) => (i === dimension ? to : n)),
      )
    })
  },
  reverse: ([ct], _, { dimensions }) => [ct === null ? null : reverse(ct, dimensions)],
  iota: notLinear,
}
