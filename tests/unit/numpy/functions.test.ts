// What the recorded JAX results do not reach: structure of programs, data-dependent shapes, methods, long tails.

import { describe, expect, test } from 'vitest'
import { defaultDevice, jit, makeJaxpr, numpy as np, type NDArray } from '../../../src/index.js'

const i32 = (values: readonly number[]) => np.array([...values], { dtype: 'int32' })

describe('programs', () => {
  const primitives = (f: (...xs: NDArray[]) => unknown, ...xs: NDArray[]): string =>
    String(makeJaxpr(f)(...xs))

  test('a number that meets an array is a constant, not a broadcast of one', () => {
    expect(primitives((x) => np.add(x, 2), np.zeros([3]))).not.toContain('convert')
  })

  test('einsum contracts the cheap pair first', () => {
    // (vector · matrix) · matrix never makes a matrix product.
    const text = primitives(
      (a, b, c) => np.einsum('ij,jk,k->i', a, b, c),
      np.ones([8, 8]),
      np.ones([8, 8]),
      np.ones([8]),
    )
    expect(text).not.toContain('f32[8,8] = dotGeneral')
  })

  test('padding with copies is slices, not a gather', () => {
    for (const mode of ['edge', 'reflect', 'symmetric', 'wrap'] as const) {
      expect(primitives((x) => np.pad(x, 3, mode), np.zeros([4]))).not.toContain('gather')
    }
  })
})

describe('pad', () => {
  test('wider than the array', () => {
    const x = np.array([1, 2, 3])
    expect(np.pad(x, [5, 4], 'reflect').js()).toEqual([2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3])
    expect(np.pad(x, [4, 5], 'symmetric').js()).toEqual([3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2])
    expect(np.pad(x, [4, 4], 'wrap').js()).toEqual([3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1])
    expect(np.pad(np.array([7]), 2, 'reflect').js()).toEqual([7, 7, 7, 7, 7])
    expect(np.pad(x, [1, 1], 'constant', { constantValues: [8, 9] }).js()).toEqual([8, 1, 2, 3, 9])
  })
})

describe('shapes that depend on data', () => {
  test('need values: tracing them is an error that says what to do', () => {
    expect(() => jit((x: NDArray) => np.nonzero(x)[0])(np.ones([3]))).toThrow(
      /nonzero: the value of tracer .* give `size`/,
    )
    expect(() => jit((x: NDArray) => np.unique(x))(np.ones([3]))).toThrow('give `size`')
    expect(() => jit((x: NDArray) => np.bincount(x))(i32([1, 2]))).toThrow('bincount: the value of tracer')
  })

  test('have static shapes with size', () => {
    const f = jit((x: NDArray) => np.nonzero(x, { size: 3, fillValue: -1 })[0] as NDArray)
    expect(f(np.array([0, 5, 0, 7])).js()).toEqual([1, 3, -1])
    expect(f(np.array([1, 1, 1, 1])).js()).toEqual([0, 1, 2])
    const distinct = jit((x: NDArray) => np.unique(x, { size: 4 }))
    expect(distinct(np.array([3, 1, 3, 2])).js()).toEqual([1, 2, 3, 1])
    const [rows, columns] = np.nonzero(
      np.array([
        [0, 1],
        [1, 0],
      ]),
      { size: 2 },
    ) as [NDArray, NDArray]
    expect([rows.js(), columns.js()]).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test('unique counts NaN once and takes empty arrays', () => {
    expect(np.unique(np.array([NaN, 1, NaN])).js()).toEqual([1, NaN])
    expect(np.unique(np.zeros([0])).shape).toEqual([0])
    const [values, counts] = np.unique(np.array([2, 1, 2]), { returnCounts: true }) as [NDArray, NDArray]
    expect([values.js(), counts.js()]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})

describe('sorting', () => {
  test('lexsort, searchsorted, digitize', () => {
    expect(np.lexsort([i32([1, 0, 1]), i32([0, 0, -1])]).js()).toEqual([2, 1, 0])
    expect(np.searchsorted(np.array([1, 2, 2, NaN]), np.array([2, NaN, 0])).js()).toEqual([1, 3, 0])
    expect(np.searchsorted(np.array([1, 2, 2, NaN]), np.array([2, NaN]), { side: 'right' }).js()).toEqual([
      3, 4,
    ])
    expect(np.digitize(np.array([0.5, 1, 3]), np.array([1, 2])).js()).toEqual([0, 1, 2])
  })
})

describe('methods', () => {
  test('are the functions', () => {
    const x = np.array([
      [1, -2],
      [3, 4],
    ])
    expect(x.add(1).mul(2).sub(x).div(2).js()).toEqual([
      [1.5, 0],
      [2.5, 3],
    ])
    expect(x.abs().pow(2).neg().mod(5).js()).toEqual([
      [4, 1],
      [1, 4],
    ])
    expect([x.sum().item(), x.prod(0).js(), x.mean(1).js(), x.max().item(), x.min().item()]).toEqual([
      6,
      [3, -8],
      [-0.5, 3.5],
      4,
      -2,
    ])
    expect([x.all().item(), x.any().item(), x.argmax().item(), x.argmin(1).js()]).toEqual([1, 1, 3, [1, 0]])
    expect(x.T.matmul(x).js()).toEqual([
      [10, 10],
      [10, 20],
    ])
    expect(x.dot(np.ones([2])).js()).toEqual([-1, 7])
    expect([x.diagonal().js(), x.ravel().shape, x.flatten().shape, x.astype('int32').dtype]).toEqual([
      [1, 4],
      [4],
      [4],
      'int32',
    ])
    expect([x.sort().js(), x.argsort(0).js()]).toEqual([
      [
        [-2, 1],
        [3, 4],
      ],
      [
        [0, 0],
        [1, 1],
      ],
    ])
    expect(
      [x.less(2), x.lessEqual(1), x.greater(1), x.greaterEqual(3), x.equal(4), x.notEqual(4)].map((y) =>
        np.sum(y).item(),
      ),
    ).toEqual([2, 2, 2, 2, 1, 3])
  })
})

describe('linalg', () => {
  test('norms of empty and of any order', () => {
    const v = np.array([3, -4])
    expect(np.linalg.norm(v).item()).toBe(5)
    expect(np.linalg.vectorNorm(v, { ord: 1 }).item()).toBe(7)
    expect(np.linalg.vectorNorm(v, { ord: 0 }).item()).toBe(2)
    expect(np.linalg.vectorNorm(v, { ord: Infinity, keepdims: true }).js()).toEqual([4])
    expect(
      np.linalg
        .matrixNorm(
          np.array([
            [1, 2],
            [3, 4],
          ]),
          { ord: 1 },
        )
        .item(),
    ).toBe(6)
    expect(
      np.linalg
        .norm(
          np.array([
            [1, 2],
            [3, 4],
          ]),
          { ord: -Infinity, axis: [0, 1] },
        )
        .item(),
    ).toBe(3)
  })

  test('multiDot multiplies in the cheapest order', () => {
    const [a, b, c] = [np.ones([10, 100]), np.ones([100, 5]), np.ones([5, 50])]
    expect(np.linalg.multiDot([a, b, c]).slice(0, 0).item()).toBe(500)
    const text = String(
      makeJaxpr((x: NDArray, y: NDArray, z: NDArray) => np.linalg.multiDot([x, y, z]))(a, b, c),
    )
    expect(text).toContain('f32[10,5]')
  })

  test('matrixPower', () => {
    const m = np.array([
      [1, 1],
      [0, 1],
    ])
    expect(np.linalg.matrixPower(m, 5).js()).toEqual([
      [1, 5],
      [0, 1],
    ])
    expect(np.linalg.matrixPower(m, 0).js()).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(() => np.linalg.matrixPower(m, -1)).toThrow('it needs the inverse of a matrix')
  })
})

test('these tests run on the default device', () => {
  expect(['wasm', 'reference']).toContain(defaultDevice())
})
