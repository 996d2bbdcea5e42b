// lax beside what the recorded JAX results cover: strictness, numbers, folds, segments, mistakes.

import { describe, expect, test } from 'vitest'
import {
  CotangentError,
  grad,
  jit,
  lax,
  numpy as np,
  ops,
  scipySpecial,
  type ErrorCode,
} from '../../../src/index.js'

const i32 = (values: readonly number[]) => np.array([...values], { dtype: 'int32' })
const matrix = np.reshape(np.arange(6, null, 1, { dtype: 'float32' }), [2, 3])

describe('operands', () => {
  test('numbers take the dtype of the array they meet', () => {
    expect(lax.add(i32([1, 2]), 1).dtype).toBe('int32')
    expect(lax.mul(2, np.ones([2], { dtype: 'float16' })).dtype).toBe('float16')
    expect(lax.max(1, 2).item()).toBe(2)
  })
  test('arrays neither broadcast nor promote', () => {
    expect(() => lax.add(matrix, np.zeros([3]))).toThrow(
      'add: operands of one shape, got shapes [2, 3] and [3].',
    )
    expect(() => lax.add(np.zeros([2]), i32([1, 2]))).toThrow('operands of one dtype')
  })
  test('selectN takes bool or int32 and clamps', () => {
    expect(lax.selectN(np.array([true, false]), np.zeros([2]), np.ones([2])).js()).toEqual([1, 0])
    const cases = [0, 10, 20].map((v) => np.full([4], v))
    expect(lax.selectN(i32([-1, 0, 1, 9]), ...cases).js()).toEqual([0, 0, 10, 20])
  })
})

describe('reduce', () => {
  test('folds any associative function, also of an odd count, and of nothing', () => {
    const larger = (x: typeof matrix, y: typeof matrix) => lax.max(x, y)
    expect(lax.reduce(matrix, -Infinity, larger, [1]).js()).toEqual([2, 5])
    expect(lax.reduce(matrix, 1, lax.mul, [0, 1]).item()).toBe(0)
    expect(lax.reduce(np.ones([7]), 0, lax.add, [0]).item()).toBe(7)
    expect(lax.reduce(np.zeros([0, 2]), 5, lax.add, [0]).js()).toEqual([5, 5])
    expect(jit(grad((x: typeof matrix) => lax.reduce(x, 1, lax.mul, [0])))(np.array([2, 3, 4])).js()).toEqual(
      [12, 8, 6],
    )
  })
})

describe('running reductions', () => {
  test('forwards and in reverse', () => {
    const x = np.array([1, 3, 2])
    expect(lax.cummax(x, 0, { reverse: true }).js()).toEqual([3, 3, 2])
    expect(lax.cumsum(x, 0, { reverse: true }).js()).toEqual([6, 5, 2])
    const sums = np.exp(lax.cumlogsumexp(np.log(x), 0, { reverse: true }))
    expect(np.allclose(sums, np.array([6, 5, 2])).item()).toBe(1)
  })
})

describe('dynamic positions', () => {
  test('are numbers, rank-0 arrays or one vector; negative ones count from the end; all are clamped', () => {
    expect(lax.dynamicSlice(matrix, [0, -2], [2, 2]).js()).toEqual([
      [1, 2],
      [4, 5],
    ])
    expect(lax.dynamicSlice(matrix, i32([9, 9]), [1, 2]).js()).toEqual([[4, 5]])
    expect(lax.dynamicIndexInDim(matrix, 1, 0, { keepdims: false }).js()).toEqual([3, 4, 5])
    expect(lax.dynamicUpdateIndexInDim(matrix, np.zeros([2]), 2, 1).js()).toEqual([
      [0, 1, 0],
      [3, 4, 0],
    ])
  })
  test('scatters combine', () => {
    const dims = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
    const [x, at, u] = [np.ones([3]), np.array([[0], [0], [7]], { dtype: 'int32' }), np.array([2, 5, 9])]
    expect(lax.scatterAdd(x, at, u, dims).js()).toEqual([8, 1, 1])
    expect(lax.scatterMul(x, at, u, dims).js()).toEqual([10, 1, 1])
    expect(lax.scatterMin(x, at, u, dims).js()).toEqual([1, 1, 1])
    expect(lax.scatterMax(x, at, u, dims).js()).toEqual([5, 1, 1])
    expect(lax.scatter(x, at, u, dims).js()).toEqual([5, 1, 1])
  })
})

describe('sort', () => {
  test('of one array, of several by keys', () => {
    expect(lax.sort(np.array([3, 1, 2])).js()).toEqual([1, 2, 3])
    const [a, b] = lax.sort([i32([1, 0, 1]), i32([5, 6, 4])], 0, { numKeys: 2 })
    expect([a?.js(), b?.js()]).toEqual([
      [0, 1, 1],
      [6, 4, 5],
    ])
  })
})

describe('segments', () => {
  test('ids out of range are dropped, empty segments hold the neutral element', () => {
    const ids = i32([0, 2, 0, 9])
    const x = np.array([1, 2, 3, 4])
    expect(ops.segmentSum(x, ids, 3).js()).toEqual([4, 0, 2])
    expect(ops.segmentProd(x, ids, 3).js()).toEqual([3, 1, 2])
    expect(ops.segmentMax(x, ids, 3).js()).toEqual([3, -Infinity, 2])
    expect(ops.segmentMin(i32([4, 5, 6, 7]), ids, 2).js()).toEqual([4, 2 ** 31 - 1])
  })
  test('without a count it is read from the ids', () => {
    expect(ops.segmentSum(np.ones([3, 2]), i32([1, 1, 0])).js()).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(() => jit((ids: typeof matrix) => ops.segmentSum(np.ones([2]), ids))(i32([0, 1]))).toThrow(
      'give numSegments',
    )
  })
})

describe('scipySpecial', () => {
  test('inverses and identities', () => {
    const p = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 0.999])
    expect(np.allclose(scipySpecial.ndtr(scipySpecial.ndtri(p)), p, { rtol: 1e-4 }).item()).toBe(1)
    expect(scipySpecial.ndtri(np.array([0, 1, 2])).js()).toEqual([-Infinity, Infinity, NaN])
    const x = np.array([0.5, 3, 9, 20])
    // I0² - I1² > 0, and both near e^x / √(2πx) for large x
    const large = np.reciprocal(np.sqrt(np.multiply(2 * Math.PI, x)))
    expect(np.allclose(scipySpecial.i0e(x).slice([3]), large.slice([3]), { rtol: 1e-2 }).item()).toBe(1)
    expect(scipySpecial.i1e(np.negative(x)).js()).toEqual(scipySpecial.i1e(x).neg().js())
    expect(grad((y: typeof x) => scipySpecial.i1e(y))(np.array(0)).item()).toBe(0.5)
  })
  test('polygamma: digamma, π²/6, -2 ζ(3)', () => {
    const at = (n: number): number => scipySpecial.polygamma(n, np.array(1)).item()
    expect(at(0)).toBeCloseTo(-0.5772157, 5)
    expect(at(1)).toBeCloseTo(Math.PI ** 2 / 6, 5)
    expect(at(2)).toBeCloseTo(-2 * 1.2020569, 5)
  })
})

const mistakes: readonly (readonly [string, () => unknown, ErrorCode, string])[] = [
  [
    'integerPow',
    () => lax.integerPow(matrix, 0.5),
    'argument',
    'lax.integerPow: y must be a whole number, got 0.5. Use lax.pow.',
  ],
  [
    'split',
    () => lax.split(matrix, [1, 1], 1),
    'argument',
    'lax.split: sizes must be whole numbers >= 0 that add up to 3, got [1, 1].',
  ],
  [
    'indexInDim',
    () => lax.indexInDim(matrix, 2),
    'argument',
    'lax.indexInDim: index must be a whole number from -2 to 1, got 2.',
  ],
  [
    'dynamicSlice',
    () => lax.dynamicSlice(matrix, [0], [1, 1]),
    'argument',
    'lax.dynamicSlice: startIndices must be one for each of the 2 axes, got 1 of them.',
  ],
  [
    'dynamicSlice size',
    () => lax.dynamicSlice(matrix, [0, 0], [3, 1]),
    'shape',
    'a slice no larger than the operand',
  ],
  ['reduceSum', () => lax.reduceSum(matrix, [2]), 'axis', 'lax.reduceSum: axis 2'],
  ['topK', () => lax.topK(matrix, 4), 'argument', 'topK: k must be a whole number from 0 to 3, got 4.'],
  [
    'reduce',
    () => lax.reduce(matrix, i32([1]), lax.add, [0]),
    'dtype',
    'lax.reduce: a rank-0 initial value of the operand dtype',
  ],
  [
    'segmentSum',
    () => ops.segmentSum(matrix, i32([0, 1, 2]), 3),
    'shape',
    'ops.segmentSum: a vector of integer ids, one for each row of the data',
  ],
  ['multigammaln', () => scipySpecial.multigammaln(matrix, 0), 'argument', 'd must be a whole number >= 1'],
]

test.each(mistakes)('a mistake in %s', (_, run, code, message) => {
  let caught: unknown
  try {
    run()
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(CotangentError)
  expect((caught as CotangentError).code).toBe(code)
  expect((caught as CotangentError).message).toContain(message)
})
