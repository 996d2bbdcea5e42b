/**
 * Sort kernels call the host: `sort(outer, length, inner, keys, operands)` gets the address of a list of
 * operands, three words each: lane number, address of the input, address of the output.
 */

import type { Lane } from '../expr.js'
import type { SortKernel } from '../kernel.js'
import { constantPosition } from '../position.js'
import { storeAddress } from './address.js'
import { call, i32, op, store, when } from './assembler/instruction.js'
import type { ModuleContext, Step } from './context.js'
import { stepFunction } from './loop.js'
import { Scope } from './scope.js'

export const sortImport = 'sort'

/** How the host knows a lane; a truth value sorts as the number it is stored as. */
export const laneNumbers: Readonly<Record<Lane, number>> = { f32: 0, f64: 1, i32: 2, u32: 3, bool: 3 }

export function emitSort(module: ModuleContext, kernel: SortKernel, name: string): readonly Step[] {
  const { outer, length, inner, keys, lanes, inputs, outputs } = kernel
  if (outer * length * inner === 0) return []
  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const list = scope.base(module.scratch(3 * lanes.length))
  const host = module.builder.import(sortImport, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [])
  const origin = constantPosition<never>(0)
  const work = scope.child()
  lanes.forEach((lane, i) => {
    const address = (buffer: number | undefined): ReturnType<typeof op> =>
      storeAddress(scope, buffer ?? 0, lane, origin, 0).index
    work.push(
      store('i32.store', list, i32(laneNumbers[lane]), 12 * i),
      store('i32.store', list, address(inputs[i]), 12 * i + 4),
      store('i32.store', list, address(outputs[i]), 12 * i + 8),
    )
  })
  work.push(call(host, i32(outer), i32(length), i32(inner), i32(keys), i32(lanes.length), list))
  scope.push(when(op('i32.lt_s', begin, end), work.statements))
  return [{ name, target: fn, units: 1, grain: 1, work: 50 * outer * length * inner }]
}
