/** The derivative of every primitive. A primitive without an entry does not compile. */

import type { PrimitiveName } from '../../core/jaxpr.js'
import type { JvpTable } from '../rules.js'
import { call } from './call.js'
import { contraction } from './contraction.js'
import { control } from './control.js'
import { elementwise } from './elementwise.js'
import { indexing } from './indexing.js'
import { movement } from './movement.js'
import { random } from './random.js'
import { reduction } from './reduction.js'
import { window } from './window.js'

export const jvpRules: JvpTable<PrimitiveName> = {
  ...elementwise,
  ...reduction,
  ...movement,
  ...indexing,
  ...contraction,
  ...window,
  ...random,
  ...control,
  ...call,
}
