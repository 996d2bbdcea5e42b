/**
 * Cumulative kernels: running sums, products and extremes along the middle axis of [outer, length, inner] → one
 * function over lines. Float sums and products run in f64, rounded at each element.
 */

import type { CumulativeKernel } from '../kernel.js'
import { constantPosition } from '../position.js'
import { storeAddress } from './address.js'
import { add, get, i32, load, op, scale, set, store, type Instruction } from './assembler/instruction.js'
import { countedLoop } from './assembler/module.js'
import { elementsPerCall, stepFunction } from './loop.js'
import type { ModuleContext, Step } from './context.js'
import { scalarAlu, scalarType } from './scalarAlu.js'
import { Scope } from './scope.js'

export function emitCumulative(
  module: ModuleContext,
  kernel: CumulativeKernel,
  name: string,
): readonly Step[] {
  const { outer, length, inner, lane, combiner, reverse } = kernel
  if (outer * length * inner === 0) return []
  const { fn, begin, end } = stepFunction(module, name)
  const scope = Scope.top(module, fn, [])
  const bytes = lane === 'f64' ? 8 : 4
  const type = scalarType(lane)
  const wide = lane === 'f32' && (combiner === 'sum' || combiner === 'prod')
  const origin = constantPosition<never>(0)
  const from = storeAddress(scope, kernel.input, lane, origin, 0).index
  const to = storeAddress(scope, kernel.output, lane, origin, 0).index
  const [line, at, left, total] = [
    fn.local('i32', 'line'),
    fn.local('i32', 'at'),
    fn.local('i32', 'left'),
    fn.local(wide ? 'f64' : type, 'total'),
  ]

  const element = (): Instruction => {
    const x = load(`${type}.load`, add(from, get(at)))
    return wide ? op('f64.promote_f32', x) : x
  }
  const write = (): Instruction =>
    store(`${type}.store`, add(to, get(at)), wide ? op('f32.demote_f64', get(total)) : get(total))
  const step = (reverse ? -1 : 1) * inner * bytes
  const body = scope.child()
  const alu = ({ sum: 'add', prod: 'mul', max: 'max', min: 'min' } as const)[combiner]
  const context = {
    temp: body.temp.bind(body),
    vectorFunction: module.vectorFunction.bind(module),
    hostFunction: module.hostFunction.bind(module),
  }
  const next = scalarAlu(context, alu, wide ? 'f64' : lane, [get(total), element()])
  body.push(set(total, next), write(), set(at, add(get(at), i32(step))))

  // Line (o, i) starts at element o · length · inner + i, at its other end if reversed.
  const start = add(
    scale(op('i32.div_u', get(line), i32(inner)), length * inner * bytes),
    scale(op('i32.rem_u', get(line), i32(inner)), bytes),
  )
  const lines = [
    set(at, add(start, i32(reverse ? (length - 1) * inner * bytes : 0))),
    set(total, element()),
    write(),
    set(at, add(get(at), i32(step))),
    ...countedLoop(left, i32(1), i32(length), 1, body.statements, false),
  ]
  scope.push(...countedLoop(line, begin, end, 1, lines, false))
  return [
    {
      name,
      target: fn,
      units: outer * inner,
      grain: Math.max(1, Math.floor(elementsPerCall / length)),
      work: 2 * outer * length * inner,
    },
  ]
}
