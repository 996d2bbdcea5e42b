/**
 * The lowering keeps the meaning of programs and forms the kernels that are promised for them.
 */

import { describe, expect, it } from 'vitest'
import { constant } from '../../../src/core/constants.js'
import type { NDArray } from '../../../src/core/ndarray.js'
import * as ops from '../../../src/core/ops.js'
import { printKernels } from '../../../src/lowering/print.js'
import { f32, lowered, record, runBoth, typed } from '../../support/lowered.js'

const alongRows = (x: NDArray, shape: readonly number[]): NDArray => ops.broadcastInDim(x, shape, [0])
const alongColumns = (x: NDArray, shape: readonly number[]): NDArray => ops.broadcastInDim(x, shape, [1])

function softmax(x: NDArray): NDArray {
  const shifted = ops.sub(x, alongRows(ops.reduceMax(x, [1]), x.shape))
  const e = ops.exp(shifted)
  return ops.div(e, alongRows(ops.reduceSum(e, [1]), x.shape))
}

function layerNorm(x: NDArray, gain: NDArray, bias: NDArray): NDArray {
  const n = constant(1 / (x.shape[1] ?? 1), 'float32', [x.shape[0] ?? 1])
  const mean = ops.mul(ops.reduceSum(x, [1]), n)
  const centred = ops.sub(x, alongRows(mean, x.shape))
  const variance = ops.mul(ops.reduceSum(ops.mul(centred, centred), [1]), n)
  const scale = ops.rsqrt(ops.add(variance, constant(1e-5, 'float32', variance.shape)))
  const normal = ops.mul(centred, alongRows(scale, x.shape))
  return ops.add(ops.mul(normal, alongColumns(gain, x.shape)), alongColumns(bias, x.shape))
}

function dense(x: NDArray, w: NDArray, bias: NDArray): NDArray {
  const product = ops.dotGeneral(x, w, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] })
  return ops.max(ops.add(product, alongColumns(bias, product.shape)), ops.zerosLike(product))
}

function expectClose(jaxpr: ReturnType<typeof record>, donated?: readonly boolean[]): void {
  const { actual, expected } = runBoth(jaxpr, donated)
  expected.forEach((values, i) => {
    values.forEach((value, j) => {
      expect(Math.abs((actual[i]?.[j] ?? NaN) - value)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(value)))
    })
    expect(actual[i]?.length).toBe(values.length)
  })
}

describe('kernels of well-known programs', () => {
  const programs = {
    softmax: { jaxpr: record([f32(16, 33)], (x) => [softmax(x)]), kernels: ['reduce'] },
    'layer norm': {
      jaxpr: record([f32(16, 33), f32(33), f32(33)], (x, g, b) => [layerNorm(x, g, b)]),
      kernels: ['reduce'],
    },
    'dense + relu': {
      jaxpr: record([f32(8, 12), f32(12, 5), f32(5)], (x, w, b) => [dense(x, w, b)]),
      kernels: ['contraction'],
    },
    'elementwise chain': {
      jaxpr: record([f32(64)], (x) => {
        const y = ops.tanh(ops.add(ops.mul(x, constant(2, 'float32', [64])), constant(1, 'float32', [64])))
        return [ops.mul(y, ops.exp(ops.neg(x)))]
      }),
      kernels: ['loop'],
    },
    'column sums': {
      jaxpr: record([f32(9, 7)], (x) => [ops.reduceSum(x, [0])]),
      kernels: ['reduce'],
    },
    'inner product': {
      jaxpr: record([f32(50), f32(50)], (x, y) => [
        ops.dotGeneral(x, y, {
          lhsContract: [0],
          rhsContract: [0],
          lhsBatch: [],
          rhsBatch: [],
        }),
      ]),
      kernels: ['reduce'],
    },
  }
  for (const [name, { jaxpr, kernels }] of Object.entries(programs)) {
    it(`${name}: ${kernels.join(', ')}`, () => {
      const program = lowered(jaxpr)
      expect(
        program.kernels.map((k) => k.kind),
        printKernels(program),
      ).toEqual(kernels)
      expectClose(jaxpr)
    })
  }

  it('shares an expensive intermediate between two outputs without recomputing it', () => {
    const jaxpr = record([f32(10, 10)], (x) => {
      const y = ops.exp(x)
      return [ops.add(y, y), ops.mul(y, y)]
    })
    const program = lowered(jaxpr)
    expect(program.kernels.length, printKernels(program)).toBe(1)
    expect(program.plan.arenaBytes).toBe(0)
    expectClose(jaxpr)
  })
})

describe('memory', () => {
  it('writes an update over the donated parameter', () => {
    const jaxpr = record([f32(32), f32(32)], (p, g) => [
      ops.sub(p, ops.mul(g, constant(0.5, 'float32', [32]))),
    ])
    const program = lowered(jaxpr, [true, false])
    expect(program.plan.places[program.outputs[0] ?? 0]).toEqual({ kind: 'input', input: 0 })
    expectClose(jaxpr, [true, false])
  })

  it('copies inputs, literals and duplicates that are returned', () => {
    const jaxpr = record([f32(3)], (x) => {
      const y = ops.neg(x)
      return [x, y, y, constant(7, 'int32')]
    })
    expectClose(jaxpr)
    expect(new Set(lowered(jaxpr).outputs).size).toBe(4)
  })
})

describe('views and indexing', () => {
  it('pads, concatenates, reverses, transposes and slices by index arithmetic alone', () => {
    const jaxpr = record([f32(4, 6), f32(4, 3)], (x, y) => {
      const padded = ops.pad(x, constant(9, 'float32'), [
        { low: 1, high: -1, interior: 1 },
        { low: -2, high: 3, interior: 0 },
      ])
      const joined = ops.concatenate([x, y], 1)
      const turned = ops.transpose(ops.reverse(joined, [1]), [1, 0])
      return [padded, ops.slice(turned, [1, 0], [8, 4], [2, 3]), ops.reshape(turned, [6, 6])]
    })
    expectClose(jaxpr)
  })

  it('gathers, scatters, slices dynamically', () => {
    const jaxpr = record([f32(5, 4), typed('int32', 6, 1), f32(6, 4), typed('int32')], (x, i, u, s) => {
      const [operand, indices, updates, start] = [x, i, u, s] as [NDArray, NDArray, NDArray, NDArray]
      const rows = ops.gather(operand, indices, {
        offsetDims: [1],
        collapsedSliceDims: [0],
        operandBatchingDims: [],
        indicesBatchingDims: [],
        startIndexMap: [0],
        sliceSizes: [1, 4],
        mode: 'fill',
        fillValue: NaN,
      })
      const params = {
        updateWindowDims: [1],
        insertedWindowDims: [0],
        operandBatchingDims: [],
        indicesBatchingDims: [],
        scatterDimsToOperandDims: [0],
        mode: 'fill',
      } as const
      const summed = ops.scatterAdd(operand, indices, updates, params)
      const patched = ops.dynamicUpdateSlice(operand, ops.slice(updates, [0, 0], [2, 2]), [start, start])
      return [
        ops.select(ops.ne(rows, rows), ops.zerosLike(rows), rows),
        summed,
        patched,
        ops.dynamicSlice(operand, [start, start], [2, 2]),
      ]
    })
    expectClose(jaxpr)
  })

  it('sorts, accumulates, takes argmax, and handles empty arrays', () => {
    const jaxpr = record([f32(4, 7), f32(0, 3)], (x, e) => [
      ...ops.sort([x, ops.iota('int32', [4, 7], 1)], 1),
      ops.cumsum(x, 0, true),
      ops.argmax(x, 1, 'int32'),
      ops.reduceSum(e, [0]),
      ops.reduceMax(ops.exp(e), [0]),
    ])
    const { actual, expected } = runBoth(jaxpr)
    expect(actual.slice(0, 2)).toEqual(expected.slice(0, 2))
    expect(actual[5]).toEqual([-Infinity, -Infinity, -Infinity])
  })
})
