// Half-precision patterns: every one of them, and rounding against the definition.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { roundToBfloat16, roundToFloat16 } from '../../../src/core/dtype.js'
import {
  bfloat16ToFloat32Bits,
  float16ToFloat32Bits,
  float32BitsToBfloat16,
  float32BitsToFloat16,
} from '../../../src/io/halves.js'

const floats = new Float32Array(1)
const bits = new Uint32Array(floats.buffer)
const toFloat = (pattern: number): number => {
  bits[0] = pattern
  return floats[0]!
}
const toBits = (x: number): number => {
  floats[0] = x
  return bits[0]!
}

const formats = [
  ['float16', float16ToFloat32Bits, float32BitsToFloat16, roundToFloat16],
  ['bfloat16', bfloat16ToFloat32Bits, float32BitsToBfloat16, roundToBfloat16],
] as const

it.each(formats)('%s: every pattern comes back, what a NaN carries included', (_, widen, narrow) => {
  const changed = Array.from({ length: 65536 }, (_, half) => half).filter(
    (half) => narrow(widen(half)) !== half,
  )
  expect(changed).toEqual([])
})

it.each(formats)('%s: patterns stand for numbers that rounding leaves alone', (_, widen, _narrow, round) => {
  const changed = Array.from({ length: 65536 }, (_, half) => toFloat(widen(half))).filter(
    (x) => !Object.is(round(x), x),
  )
  expect(changed).toEqual([])
})

it.each(formats)('%s: rounds to nearest even', (_, widen, narrow, round) => {
  fc.assert(
    fc.property(fc.oneof(fc.float(), fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(toFloat)), (x) => {
      expect(toFloat(widen(narrow(toBits(x))))).toBe(round(x))
    }),
    { numRuns: 3000 },
  )
})
it('a NaN stays one although its upper bits are zero', () => {
  for (const narrowed of [
    float16ToFloat32Bits(float32BitsToFloat16(0x7f800001)),
    bfloat16ToFloat32Bits(float32BitsToBfloat16(0xff800001)),
  ])
    expect(toFloat(narrowed)).toBeNaN()
})
