/**
 * Dtypes: JAX's promotion lattice, weak scalars, rounding and wrapping.
 */

import { describe, expect, test } from 'vitest'
import {
  defaultDType,
  dtypes,
  floatInfo,
  hostArray,
  integerRange,
  promoteTypes,
  promoteWeak,
  roundTo,
  roundToBfloat16,
  roundToFloat16,
  type DType,
} from '../../../src/core/dtype.js'

describe('promotion', () => {
  test.each<[DType, DType, DType]>([
    ['bool', 'uint8', 'uint8'],
    ['bool', 'bfloat16', 'bfloat16'],
    ['int8', 'int32', 'int32'],
    ['uint8', 'int8', 'int32'],
    ['uint8', 'uint32', 'uint32'],
    ['uint32', 'int32', 'int32'],
    ['uint8', 'int32', 'int32'],
    ['int32', 'float16', 'float16'],
    ['uint32', 'bfloat16', 'bfloat16'],
    ['float16', 'bfloat16', 'float32'],
    ['bfloat16', 'float32', 'float32'],
    ['float32', 'float64', 'float64'],
  ])('%s and %s meet at %s', (a, b, expected) => {
    expect(promoteTypes(a, b)).toBe(expected)
    expect(promoteTypes(b, a)).toBe(expected)
  })
  test('is a join: idempotent, commutative, associative', () => {
    for (const a of dtypes) {
      expect(promoteTypes(a, a)).toBe(a)
      for (const b of dtypes) {
        expect(promoteTypes(a, b)).toBe(promoteTypes(b, a))
        // An unsigned integer meets a signed one at int32, which stands in for the int64 that is not there;
        // so only chains without that pair associate.
        for (const c of dtypes) {
          const chain = [a, b, c]
          if (chain.some((d) => d.startsWith('uint')) && chain.some((d) => d.startsWith('int'))) continue
          expect(promoteTypes(promoteTypes(a, b), c)).toBe(promoteTypes(a, promoteTypes(b, c)))
        }
      }
    }
  })
  test('of a weak scalar follows the array', () => {
    expect([
      promoteWeak('int32', 2),
      promoteWeak('int32', 0.5),
      promoteWeak('float16', 0.5),
      promoteWeak('bool', 2),
      promoteWeak('uint8', 2),
      promoteWeak('int8', true),
    ]).toEqual(['int32', 'float32', 'float16', 'int32', 'uint8', 'int8'])
    expect([defaultDType(true), defaultDType(3), defaultDType(0.5), defaultDType(NaN)]).toEqual([
      'bool',
      'int32',
      'float32',
      'float32',
    ])
  })
})

describe('rounding', () => {
  test('to float16', () => {
    expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2049, 2051, 65519, 65520].map(roundToFloat16)).toEqual([
      1,
      1 + 2 ** -9,
      2048,
      2052,
      65504,
      Infinity,
    ])
    expect([2 ** -24, 2 ** -25, 1.5 * 2 ** -25, -(2 ** -26), NaN, -Infinity].map(roundToFloat16)).toEqual([
      2 ** -24,
      0,
      2 ** -24,
      -0,
      NaN,
      -Infinity,
    ])
  })
  test('to bfloat16', () => {
    expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8, 3.4e38, NaN].map(roundToBfloat16)).toEqual([
      1,
      1 + 2 ** -6,
      -1,
      Infinity,
      NaN,
    ])
  })
  test('wraps integers and makes bool 0 or 1', () => {
    expect([
      roundTo('int32', 2 ** 31),
      roundTo('uint32', -1),
      roundTo('int8', 200),
      roundTo('uint8', -1),
      roundTo('bool', -3),
    ]).toEqual([-(2 ** 31), 2 ** 32 - 1, -56, 255, 1])
    expect([roundTo('float32', 0.1), roundTo('float64', 0.1)]).toEqual([Math.fround(0.1), 0.1])
  })
})

test('host arrays and ranges', () => {
  expect(dtypes.map((dtype) => hostArray(dtype, 1).constructor.name)).toEqual([
    'Uint8Array',
    'Uint8Array',
    'Int8Array',
    'Uint32Array',
    'Int32Array',
    'Float32Array',
    'Float32Array',
    'Float32Array',
    'Float64Array',
  ])
  expect([integerRange('int8'), integerRange('uint32')]).toEqual([
    { min: -128, max: 127 },
    { min: 0, max: 4294967295 },
  ])
  expect(floatInfo('float16').max).toBe(65504)
  expect(Math.fround(floatInfo('float32').max)).toBe(floatInfo('float32').max)
})
