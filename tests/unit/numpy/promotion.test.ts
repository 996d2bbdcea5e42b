import { describe, expect, test } from 'vitest'
import { numpy as np, type DType } from '../../../src/index.js'

const of = (dtype: DType) => np.ones([2], { dtype })

describe('dtypes of results', () => {
  test('numbers are weak: whole ones keep the dtype, fractions make integers float32', () => {
    const cases: readonly (readonly [DType, number | boolean, DType])[] = [
      ['int32', 2, 'int32'],
      ['int32', 0.5, 'float32'],
      ['uint8', 2, 'uint8'],
      ['bool', 2, 'int32'],
      ['bool', true, 'bool'],
      ['bool', 0.5, 'float32'],
      ['float16', 0.5, 'float16'],
      ['bfloat16', 2, 'bfloat16'],
      ['float32', Infinity, 'float32'],
      ['int32', NaN, 'float32'],
    ]
    for (const [dtype, number, expected] of cases)
      expect(np.add(of(dtype), number).dtype, `${dtype} + ${number}`).toBe(expected)
  })

  test('arrays follow the lattice, in both orders', () => {
    const cases: readonly (readonly [DType, DType, DType])[] = [
      ['int8', 'uint8', 'int32'],
      ['int32', 'uint32', 'int32'],
      ['float16', 'bfloat16', 'float32'],
      ['int32', 'float16', 'float16'],
      ['bool', 'uint8', 'uint8'],
    ]
    for (const [a, b, expected] of cases) {
      expect(np.add(of(a), of(b)).dtype).toBe(expected)
      expect(np.resultType(of(b), a)).toBe(expected)
    }
  })

  test('functions of numbers alone stay weak, and so does what is made of them', () => {
    const half = of('float16')
    expect(np.multiply(half, np.sqrt(4)).dtype).toBe('float16')
    expect(np.multiply(half, np.divide(np.sqrt(4), 3)).dtype).toBe('float16')
    expect(np.multiply(half, np.array(2)).dtype).toBe('float32')
    expect(np.add(of('int32'), np.negative(2)).dtype).toBe('int32')
  })

  test('numbers alone take the default dtypes', () => {
    expect(np.add(1, 2).dtype).toBe('int32')
    expect(np.add(1, 2.5).dtype).toBe('float32')
    expect(np.add(true, false).dtype).toBe('bool')
    expect(np.divide(1, 2).item()).toBe(0.5)
  })

  test('sums of narrow integers and bool are 32 bits wide', () => {
    expect(np.sum(of('bool')).dtype).toBe('int32')
    expect(np.sum(of('uint8')).dtype).toBe('uint32')
    expect(np.mean(of('int32')).dtype).toBe('float32')
    expect(np.mean(of('bfloat16')).dtype).toBe('bfloat16')
  })
})

describe('what is no array', () => {
  test('lists and strings are refused with the way to make an array', () => {
    const wrong = (x: unknown): number => x as number
    expect(() => np.add([1, 2] as unknown as number, 1)).toThrow(
      'add: an operand must be an array, a number or a boolean, got a JavaScript list. Make an array of lists and typed arrays with numpy.array.',
    )
    expect(() => np.sin(wrong('1'))).toThrow('sin: an operand must be')
    expect(() => np.sum(wrong(null))).toThrow('got null')
    expect(() => np.exp(wrong(undefined))).toThrow('got undefined')
  })
})
