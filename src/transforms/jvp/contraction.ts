/** Derivatives of contractions, by the product rule. */

import { dotGeneral } from '../../core/ops.js'
import type { ContractionSigs } from '../../core/primitives/contraction.js'
import type { JvpTable } from '../rules.js'
import { partials } from './helpers.js'

export const contraction: JvpTable<keyof ContractionSigs> = {
  dotGeneral: partials(
    'dotGeneral',
    (dlhs, _, [, rhs], params) => dotGeneral(dlhs, rhs, params),
    (drhs, _, [lhs], params) => dotGeneral(lhs, drhs, params),
  ),
}
