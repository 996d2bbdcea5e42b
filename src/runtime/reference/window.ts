/**
 * Windows and convolutions by their definitions, in double precision (integers modulo 2³²).
 */

import { isFloat } from '../../core/dtype.js'
import type { ConvParams, WindowSigs } from '../../core/primitives/window.js'
import { stridesOf, type Shape } from '../../core/shape.js'
import { at, forEachIndex, generateAt, offsetOf, reader, type ReferenceTable, type Value } from './values.js'

/** The lhs coordinate behind spatial position `o` of the output and `w` of the kernel; null in padding and holes. */
function lhsCoordinate(o: number, w: number, i: number, size: number, p: ConvParams): number | null {
  const position = o * at(p.strides, i) + w * at(p.rhsDilation, i) - (p.padding[i]?.[0] ?? 0)
  const dilation = at(p.lhsDilation, i)
  const coordinate = position / dilation
  return Number.isInteger(coordinate) && coordinate >= 0 && coordinate < size ? coordinate : null
}

/** Σ over input features and kernel positions of lhs · rhs for one output element. */
function convElement(lhs: Value, rhs: Value, p: ConvParams, index: readonly number[]): number {
  const [readLhs, readRhs] = [reader(lhs), reader(rhs)]
  const float = isFloat(lhs.aval.dtype)
  const outputs = at(rhs.aval.shape, at(p.rhsSpec, 0))
  const inputs = at(rhs.aval.shape, at(p.rhsSpec, 1))
  const output = at(index, at(p.outSpec, 1))
  const featureGroup = Math.floor(output / (outputs / p.featureGroups))
  const batchGroup = Math.floor(output / (outputs / p.batchGroups))
  const batch =
    at(index, at(p.outSpec, 0)) + batchGroup * (at(lhs.aval.shape, at(p.lhsSpec, 0)) / p.batchGroups)
  const kernel: Shape = [inputs, ...p.rhsSpec.slice(2).map((axis) => at(rhs.aval.shape, axis))]
  const lhsIndex = new Array<number>(index.length).fill(0)
  const rhsIndex = new Array<number>(index.length).fill(0)
  lhsIndex[at(p.lhsSpec, 0)] = batch
  rhsIndex[at(p.rhsSpec, 0)] = output
  let sum = 0
  forEachIndex(kernel, (k) => {
    lhsIndex[at(p.lhsSpec, 1)] = featureGroup * inputs + at(k, 0)
    rhsIndex[at(p.rhsSpec, 1)] = at(k, 0)
    for (let i = 0; i < p.strides.length; i++) {
      const axis = at(p.lhsSpec, i + 2)
      const coordinate = lhsCoordinate(
        at(index, at(p.outSpec, i + 2)),
        at(k, i + 1),
        i,
        at(lhs.aval.shape, axis),
        p,
      )
      if (coordinate === null) return
      lhsIndex[axis] = coordinate
      rhsIndex[at(p.rhsSpec, i + 2)] = at(k, i + 1)
    }
    const [x, y] = [readLhs(lhsIndex), readRhs(rhsIndex)]
    sum = float ? sum + x * y : (sum + Math.imul(x, y)) | 0
  })
  return sum
}

export const window: ReferenceTable<keyof WindowSigs> = {
  conv: ([lhs, rhs], params, [out]) => [generateAt(out, (index) => convElement(lhs, rhs, params, index))],
  windows: ([x], { strides, dilations }, [out]) => {
    const read = reader(x)
    const rank = x.aval.shape.length
    return [
      generateAt(out, (index) =>
        read(strides.map((stride, i) => at(index, i) * stride + at(index, rank + i) * at(dilations, i))),
      ),
    ]
  },
  overlapAdd: ([ct], { strides, dilations }, [out]) => {
    const sums = new Float64Array(out.size)
    const steps = stridesOf(out.shape)
    const rank = out.shape.length
    forEachIndex(ct.aval.shape, (index, i) => {
      const to = offsetOf(
        strides.map(
          (stride, axis) => at(index, axis) * stride + at(index, rank + axis) * at(dilations, axis),
        ),
        steps,
      )
      sums[to] = at(sums, to) + at(ct.data, i)
    })
    return [generateAt(out, (index) => at(sums, offsetOf(index, steps)))]
  },
}
