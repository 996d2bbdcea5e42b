/**
 * Movement: each result element is one element of an operand, found by an index formula.
 */

import { hostArray } from '../../core/dtype.js'
import type { MovementSigs } from '../../core/primitives/movement.js'
import { inversePermutation, stridesOf } from '../../core/shape.js'
import { at, forEachIndex, generateAt, offsetOf, reader, type ReferenceTable } from './values.js'

export const movement: ReferenceTable<keyof MovementSigs> = {
  broadcastInDim: ([x], { broadcastDimensions }, [out]) => {
    const read = reader(x)
    return [
      generateAt(out, (index) =>
        read(broadcastDimensions.map((d, axis) => (x.aval.shape[axis] === 1 ? 0 : at(index, d)))),
      ),
    ]
  },
  reshape: ([x]) => [x.data.slice()],
  transpose: ([x], { permutation }, [out]) => {
    const read = reader(x)
    const inverse = inversePermutation(permutation)
    return [generateAt(out, (index) => read(inverse.map((p) => at(index, p))))]
  },
  slice: ([x], { start, strides }, [out]) => {
    const read = reader(x)
    return [generateAt(out, (index) => read(index.map((i, axis) => at(start, axis) + i * at(strides, axis))))]
  },
  pad: ([x, value], { config }, [out]) => {
    const data = hostArray(out.dtype, out.size).fill(at(value.data, 0))
    const strides = stridesOf(out.shape)
    // Element i of an axis lands at low + i·(interior + 1), if that is inside.
    forEachIndex(x.aval.shape, (index, i) => {
      const to = config.map(({ low, interior }, axis) => low + at(index, axis) * (interior + 1))
      if (to.every((t, axis) => t >= 0 && t < at(out.shape, axis)))
        data[offsetOf(to, strides)] = at(x.data, i)
    })
    return [data]
  },
  concatenate: (inputs, { dimension }, [out]) => {
    const data = hostArray(out.dtype, out.size)
    const strides = stridesOf(out.shape)
    let start = 0
    for (const x of inputs) {
      const base = start * at(strides, dimension)
      forEachIndex(x.aval.shape, (index, i) => {
        data[base + offsetOf(index, strides)] = at(x.data, i)
      })
      start += at(x.aval.shape, dimension)
    }
    return [data]
  },
  reverse: ([x], { dimensions }, [out]) => {
    const read = reader(x)
    return [
      generateAt(out, (index) =>
        read(index.map((i, axis) => (dimensions.includes(axis) ? at(out.shape, axis) - 1 - i : i))),
      ),
    ]
  },
  iota: (_, { dimension }, [out]) => [generateAt(out, (index) => at(index, dimension))],
}
