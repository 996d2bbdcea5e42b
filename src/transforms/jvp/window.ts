/** Derivatives of windows and convolutions: linear, or linear in each operand. */

import { conv } from '../../core/ops.js'
import type { WindowSigs } from '../../core/primitives/window.js'
import type { JvpTable } from '../rules.js'
import { linear, partials } from './helpers.js'

export const window: JvpTable<keyof WindowSigs> = {
  conv: partials(
    'conv',
    (dlhs, _, [, rhs], params) => conv(dlhs, rhs, params),
    (drhs, _, [lhs], params) => conv(lhs, drhs, params),
  ),
  windows: linear('windows'),
  overlapAdd: linear('overlapAdd'),
}
