/**
 * The Threefry-2x32 block cipher with 20 rounds, elementwise over uint32 words.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
 */

import { hostArray } from '../../core/dtype.js'
import type { RandomSigs } from '../../core/primitives/random.js'
import { at, type ReferenceTable } from './values.js'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/** Two words of `counter` enciphered with two words of `key`, as int32 patterns. */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): readonly [number, number] {
  // The parity word makes the three-word key schedule.
  const key = [key0, key1, key0 ^ key1 ^ 0x1bd11bda]
  let x = (counter0 + key0) | 0
  let y = (counter1 + key1) | 0
  for (let round = 0; round < 5; round++) {
    for (const by of rotations[round % 2] ?? rotations[0]) {
      x = (x + y) | 0
      y = rotateLeft(y, by) ^ x
    }
    x = (x + at(key, (round + 1) % 3)) | 0
    y = (y + at(key, (round + 2) % 3) + round + 1) | 0
  }
  return [x, y]
}

export const random: ReferenceTable<keyof RandomSigs> = {
  threefry2x32: ([key0, key1, counter0, counter1], _, [out]) => {
    const first = hostArray(out.dtype, out.size)
    const second = hostArray(out.dtype, out.size)
    for (let i = 0; i < out.size; i++) {
      const [x, y] = threefry(at(key0.data, i), at(key1.data, i), at(counter0.data, i), at(counter1.data, i))
      first[i] = x
      second[i] = y
    }
    return [first, second]
  },
}
