import { describe, expect, test } from 'vitest'
import { CotangentError, grad, jit, numpy as np, vmap } from '../../../src/index.js'

const x = np.reshape(np.arange(12), [3, 4])
const i32 = (values: readonly number[]) => np.array([...values], { dtype: 'int32' })

describe('x.slice', () => {
  test('numbers, ranges and new axes', () => {
    expect(x.slice(1).js()).toEqual([4, 5, 6, 7])
    expect(x.slice(-1, -1).item()).toBe(11)
    expect(x.slice([1], [0, 2]).js()).toEqual([
      [4, 5],
      [8, 9],
    ])
    expect(x.slice([0, -2], 0).js()).toEqual([0])
    expect(x.slice(null, 0, null).shape).toEqual([1, 1, 4])
  })

  test('ranges are clamped, and may be empty', () => {
    expect(x.slice([1, 99]).shape).toEqual([2, 4])
    expect(x.slice([2, 1]).shape).toEqual([0, 4])
    expect(x.slice([], [-99, 1]).shape).toEqual([3, 1])
  })

  test('integer arrays gather, from the end where negative, clamped where out of range', () => {
    expect(x.slice(i32([2, -3, 99])).js()).toEqual([
      [8, 9, 10, 11],
      [0, 1, 2, 3],
      [8, 9, 10, 11],
    ])
    expect(x.slice(i32([0, 1]), i32([1, 2])).js()).toEqual([1, 6])
    expect(x.slice(1, i32([3, 0])).js()).toEqual([7, 4])
    expect(x.slice([1], i32([[0], [3]].flat())).js()).toEqual([
      [4, 7],
      [8, 11],
    ])
  })

  test('arrays apart from each other put their axes in front, as in NumPy', () => {
    const y = np.zeros([2, 3, 4])
    expect(y.slice(i32([0, 1, 0, 1, 0]), [], i32([0, 1, 2, 3, 0])).shape).toEqual([5, 3])
    expect(y.slice([], i32([0, 1]), i32([0, 1])).shape).toEqual([2, 2])
    expect(y.slice(0, [], i32([0, 1])).shape).toEqual([2, 3])
  })

  test('a static index out of range is a mistake', () => {
    expect(() => x.slice(3)).toThrow(
      'slice: index 0 must be a whole number from -3 to 2 for axis 0 of shape [3, 4], got 3.',
    )
    expect(() => x.slice(0, 0, 0)).toThrow(
      'slice: index must be at most one index for each axis, got 3 indices for 2 axes.',
    )
    expect(() => x.slice([0.5])).toThrow(CotangentError)
  })

  test('a mask is refused with what to use instead', () => {
    expect(() => x.slice(np.greater(x, 3))).toThrow('use numpy.where(mask, x, 0)')
    expect(() => x.slice(np.array([0.5]))).toThrow('slice: an integer index array, got float32.')
  })

  test('works under transformations', () => {
    const pick = (y: typeof x, i: typeof x) => y.slice(i)
    expect(jit(pick)(x, i32([1])).js()).toEqual([[4, 5, 6, 7]])
    expect(vmap(pick, [null, 0])(x, i32([0, 2])).js()).toEqual([
      [0, 1, 2, 3],
      [8, 9, 10, 11],
    ])
    const f = (y: typeof x) => np.sum(np.square(y.slice(i32([0, 0, 1]))))
    expect(grad(f)(np.array([1, 2, 3])).js()).toEqual([4, 4, 0])
  })

  test('iteration gives the items', () => {
    expect([...x].map((row) => np.sum(row).item())).toEqual([6, 22, 38])
    const [first, second] = np.array([1, 2])
    expect([first?.item(), second?.item()]).toEqual([1, 2])
  })
})

describe('take', () => {
  test('modes', () => {
    const v = np.array([10, 20, 30])
    const i = i32([-1, 5])
    expect(np.take(v, i).js()).toEqual([30, NaN])
    expect(np.take(v, i, null, { mode: 'clip' }).js()).toEqual([10, 30])
    expect(np.take(v, i, null, { mode: 'wrap' }).js()).toEqual([30, 30])
    expect(np.take(v, i, null, { fillValue: 7 }).js()).toEqual([30, 7])
    expect(np.take(i32([1, 2]), 9).item()).toBe(-(2 ** 31))
  })

  test('an index array of any rank, along any axis', () => {
    expect(np.take(x, i32([3, 0]), 1).js()).toEqual([
      [3, 0],
      [7, 4],
      [11, 8],
    ])
    expect(np.take(x, np.zeros([2, 2], { dtype: 'int32' }), 0).shape).toEqual([2, 2, 4])
  })

  test('takeAlongAxis broadcasts the other axes', () => {
    expect(np.takeAlongAxis(x, np.array([[1]], { dtype: 'int32' }), 1).js()).toEqual([[1], [5], [9]])
    expect(
      np
        .takeAlongAxis(x, np.argsort(np.negative(x), 1), 1)
        .slice(0)
        .js(),
    ).toEqual([3, 2, 1, 0])
  })

  test('put and putAlongAxis give copies', () => {
    const v = np.zeros([3])
    expect(np.put(v, i32([0, -1]), np.array([5, 6])).js()).toEqual([5, 0, 6])
    expect(v.js()).toEqual([0, 0, 0])
    expect(np.putAlongAxis(np.zeros([2, 2]), np.array([[1], [0]], { dtype: 'int32' }), 9, 1).js()).toEqual([
      [0, 9],
      [9, 0],
    ])
  })
})
