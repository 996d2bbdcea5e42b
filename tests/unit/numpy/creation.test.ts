import { describe, expect, test } from 'vitest'
import { CotangentError, grad, jit, numpy as np } from '../../../src/index.js'

describe('array', () => {
  test('numbers make float32, booleans bool, typed arrays their own dtype', () => {
    expect(np.array([1, 2]).dtype).toBe('float32')
    expect(np.array(3).dtype).toBe('float32')
    expect(np.array([[true], [false]]).dtype).toBe('bool')
    expect(np.array(new Int32Array([1, 2])).dtype).toBe('int32')
    expect(np.array(new Float64Array([1, 2])).dtype).toBe('float64')
    expect(np.array(new Uint8Array([1, 255])).js()).toEqual([1, 255])
    expect(np.array([]).dtype).toBe('float32')
  })

  test('a dtype converts as astype does: truncating, saturating nothing, rounding halves', () => {
    expect(np.array([1.9, -1.9, NaN], { dtype: 'int32' }).js()).toEqual([1, -1, 0])
    expect(np.array([0, 0.5, 2], { dtype: 'bool' }).js()).toEqual([false, true, true])
    expect(np.array([1 + 2 ** -12], { dtype: 'float16' }).js()).toEqual([1])
  })

  test('shapes of nested lists, empty ones included', () => {
    expect(
      np.array([
        [[1], [2]],
        [[3], [4]],
      ]).shape,
    ).toEqual([2, 2, 1])
    expect(np.array([[], []]).shape).toEqual([2, 0])
  })

  test('arrays in lists are stacked, also while tracing', () => {
    const x = np.array([1, 2])
    expect(np.array([x, [np.array(3), 4]]).js()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(np.array([np.array([1], { dtype: 'int32' }), np.array([2.5])]).dtype).toBe('float32')
    expect(jit((y) => np.array([y, np.multiply(y, 2)]))(np.array(3)).js()).toEqual([3, 6])
    expect(grad((y) => np.sum(np.array([y, np.multiply(y, 2)])))(np.array(3)).item()).toBe(3)
  })

  test('ragged lists and strings are mistakes', () => {
    expect(() => np.array([[1, 2], [3]])).toThrow(
      'array: values must be nested lists of equal lengths, got lists of lengths 2 and 1 at depth 1.',
    )
    expect(() => np.array([[1], 2])).toThrow('nested lists of equal lengths')
    expect(() => np.array([1, [2]])).toThrow(CotangentError)
    expect(() => np.array(['1' as unknown as number])).toThrow('got a string')
    expect(() => np.array([1], { dtype: 'float' as 'float32' })).toThrow(
      'array: the name of a dtype, for instance float32 or int32, got float.',
    )
  })
})

describe('filled arrays', () => {
  test('zeros, ones, full and their likes', () => {
    expect(np.zeros(3).js()).toEqual([0, 0, 0])
    expect(np.ones([1, 2], { dtype: 'int32' }).js()).toEqual([[1, 1]])
    expect(np.full([2], 7).dtype).toBe('int32')
    expect(np.full([2], 0.5).dtype).toBe('float32')
    expect(np.full([2, 2], np.array([1, 2])).js()).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(np.onesLike(np.array([1], { dtype: 'int8' })).dtype).toBe('int8')
    expect(np.fullLike(np.zeros([2]), 3, { dtype: 'uint8' }).js()).toEqual([3, 3])
  })

  test('a shape that is none is a mistake', () => {
    expect(() => np.zeros([-1])).toThrow('zeros: shape must be a list of whole numbers >= 0, got [-1].')
    expect(() => np.ones([1.5])).toThrow('ones: shape')
    expect(() => np.full([2], np.array([1, 2, 3]))).toThrow(CotangentError)
  })
})

describe('arange and linspace', () => {
  test('whole numbers make int32, fractions float32', () => {
    expect(np.arange(3).dtype).toBe('int32')
    expect(np.arange(0, 1, 0.5).dtype).toBe('float32')
    expect(np.arange(5, 0, -2).js()).toEqual([5, 3, 1])
    expect(np.arange(3, 3).shape).toEqual([0])
    expect(np.arange(2, 4, 1, { dtype: 'float32' }).js()).toEqual([2, 3])
  })
  test('a step of 0 is a mistake', () => {
    expect(() => np.arange(0, 1, 0)).toThrow(
      'arange: start, stop and step must be finite numbers with step not 0, got 0, 1, 0.',
    )
  })
  test('linspace ends exactly and is differentiable in its ends', () => {
    expect(np.linspace(0, 0.3, 4).js()).toEqual([0, 0.1, 0.2, 0.3].map(Math.fround))
    expect(np.linspace(1, 2, 0).shape).toEqual([0])
    expect(grad((stop) => np.sum(np.linspace(0, stop, 3)))(np.array(2)).item()).toBe(1.5)
  })
})

describe('eye and tri', () => {
  test('diagonals', () => {
    expect(np.eye(2, 3, { k: 1 }).js()).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ])
    expect(np.tri(2, 3, -1, { dtype: 'int32' }).js()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ])
    expect(np.eye(0).shape).toEqual([0, 0])
  })
})
