/**
 * Reference semantics of elementwise primitives where JavaScript, IEEE and XLA could differ.
 */

import { describe, expect, test } from 'vitest'
import type { DType } from '../../../src/core/dtype.js'
import type { PrimitiveName } from '../../../src/core/jaxpr.js'
import { operand, valuesOf } from './programs.js'

type BinaryName = Extract<
  PrimitiveName,
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'pow'
  | 'max'
  | 'min'
  | 'shiftLeft'
  | 'shiftRightLogical'
  | 'shiftRightArithmetic'
  | 'and'
  | 'or'
  | 'xor'
  | 'eq'
  | 'lt'
  | 'nextAfter'
>
type UnaryName = Extract<
  PrimitiveName,
  | 'exp'
  | 'log'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'not'
  | 'clz'
  | 'populationCount'
  | 'rsqrt'
  | 'logistic'
  | 'isFinite'
  | 'floor'
>

const binary = (
  name: BinaryName,
  dtype: DType,
  xs: readonly number[],
  ys: readonly number[],
): readonly number[] => valuesOf(name, [operand(dtype, xs), operand(dtype, ys)], {})
const unary = (name: UnaryName, dtype: DType, xs: readonly number[]): readonly number[] =>
  valuesOf(name, [operand(dtype, xs)], {})
const convert = (from: DType, to: DType, xs: readonly number[]): readonly number[] =>
  valuesOf('convert', [operand(from, xs)], { dtype: to })

const largest = 2147483647
const smallest = -2147483648

describe('integers', () => {
  test('wrap', () => {
    expect(binary('add', 'int32', [largest, smallest], [1, -1])).toEqual([smallest, largest])
    expect(binary('mul', 'int32', [65537, smallest], [65537, -1])).toEqual([131073, smallest])
    expect(binary('mul', 'uint32', [4294967295, 65537], [4294967295, 65537])).toEqual([1, 131073])
    expect(binary('sub', 'uint32', [0], [1])).toEqual([4294967295])
    expect(binary('add', 'int8', [127, -128], [1, -1])).toEqual([-128, 127])
    expect(binary('mul', 'uint8', [200], [2])).toEqual([144])
    expect(unary('neg', 'int32', [smallest, 5])).toEqual([smallest, -5])
    expect(unary('neg', 'uint32', [1])).toEqual([4294967295])
    expect(unary('abs', 'int32', [smallest, -7])).toEqual([smallest, 7])
  })
  test('divide towards zero; a division by zero has all bits set', () => {
    expect(binary('div', 'int32', [7, -7, 7, 5, smallest], [2, 2, -2, 0, -1])).toEqual([
      3,
      -3,
      -3,
      -1,
      smallest,
    ])
    expect(binary('div', 'uint32', [4294967295, 5], [2, 0])).toEqual([2147483647, 4294967295])
    expect(binary('rem', 'int32', [7, -7, 7, 5, smallest], [2, 2, -2, 0, -1])).toEqual([1, -1, 1, 5, 0])
  })
  test('have integer powers', () => {
    expect(binary('pow', 'int32', [2, -3, 0, 3, -1, 1, 5], [10, 3, 0, 21, -3, -5, -1])).toEqual([
      1024,
      -27,
      1,
      (3 ** 21) | 0,
      -1,
      1,
      0,
    ])
    expect(valuesOf('integerPow', [operand('int32', [3, -2])], { exponent: 5 })).toEqual([243, -32])
  })
  test('shift by at least the width to 0, or to the sign', () => {
    expect(binary('shiftLeft', 'int32', [1, 1, -1, 1], [31, 32, 33, -1])).toEqual([smallest, 0, 0, 0])
    expect(binary('shiftRightLogical', 'int32', [-1, -1, -1], [31, 32, 1])).toEqual([1, 0, largest])
    expect(binary('shiftRightArithmetic', 'int32', [-8, -8, 8, smallest], [1, 40, 40, 31])).toEqual([
      -4, -1, 0, -1,
    ])
    expect(binary('shiftLeft', 'uint8', [129, 1], [1, 8])).toEqual([2, 0])
    expect(binary('shiftRightLogical', 'int8', [-1], [4])).toEqual([15])
    expect(binary('shiftRightArithmetic', 'int8', [-128, 64], [3, 3])).toEqual([-16, 8])
  })
  test('have bits', () => {
    expect(unary('not', 'int32', [0, -1])).toEqual([-1, 0])
    expect(unary('not', 'uint8', [1])).toEqual([254])
    expect(unary('not', 'bool', [0, 1])).toEqual([1, 0])
    expect(binary('and', 'uint32', [4294967295], [2147483648])).toEqual([2147483648])
    expect(binary('xor', 'bool', [0, 1, 1], [1, 1, 0])).toEqual([1, 0, 1])
    expect(unary('clz', 'int32', [0, 1, -1])).toEqual([32, 31, 0])
    expect(unary('clz', 'int8', [0, 1, -1])).toEqual([8, 7, 0])
    expect(unary('populationCount', 'int32', [-1, 5])).toEqual([32, 2])
    expect(unary('populationCount', 'int8', [-1])).toEqual([8])
  })
})

describe('floats', () => {
  test('propagate NaN through max and min', () => {
    expect(binary('max', 'float32', [NaN, 1, 2], [1, NaN, 3])).toEqual([NaN, NaN, 3])
    expect(binary('min', 'float32', [NaN, 1, 2], [1, NaN, 3])).toEqual([NaN, NaN, 2])
    expect(
      valuesOf(
        'clamp',
        [operand('float32', [0, 0, 0]), operand('float32', [NaN, 2, -1]), operand('float32', [1, 1, 1])],
        {},
      ),
    ).toEqual([NaN, 1, 0])
  })
  test('have IEEE powers', () => {
    expect(binary('pow', 'float32', [1, -1, 0, 0, -8, NaN], [NaN, Infinity, 0, -1, 1 / 3, 0])).toEqual([
      1,
      1,
      1,
      Infinity,
      NaN,
      1,
    ])
  })
  test('have the remainder of C', () => {
    expect(binary('rem', 'float32', [5.5, -5.5, 1, Infinity, 3], [2, 2, 0, 1, Infinity])).toEqual([
      1.5,
      -1.5,
      NaN,
      NaN,
      3,
    ])
  })
  test('keep signs of zero, and NaN', () => {
    expect(unary('sign', 'float32', [-0, 0, NaN, -Infinity])).toEqual([-0, 0, NaN, -1])
    expect(unary('neg', 'float32', [0])).toEqual([-0])
    expect(unary('rsqrt', 'float32', [0, -0, 4, Infinity])).toEqual([Infinity, -Infinity, 0.5, 0])
    expect(unary('isFinite', 'float32', [NaN, Infinity, 1])).toEqual([0, 0, 1])
    expect(binary('eq', 'float32', [NaN, 0], [NaN, -0])).toEqual([0, 1])
  })
  test('do not overflow in logistic', () => {
    expect(unary('logistic', 'float64', [-1000, 1000, 0])).toEqual([0, 1, 0.5])
    expect(unary('logistic', 'float64', [-40])[0]).toBeCloseTo(Math.exp(-40), 30)
  })
  test('round halves as asked', () => {
    const halves = operand('float32', [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.2, Infinity])
    expect(valuesOf('round', [halves], { method: 'toNearestEven' })).toEqual([
      -2,
      -2,
      -0,
      0,
      2,
      2,
      -0,
      Infinity,
    ])
    expect(valuesOf('round', [halves], { method: 'awayFromZero' })).toEqual([
      -3,
      -2,
      -1,
      1,
      2,
      3,
      -0,
      Infinity,
    ])
  })
  test('are rounded to their dtype once', () => {
    expect(binary('add', 'float32', [1], [2 ** -25])).toEqual([1])
    expect(binary('add', 'float64', [1], [2 ** -25])).toEqual([1 + 2 ** -25])
    expect(binary('add', 'float16', [2048], [1])).toEqual([2048])
    expect(binary('mul', 'float16', [300], [300])).toEqual([Infinity])
    expect(binary('add', 'bfloat16', [256], [1])).toEqual([256])
    expect(binary('nextAfter', 'bfloat16', [1], [2])).toEqual([1.0078125])
  })
})

describe('convert', () => {
  test('truncates and saturates floats, NaN gives 0', () => {
    expect(convert('float32', 'int32', [1.9, -1.9, 3e9, -3e9, NaN, Infinity])).toEqual([
      1,
      -1,
      largest,
      smallest,
      0,
      largest,
    ])
    expect(convert('float32', 'uint32', [-1, 3e9, 5e9, NaN])).toEqual([0, 3e9, 4294967295, 0])
    expect(convert('float32', 'int8', [200, -200, 1.5])).toEqual([127, -128, 1])
    expect(convert('float32', 'uint8', [-3, 300])).toEqual([0, 255])
  })
  test('wraps integers', () => {
    expect(convert('int32', 'uint8', [-1, 256, 300])).toEqual([255, 0, 44])
    expect(convert('int32', 'int8', [128, -129])).toEqual([-128, 127])
    expect(convert('uint32', 'int32', [4294967295])).toEqual([-1])
  })
  test('makes bool of anything that is not zero', () => {
    expect(convert('float32', 'bool', [0, -0, 0.25, NaN])).toEqual([0, 0, 1, 1])
    expect(convert('int32', 'bool', [256, 0])).toEqual([1, 0])
    expect(convert('bool', 'float32', [1, 0])).toEqual([1, 0])
  })
  test('rounds to half types', () => {
    expect(convert('float32', 'float16', [1.0004883, 70000, 1e-8])).toEqual([1, Infinity, 0])
    expect(convert('float32', 'bfloat16', [1.0039062, 3e38])).toEqual([1, 226 * 2 ** 120])
    expect(convert('int32', 'float32', [16777217])).toEqual([16777216])
  })
})

describe('bitcast', () => {
  const bitcast = (from: DType, to: DType, xs: readonly number[]) =>
    valuesOf('bitcast', [operand(from, xs)], { dtype: to })
  test('reads the same bits', () => {
    expect(bitcast('float32', 'uint32', [1, -0])).toEqual([0x3f800000, 0x80000000])
    expect(bitcast('float32', 'int32', [-0])).toEqual([smallest])
    expect(bitcast('uint32', 'float32', [0x40490fdb, 0x7f800000])).toEqual([Math.fround(Math.PI), Infinity])
    expect(bitcast('int32', 'uint32', [-1])).toEqual([4294967295])
    expect(bitcast('int8', 'uint8', [-1])).toEqual([255])
  })
  test('of half types, there and back', () => {
    const halves = [0, 1, -1.5, 65504, 2 ** -24, Infinity, 2 ** -14]
    expect(bitcast('bfloat16', 'float16', bitcast('float16', 'bfloat16', halves))).toEqual(halves)
    // 1.0 as float16 is 0x3c00: exponent 0x78 = 120 in bfloat16, so 2^-7.
    expect(bitcast('float16', 'bfloat16', [1])).toEqual([2 ** -7])
  })
})

test('select takes elements', () => {
  expect(
    valuesOf(
      'select',
      [operand('bool', [1, 0, 1]), operand('int32', [1, 2, 3]), operand('int32', [4, 5, 6])],
      {},
    ),
  ).toEqual([1, 5, 3])
})
