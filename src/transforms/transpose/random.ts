/** The random family is linear in nothing. */

import type { RandomSigs } from '../../core/primitives/random.js'
import { notLinear, type TransposeTable } from '../rules.js'

export const random: TransposeTable<keyof RandomSigs> = {
  threefry2x32: notLinear,
}
