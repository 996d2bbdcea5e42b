/**
 * Shapes: sizes, strides, axes, broadcasting, and the messages of their mistakes.
 */

import { describe, expect, test } from 'vitest'
import {
  broadcastShapes,
  checkShape,
  inserted,
  inversePermutation,
  normalizeAxes,
  normalizeAxis,
  sizeOf,
  stridesOf,
  without,
} from '../../../src/core/shape.js'

test('sizes and strides', () => {
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([4, 0])]).toEqual([1, 6, 0])
  expect([stridesOf([]), stridesOf([2, 3, 4])]).toEqual([[], [12, 4, 1]])
})

describe('axes', () => {
  test('count from either end', () => {
    expect([normalizeAxis(-1, [2, 3], 'sum'), normalizeAxis(0, [2, 3], 'sum')]).toEqual([1, 0])
    expect([
      normalizeAxes(null, [2, 3], 'sum'),
      normalizeAxes([-1, 0], [2, 3], 'sum'),
      normalizeAxes(1, [2, 3], 'sum'),
    ]).toEqual([[0, 1], [0, 1], [1]])
  })
  test('must exist, once', () => {
    expect(() => normalizeAxis(2, [2, 3], 'numpy.sum')).toThrow(
      'numpy.sum: axis 2 is not valid for an array of shape [2, 3] (axes are -2 to 1, each at most once).',
    )
    expect(() => normalizeAxis(0, [], 'numpy.sum')).toThrow('(it has no axes)')
    expect(() => normalizeAxis(0.5, [2], 'numpy.sum')).toThrow('axis 0.5')
    expect(() => normalizeAxes([0, -2], [2, 3], 'numpy.sum')).toThrow('numpy.sum: axis [0, -2] is not valid')
  })
})

describe('broadcasting', () => {
  test('aligns at the right', () => {
    expect(broadcastShapes([[3, 1], [4]], 'add')).toEqual([3, 4])
    expect(broadcastShapes([[], [2, 0], [1]], 'add')).toEqual([2, 0])
  })
  test('needs equal sizes or 1', () => {
    expect(() => broadcastShapes([[2, 3], [2]], 'numpy.add')).toThrow(
      'numpy.add: shapes that broadcast (aligned at the right, sizes equal or 1), got shapes [2, 3] and [2]. Reshape or expandDims one of them.',
    )
  })
})

test('a shape is a list of whole sizes', () => {
  expect(() => checkShape([2, -1], 'zeros')).toThrow(
    'zeros: shape must be a list of whole numbers >= 0, got [2,-1].',
  )
  expect(() => checkShape([1.5], 'zeros')).toThrow('[1.5]')
  expect(checkShape([0, 2], 'zeros')).toBeUndefined()
})

test('lists', () => {
  expect([
    without(['a', 'b', 'c'], [1]),
    inserted(['a', 'c'], 1, 'b'),
    inversePermutation([2, 0, 1]),
  ]).toEqual([
    ['a', 'c'],
    ['a', 'b', 'c'],
    [1, 2, 0],
  ])
})
