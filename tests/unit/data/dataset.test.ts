// Datasets: order, splitting, batching.

import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { CotangentError, defaultDevice, numpy as np, type NDArray } from '../../../src/index.js'
import { takeRows } from '../../../src/io/host.js'
import { all, batches, fromArrays, shuffle, split } from '../../../src/data/dataset.js'
import { permutation } from '../../../src/data/permutation.js'

const tensor = (rows: number, columns = 1) => ({
  data: Float32Array.from({ length: rows * columns }, (_, i) => i),
  shape: [rows, columns],
  dtype: 'float32' as const,
})

describe('permutation', () => {
  it('is a permutation that seed and epoch determine', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer(), fc.nat(), (n, seed, epoch) => {
        const order = permutation(n, seed, epoch)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
        expect(permutation(n, seed, epoch)).toEqual(order)
      }),
    )
  })

  it('differs between seeds and between epochs', () => {
    const orders = [
      permutation(50, 0, 0),
      permutation(50, 1, 0),
      permutation(50, 0, 1),
      permutation(50, 2 ** 32, 0),
    ]
    expect(new Set(orders.map(String)).size).toBe(orders.length)
  })

  it('gives every order of three equally often', () => {
    const counts = new Map<string, number>()
    for (let seed = 0; seed < 6000; seed++) {
      const order = String(permutation(3, seed, 0))
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // Chi-squared with 5 degrees of freedom: 20.5 has a chance of 0.1 %.
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(20.5)
  })

  it('has not changed', () => {
    expect([...permutation(8, 42, 1)]).toMatchInlineSnapshot(`
      [
        6,
        3,
        2,
        5,
        7,
        0,
        4,
        1,
      ]
    `)
  })
})

describe('datasets', () => {
  it('takes rows in the given order', () => {
    expect(takeRows(tensor(3, 2), Uint32Array.of(2, 0))).toMatchObject({
      data: Float32Array.of(4, 5, 0, 1),
      shape: [2, 2],
    })
  })

  it('shuffles and splits without losing rows', () => {
    const dataset = shuffle(fromArrays({ x: tensor(10), y: tensor(10, 3) }), 7)
    const [a, b, rest] = split(dataset, [0.2, 3])
    expect([a?.length, b?.length, rest?.length]).toEqual([2, 3, 5])
    const rows = [a, b, rest].flatMap((part) => [...(part?.rows ?? [])])
    expect(rows).toEqual([...dataset.rows])
    expect(rows.sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('splits into a part and the rest', () => {
    expect(split(fromArrays(tensor(10)), 0.3).map((part) => part.length)).toEqual([3, 7])
    expect(split(fromArrays(tensor(2)), 2).map((part) => part.length)).toEqual([2, 0])
    expect(split(fromArrays(tensor(2)), [2]).map((part) => part.length)).toEqual([2])
  })

  it('counts batches', () => {
    const dataset = fromArrays(tensor(10))
    expect(batches(dataset, 4).length).toBe(3)
    expect(batches(dataset, 4, { dropRemainder: true }).length).toBe(2)
    expect(batches(dataset, 5).length).toBe(2)
  })

  it.each([
    [
      'different first axes',
      () => fromArrays({ x: tensor(2), y: tensor(3) }),
      'a first axis of 2 rows at .y',
    ],
    ['no tensors', () => fromArrays([]), 'at least one tensor'],
    ['a leaf that is no tensor', () => fromArrays({ x: tensor(2), y: 1 }), 'at .y: expected an NDArray'],
    [
      'a wrong number of elements',
      () => fromArrays({ ...tensor(2), shape: [3, 1] }),
      'Float32Array of 3 elements',
    ],
    ['sizes beyond the rows', () => split(fromArrays(tensor(3)), [2, 2]), 'at most 3 rows'],
    ['a batch size of 0', () => batches(fromArrays(tensor(3)), 0), 'a whole number >= 1'],
  ])('reports %s', (_, make, message) => {
    expect(make).toThrow(CotangentError)
    expect(make).toThrow(message)
  })
})

describe('batches', () => {
  defaultDevice('reference')
  const x = tensor(5, 2)
  const y = { data: Int32Array.of(0, 1, 2, 3, 4), shape: [5], dtype: 'int32' as const }

  it('copies rows of host tensors to the device', () => {
    const parts = [...batches(fromArrays({ x, y }), 2)]
    expect(parts.map((batch) => batch.y.js())).toEqual([[0, 1], [2, 3], [4]])
    expect(parts[1]?.x.js()).toEqual([
      [4, 5],
      [6, 7],
    ])
    expectTypeOf(parts).toEqualTypeOf<{ x: NDArray; y: NDArray }[]>()
  })

  it('gathers rows of arrays where they are, in the order of the dataset', () => {
    const dataset = shuffle(fromArrays([np.arange(5), np.arange(10).reshape([5, 2])]), 3)
    const [indices, rows] = all(dataset)
    expect(indices?.js()).toEqual([...dataset.rows])
    expect(rows?.js()).toEqual([...dataset.rows].map((i) => [2 * i, 2 * i + 1]))
  })

  it('can be run through again', () => {
    const twice = batches(fromArrays(y), 5)
    expect([...twice].map((batch) => batch.js())).toEqual([...twice].map((batch) => batch.js()))
  })
})
