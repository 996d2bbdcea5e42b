/**
 * Scatter kernels: updates in row-major order → one function that walks the whole domain, because later updates
 * of an element see earlier ones.
 */

import { sizeOf } from '../../core/shape.js'
import type { AluName, Expr } from '../expr.js'
import type { ScatterKernel } from '../kernel.js'
import { loadScalar, storeAddress } from './address.js'
import { op, store, when } from './assembler/instruction.js'
import { collapse } from './collapse.js'
import type { ModuleContext, Step } from './context.js'
import { stepFunction } from './loop.js'
import { forAxes } from './nest.js'
import { scalarAlu, scalarType } from './scalarAlu.js'
import { Scope } from './scope.js'

const booleans = { add: 'or', mul: 'and', min: 'and', max: 'or' } as const

export function emitScatter(module: ModuleContext, kernel: ScatterKernel, name: string): readonly Step[] {
  if (sizeOf(kernel.shape) === 0) return []
  const at: Expr = { kind: 'position', id: -1, lane: 'i32', position: kernel.position }
  const c = collapse(kernel.shape, [at, kernel.value, ...(kernel.guard === null ? [] : [kernel.guard])], [])
  const position = c.position(kernel.position)
  const value = c.expr(kernel.value)
  const guard = kernel.guard === null ? null : c.expr(kernel.guard)
  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [value, { ...at, position }, ...(guard === null ? [] : [guard])])
  const all = scope.child()

  forAxes(
    all,
    c.shape.map((_, axis) => axis),
    (axis) => c.shape[axis] ?? 1,
    (inner) => {
      const update = inner.child()
      const lane = value.lane
      const { index, offset } = storeAddress(update, kernel.target, lane, position, 0)
      const address = update.temp('i32', index)
      const computed = update.temp(scalarType(lane), update.scalar(value))
      const next = (): ReturnType<typeof op> => {
        if (kernel.combiner === 'set') return computed
        const old = update.temp(
          scalarType(lane),
          loadScalar(update, { kind: 'load', id: -1, lane, buffer: kernel.target, position, checked: false }),
        )
        const context = {
          temp: update.temp.bind(update),
          vectorFunction: module.vectorFunction.bind(module),
          hostFunction: module.hostFunction.bind(module),
        }
        const alu: AluName = lane === 'bool' ? booleans[kernel.combiner] : kernel.combiner
        return scalarAlu(context, alu, lane, [old, computed])
      }
      const result = next()
      update.push(store(`${scalarType(lane)}.store`, address, result, offset))
      if (guard === null) inner.push(...update.statements)
      else inner.push(when(inner.scalar(guard), update.statements))
    },
  )
  scope.push(when(op('i32.lt_s', begin, end), all.statements))
  return [{ name, target: fn, units: 1, grain: 1, work: 4 * sizeOf(kernel.shape) }]
}
