/**
 * Indexing by data: dynamic slices, gather and scatter with XLA's dimension numbers, and sorting.
 */

import type { Aval } from '../../core/aval.js'
import { hostArray, isFloat, type HostArray } from '../../core/dtype.js'
import type {
  IndexingSigs,
  IndexMode,
  ScatterCombine,
  ScatterParams,
} from '../../core/primitives/indexing.js'
import { range, stridesOf, without, type Shape } from '../../core/shape.js'
import { compare, convert, maximum, minimum } from './scalars.js'
import {
  at,
  forEachIndex,
  generate,
  generateAt,
  offsetOf,
  reader,
  type ReferenceTable,
  type Value,
} from './values.js'

const clampStart = (start: number, dimension: number, size: number): number =>
  Math.max(0, Math.min(start, dimension - size))

/** Rank-0 start indices, moved so that the slice fits. */
const clampedStarts = (starts: readonly Value[], shape: Shape, sizes: Shape): number[] =>
  starts.map((start, axis) => clampStart(at(start.data, 0), at(shape, axis), at(sizes, axis)))

interface Window {
  readonly shape: Shape
  /** The size of the window along each operand axis. */
  readonly sizes: readonly number[]
  /** Operand axis that entry k of an index vector addresses. */
  readonly map: readonly number[]
  readonly operandBatching: readonly number[]
  readonly indicesBatching: readonly number[]
  readonly mode: IndexMode
}

/** Where the window of one batch index starts in the operand; null where mode 'fill' finds it out of range. */
function windowStart(window: Window, indices: Value, batch: readonly number[]): number[] | null {
  const { shape, sizes, map, mode } = window
  const start = new Array<number>(shape.length).fill(0)
  const strides = stridesOf(indices.aval.shape)
  const base = offsetOf(batch, strides.slice(0, -1))
  map.forEach((axis, k) => {
    start[axis] = at(indices.data, base + k)
  })
  window.operandBatching.forEach((axis, k) => {
    start[axis] = at(batch, at(window.indicesBatching, k))
  })
  const clamped = start.map((s, axis) => clampStart(s, at(shape, axis), at(sizes, axis)))
  return mode === 'clip' || clamped.every((s, axis) => s === start[axis]) ? clamped : null
}

type Combine = (x: number, y: number, float: boolean) => number
const combines: Readonly<Record<ScatterCombine | 'add', Combine>> = {
  set: (_, y) => y,
  add: (x, y, float) => (float ? x + y : (x + y) | 0),
  mul: (x, y, float) => (float ? x * y : Math.imul(x, y)),
  min: minimum,
  max: maximum,
}

function scatter(
  [x, indices, updates]: readonly [Value, Value, Value],
  p: ScatterParams,
  [out]: readonly [Aval],
  combine: Combine,
): readonly [HostArray] {
  const { shape } = x.aval
  const windowAxes = without(range(shape.length), [...p.insertedWindowDims, ...p.operandBatchingDims])
  const batchAxes = without(range(updates.aval.shape.length), p.updateWindowDims)
  const sizes = shape.map(
    (_, axis) => updates.aval.shape[p.updateWindowDims[windowAxes.indexOf(axis)] ?? -1] ?? 1,
  )
  const window: Window = {
    shape,
    sizes,
    mode: p.mode,
    map: p.scatterDimsToOperandDims,
    operandBatching: p.operandBatchingDims,
    indicesBatching: p.indicesBatchingDims,
  }
  const strides = stridesOf(shape)
  const totals = Float64Array.from(x.data)
  forEachIndex(updates.aval.shape, (index, i) => {
    const start = windowStart(
      window,
      indices,
      batchAxes.map((axis) => at(index, axis)),
    )
    if (start === null) return
    windowAxes.forEach((axis, k) => {
      start[axis] = at(start, axis) + at(index, at(p.updateWindowDims, k))
    })
    const to = offsetOf(start, strides)
    totals[to] = combine(at(totals, to), at(updates.data, i), isFloat(out.dtype))
  })
  return [generate(out, (i) => at(totals, i))]
}

export const indexing: ReferenceTable<keyof IndexingSigs> = {
  dynamicSlice: ([x, ...starts], { sliceSizes }, [out]) => {
    const operand = x as Value
    const start = clampedStarts(starts, operand.aval.shape, sliceSizes)
    const read = reader(operand)
    return [generateAt(out, (index) => read(index.map((i, axis) => at(start, axis) + i)))]
  },
  dynamicUpdateSlice: ([x, update, ...starts]) => {
    const [operand, patch] = [x as Value, update as Value]
    const start = clampedStarts(starts, operand.aval.shape, patch.aval.shape)
    const strides = stridesOf(operand.aval.shape)
    const base = offsetOf(start, strides)
    const data = operand.data.slice()
    forEachIndex(patch.aval.shape, (index, i) => {
      data[base + offsetOf(index, strides)] = at(patch.data, i)
    })
    return [data]
  },
  gather: ([x, indices], p, [out]) => {
    const { shape, dtype } = x.aval
    const windowAxes = without(range(shape.length), [...p.collapsedSliceDims, ...p.operandBatchingDims])
    const batchAxes = without(range(out.shape.length), p.offsetDims)
    const window: Window = {
      shape,
      sizes: p.sliceSizes,
      mode: p.mode,
      map: p.startIndexMap,
      operandBatching: p.operandBatchingDims,
      indicesBatching: p.indicesBatchingDims,
    }
    const read = reader(x)
    const outside = convert(isFloat(dtype) ? dtype : 'float64', dtype, p.fillValue)
    return [
      generateAt(out, (index) => {
        const start = windowStart(
          window,
          indices,
          batchAxes.map((axis) => at(index, axis)),
        )
        if (start === null) return outside
        windowAxes.forEach((axis, k) => {
          start[axis] = at(start, axis) + at(index, at(p.offsetDims, k))
        })
        return read(start)
      }),
    ]
  },
  scatterAdd: (inputs, params, outputs) => scatter(inputs, params, outputs, combines.add),
  scatter: (inputs, params, outputs) => scatter(inputs, params, outputs, combines[params.combine]),
  sort: (inputs, { dimension, keys }) => {
    const { shape } = (inputs[0] as Value).aval
    const sorted = inputs.map((x) => hostArray(x.aval.dtype, x.aval.size))
    const stride = at(stridesOf(shape), dimension)
    const order = (i: number, j: number): number => {
      for (const key of inputs.slice(0, keys)) {
        const result = compare(at(key.data, i), at(key.data, j))
        if (result !== 0) return result
      }
      return 0
    }
    forEachIndex(
      shape.map((n, axis) => (axis === dimension ? Math.min(n, 1) : n)),
      (index) => {
        const start = offsetOf(index, stridesOf(shape))
        const line = range(at(shape, dimension)).map((k) => start + k * stride)
        // Array.prototype.toSorted is stable.
        line.toSorted(order).forEach((from, k) => {
          inputs.forEach((x, operand) => {
            const target = sorted[operand] as HostArray
            target[at(line, k)] = at(x.data, from)
          })
        })
      },
    )
    return sorted
  },
}
