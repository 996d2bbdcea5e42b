/**
 * The block cipher in random programs.
 */

import type { RandomSigs } from '../../../core/primitives/random.js'
import { smooth, type GeneratorTable } from './generator.js'

export const random: GeneratorTable<RandomSigs> = {
  threefry2x32: smooth((b, pick) => {
    const x = b.any(pick, 'uint')
    const words = [x, ...[0, 1, 2].map(() => b.shaped(pick, 'uint', x.aval.shape))]
    b.emitAll('threefry2x32', words, {}, [{ low: 0, high: 2 ** 32 }])
  }),
}
