/** Batching of the random family, which is elementwise. */

import type { RandomSigs } from '../../core/primitives/random.js'
import type { BatchTable } from '../rules.js'
import { alongside } from './helpers.js'

export const random: BatchTable<keyof RandomSigs> = {
  threefry2x32: alongside('threefry2x32'),
}
