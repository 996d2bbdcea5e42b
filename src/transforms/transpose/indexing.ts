/** Transposes of indexing: a read becomes a sum into the places read, a sum into places becomes a read. */

import { dynamicSlice, dynamicUpdateSlice, gather, scatterAdd } from '../../core/ops.js'
import type { IndexingSigs } from '../../core/primitives/indexing.js'
import { gatherOfScatter, scatterOfGather } from '../indexing.js'
import { isLinear, notLinear, type TransposeTable } from '../rules.js'
import { known, zeros } from './helpers.js'

export const indexing: TransposeTable<keyof IndexingSigs> = {
  dynamicSlice: ([ct], inputs) => {
    const [x, ...rest] = inputs
    if (ct === null || x === undefined) return [null]
    return [
      dynamicUpdateSlice(
        zeros(x),
        ct,
        rest.map((start) => known('dynamicSlice', start)),
      ),
    ]
  },
  dynamicUpdateSlice: ([ct], inputs) => {
    const [x, update, ...rest] = inputs
    if (ct === null || x === undefined || update === undefined) return [null, null]
    const starts = rest.map((start) => known('dynamicUpdateSlice', start))
    return [
      isLinear(x) ? dynamicUpdateSlice(ct, zeros(update), starts) : null,
      isLinear(update) ? dynamicSlice(ct, starts, update.aval.shape) : null,
    ]
  },
  gather: ([ct], [x, indices], params) => [
    ct === null ? null : scatterAdd(zeros(x), known('gather', indices), ct, scatterOfGather(params)),
    null,
  ],
  scatterAdd: ([ct], [x, indices, updates], params) => [
    isLinear(x) ? ct : null,
    null,
    isLinear(updates) && ct !== null
      ? gather(ct, known('scatterAdd', indices), gatherOfScatter(params, x.aval.shape, updates.aval.shape))
      : null,
  ],
  scatter: notLinear,
  sort: notLinear,
}
