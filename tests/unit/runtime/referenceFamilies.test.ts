/**
 * The reference rules of the other families against values worked out by hand.
 */

import { describe, expect, test } from 'vitest'
import type { GatherParams, ScatterParams } from '../../../src/core/primitives/indexing.js'
import { apply, operand, valuesOf } from './programs.js'

const matrix = operand('float32', [1, 2, 3, 4, 5, 6], [2, 3])

describe('reductions', () => {
  test('sum over the axes that are named', () => {
    expect(valuesOf('reduceSum', [matrix], { axes: [0] })).toEqual([5, 7, 9])
    expect(valuesOf('reduceSum', [matrix], { axes: [1] })).toEqual([6, 15])
    expect(apply('reduceSum', [matrix], { axes: [0, 1] })).toEqual([
      { dtype: 'float32', shape: [], values: [21] },
    ])
    expect(valuesOf('reduceProd', [operand('int32', [65536, 65536, 3])], { axes: [0] })).toEqual([0])
  })
  test('accumulate in double precision', () => {
    expect(valuesOf('reduceSum', [operand('float32', [2 ** 24, 1, 1])], { axes: [0] })).toEqual([2 ** 24 + 2])
  })
  test('wrap integers', () => {
    expect(valuesOf('reduceSum', [operand('uint32', [4294967295, 2])], { axes: [0] })).toEqual([1])
    expect(valuesOf('reduceSum', [operand('int8', [127, 1])], { axes: [0] })).toEqual([-128])
  })
  test('have identities on nothing', () => {
    const empty = {
      float: operand('float32', [], [0, 2]),
      int: operand('int32', [], [0, 1]),
      bool: operand('bool', [], [0, 1]),
    }
    expect(valuesOf('reduceSum', [empty.float], { axes: [0] })).toEqual([0, 0])
    expect(valuesOf('reduceMax', [empty.float], { axes: [0] })).toEqual([-Infinity, -Infinity])
    expect(valuesOf('reduceMin', [empty.int], { axes: [0] })).toEqual([2147483647])
    expect(valuesOf('reduceAnd', [empty.bool], { axes: [0] })).toEqual([1])
    expect(valuesOf('reduceOr', [empty.int], { axes: [0] })).toEqual([0])
    expect(valuesOf('reduceAnd', [empty.int], { axes: [0] })).toEqual([-1])
  })
  test('propagate NaN', () => {
    expect(valuesOf('reduceMax', [operand('float32', [1, NaN, 3])], { axes: [0] })).toEqual([NaN])
    expect(valuesOf('reduceMax', [operand('bool', [0, 1])], { axes: [0] })).toEqual([1])
  })
  test('find the first extreme; NaN is one', () => {
    const arg = { axis: 0, dtype: 'int32' } as const
    expect(valuesOf('argmax', [operand('float32', [1, 3, 3])], arg)).toEqual([1])
    expect(valuesOf('argmax', [operand('float32', [1, NaN, 3, NaN])], arg)).toEqual([1])
    expect(valuesOf('argmin', [operand('float32', [1, NaN, 0])], arg)).toEqual([1])
    expect(valuesOf('argmin', [matrix], { axis: 1, dtype: 'uint8' })).toEqual([0, 0])
    expect(valuesOf('argmax', [operand('int32', [1, 9, 5, 7, 2, 8], [2, 3])], arg)).toEqual([1, 0, 1])
  })
  test('accumulate along an axis, either way', () => {
    expect(valuesOf('cumsum', [matrix], { axis: 1, reverse: false })).toEqual([1, 3, 6, 4, 9, 15])
    expect(valuesOf('cumsum', [matrix], { axis: 0, reverse: true })).toEqual([5, 7, 9, 4, 5, 6])
    expect(valuesOf('cumprod', [matrix], { axis: 1, reverse: true })).toEqual([6, 6, 3, 120, 30, 6])
    expect(valuesOf('cummax', [operand('float32', [1, 3, 2, NaN, 5])], { axis: 0, reverse: false })).toEqual([
      1,
      3,
      3,
      NaN,
      NaN,
    ])
    expect(valuesOf('cummin', [operand('int32', [3, 1, 2])], { axis: 0, reverse: false })).toEqual([3, 1, 1])
  })
})

describe('movement', () => {
  test('broadcasts axes and sizes of 1', () => {
    expect(
      valuesOf('broadcastInDim', [operand('int32', [1, 2])], { shape: [3, 2], broadcastDimensions: [1] }),
    ).toEqual([1, 2, 1, 2, 1, 2])
    expect(
      valuesOf('broadcastInDim', [operand('int32', [1, 2], [2, 1])], {
        shape: [2, 3],
        broadcastDimensions: [0, 1],
      }),
    ).toEqual([1, 1, 1, 2, 2, 2])
  })
  test('transposes: result axis i is operand axis permutation[i]', () => {
    expect(apply('transpose', [matrix], { permutation: [1, 0] })).toEqual([
      { dtype: 'float32', shape: [3, 2], values: [1, 4, 2, 5, 3, 6] },
    ])
    const cube = operand(
      'int32',
      Array.from({ length: 24 }, (_, i) => i),
      [2, 3, 4],
    )
    expect(apply('transpose', [cube], { permutation: [2, 0, 1] })[0]?.values.slice(0, 6)).toEqual([
      0, 4, 8, 12, 16, 20,
    ])
  })
  test('slices with strides', () => {
    expect(
      valuesOf('slice', [operand('int32', [0, 1, 2, 3, 4, 5])], { start: [1], limit: [6], strides: [2] }),
    ).toEqual([1, 3, 5])
    expect(valuesOf('slice', [matrix], { start: [1, 0], limit: [2, 3], strides: [1, 2] })).toEqual([4, 6])
  })
  test('pads inside, outside and negatively', () => {
    const pad = (low: number, high: number, interior: number) =>
      valuesOf('pad', [operand('int32', [1, 2, 3]), operand('int32', [9], [])], {
        config: [{ low, high, interior }],
      })
    expect(pad(1, 2, 0)).toEqual([9, 1, 2, 3, 9, 9])
    expect(pad(0, 0, 1)).toEqual([1, 9, 2, 9, 3])
    expect(pad(-1, 1, 0)).toEqual([2, 3, 9])
    expect(pad(-1, -1, 1)).toEqual([9, 2, 9])
  })
  test('concatenates, reverses, counts', () => {
    expect(valuesOf('concatenate', [matrix, operand('float32', [7, 8], [2, 1])], { dimension: 1 })).toEqual([
      1, 2, 3, 7, 4, 5, 6, 8,
    ])
    expect(valuesOf('reverse', [matrix], { dimensions: [1] })).toEqual([3, 2, 1, 6, 5, 4])
    expect(valuesOf('iota', [], { dtype: 'float32', shape: [2, 3], dimension: 1 })).toEqual([
      0, 1, 2, 0, 1, 2,
    ])
    expect(valuesOf('reshape', [matrix], { shape: [6] })).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('dotGeneral', () => {
  test('orders axes: batch, free of lhs, free of rhs', () => {
    const params = { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }
    expect(valuesOf('dotGeneral', [matrix, operand('float32', [1, 0, 0, 1, 1, 1], [3, 2])], params)).toEqual([
      4, 5, 10, 11,
    ])
    const batched = { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] }
    const x = operand('int32', [1, 2, 3, 4], [2, 1, 2])
    const y = operand('int32', [5, 6, 7, 8], [2, 2, 1])
    expect(apply('dotGeneral', [x, y], batched)).toEqual([
      { dtype: 'int32', shape: [2, 1, 1], values: [17, 53] },
    ])
  })
  test('contracts several axes, and none', () => {
    const both = { lhsContract: [0, 1], rhsContract: [0, 1], lhsBatch: [], rhsBatch: [] }
    expect(valuesOf('dotGeneral', [matrix, matrix], both)).toEqual([91])
    const outer = { lhsContract: [], rhsContract: [], lhsBatch: [], rhsBatch: [] }
    expect(valuesOf('dotGeneral', [operand('float32', [1, 2]), operand('float32', [3, 4])], outer)).toEqual([
      3, 4, 6, 8,
    ])
  })
})

describe('indexing', () => {
  const zeros = [operand('int32', [5], []), operand('int32', [-3], [])]
  test('clamps dynamic slices so that they fit', () => {
    expect(valuesOf('dynamicSlice', [matrix, ...zeros], { sliceSizes: [1, 2] })).toEqual([4, 5])
    expect(
      valuesOf('dynamicUpdateSlice', [matrix, operand('float32', [9, 8], [1, 2]), ...zeros], {}),
    ).toEqual([1, 2, 3, 9, 8, 6])
  })

  const rows: GatherParams = {
    offsetDims: [1],
    collapsedSliceDims: [0],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    startIndexMap: [0],
    sliceSizes: [1, 3],
    mode: 'clip',
    fillValue: NaN,
  }
  test('gathers rows, clipping or filling', () => {
    const indices = operand('int32', [1, 0, 7], [3, 1])
    expect(valuesOf('gather', [matrix, indices], rows)).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6])
    expect(valuesOf('gather', [matrix, indices], { ...rows, mode: 'fill' })).toEqual([
      4,
      5,
      6,
      1,
      2,
      3,
      NaN,
      NaN,
      NaN,
    ])
  })
  test('gathers along batch axes', () => {
    const params: GatherParams = {
      offsetDims: [],
      collapsedSliceDims: [1],
      operandBatchingDims: [0],
      indicesBatchingDims: [0],
      startIndexMap: [1],
      sliceSizes: [1, 1],
      mode: 'clip',
      fillValue: 0,
    }
    expect(valuesOf('gather', [matrix, operand('int32', [2, 0, 1, 1], [2, 2, 1])], params)).toEqual([
      3, 1, 5, 5,
    ])
  })

  const intoRows: ScatterParams = {
    updateWindowDims: [1],
    insertedWindowDims: [0],
    operandBatchingDims: [],
    indicesBatchingDims: [],
    scatterDimsToOperandDims: [0],
    mode: 'fill',
  }
  const where = operand('int32', [1, 1, 5], [3, 1])
  const updates = operand('float32', [1, 1, 1, 10, 10, 10, 99, 99, 99], [3, 3])
  test('scatters rows, adding duplicates and dropping what is outside', () => {
    expect(valuesOf('scatterAdd', [matrix, where, updates], intoRows)).toEqual([1, 2, 3, 15, 16, 17])
    expect(valuesOf('scatter', [matrix, where, updates], { ...intoRows, combine: 'set' })).toEqual([
      1, 2, 3, 10, 10, 10,
    ])
    expect(valuesOf('scatter', [matrix, where, updates], { ...intoRows, combine: 'mul' })).toEqual([
      1, 2, 3, 40, 50, 60,
    ])
    expect(valuesOf('scatter', [matrix, where, updates], { ...intoRows, combine: 'min' })).toEqual([
      1, 2, 3, 1, 1, 1,
    ])
    expect(
      valuesOf('scatter', [matrix, where, updates], { ...intoRows, mode: 'clip', combine: 'max' }),
    ).toEqual([1, 2, 3, 99, 99, 99])
  })

  test('sorts stably by several keys, NaN last, carrying operands along', () => {
    const sorted = (numbers: readonly number[]) =>
      valuesOf('sort', [operand('float32', numbers)], { dimension: 0, keys: 1 })
    expect(sorted([3, NaN, -1, Infinity, -0, 0])).toEqual([-1, -0, 0, 3, Infinity, NaN])
    const keys = operand('int32', [1, 0, 1, 0])
    const second = operand('int32', [5, 9, 4, 9])
    const carried = operand('float32', [10, 20, 30, 40])
    expect(apply('sort', [keys, second, carried], { dimension: 0, keys: 2 }).map((r) => r.values)).toEqual([
      [0, 0, 1, 1],
      [9, 9, 4, 5],
      [20, 40, 30, 10],
    ])
    expect(valuesOf('sort', [operand('int32', [2, 9, 1, 3], [2, 2])], { dimension: 0, keys: 1 })).toEqual([
      1, 3, 2, 9,
    ])
  })
})

test('threefry2x32 gives the known answers of Random123', () => {
  const words = (key: readonly [number, number], counter: readonly [number, number]) =>
    apply(
      'threefry2x32',
      [...key, ...counter].map((word) => operand('uint32', [word])),
      {},
    ).flatMap((r) => r.values)
  const ones = 0xffffffff
  expect(words([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe])
  expect(words([ones, ones], [ones, ones])).toEqual([0x1cb996fc, 0xbb002be7])
  expect(words([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0])
})
