/** The random family is integer arithmetic: it has no derivative. */

import type { RandomSigs } from '../../core/primitives/random.js'
import { zeroDerivative, type JvpTable } from '../rules.js'

export const random: JvpTable<keyof RandomSigs> = {
  threefry2x32: zeroDerivative,
}
