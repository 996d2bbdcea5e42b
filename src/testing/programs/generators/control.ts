/**
 * Control flow in random programs, with small fixed bodies over random operands: a scan with a constant, a carry
 * and items; a loop of a fixed number of steps; a choice by a constant index.
 */

import { avalOf, type Aval } from '../../../core/aval.js'
import type { Jaxpr } from '../../../core/jaxpr.js'
import type { NDArray } from '../../../core/ndarray.js'
import { constant } from '../../../core/constants.js'
import { add, lt, mul, sin } from '../../../core/ops.js'
import type { ControlSigs } from '../../../core/primitives/control.js'
import { traceToJaxpr } from '../../../transforms/jaxprTrace.js'
import { rough, smooth, type Generator, type GeneratorTable } from './generator.js'

const bodyOf = (f: (...xs: readonly NDArray[]) => readonly NDArray[], avals: readonly Aval[]): Jaxpr =>
  traceToJaxpr(f, avals, 'a generated body').jaxpr

const at = (xs: readonly NDArray[], i: number): NDArray => xs[i] as NDArray

/**
 * carry = sin(w·carry + x), y = carry·x, from the first item to the last or back. |w| < 1, so that errors die away:
 * a steeper map is chaotic, and no two devices would agree on it after some dozens of items.
 */
const scan: Generator = smooth((b, pick) => {
  const xs = b.any(pick, 'float', 1)
  const [length = 1, ...shape] = xs.aval.shape
  const item = avalOf(shape, b.float)
  const w = b.within(b.shaped(pick, 'float', shape), -0.9, 0.9)
  const init = b.shaped(pick, 'float', shape)
  const jaxpr = bodyOf(
    (...args) => {
      const carry = sin(add(mul(at(args, 0), at(args, 1)), at(args, 2)))
      return [carry, mul(carry, at(args, 2))]
    },
    [item, item, item],
  )
  const params = { jaxpr, length, reverse: pick.flag(), unroll: 1 + pick.next(3), consts: 1, carries: 1 }
  const largest = Math.max(Math.abs(xs.low), Math.abs(xs.high))
  b.emitAll('scan', [w, init, xs], params, [
    { low: Math.min(-1, init.low), high: Math.max(1, init.high) },
    { low: -largest, high: largest },
  ])
})

/** x = sin(w·x), some times; forward mode only. */
const loop: Generator = rough((b, pick) => {
  const x = b.any(pick, 'float')
  const w = b.shaped(pick, 'float', x.aval.shape)
  const count = avalOf([], 'int32')
  const steps = pick.next(4)
  const cond = bodyOf((...args) => [lt(at(args, 0), constant(steps, 'int32'))], [count, x.aval])
  const body = bodyOf(
    (...args) => [add(at(args, 1), constant(1, 'int32')), sin(mul(at(args, 0), at(args, 2)))],
    [x.aval, count, x.aval],
  )
  b.emitAll('while', [w, b.fill(0, [], 'int32'), x], { cond, body, condConsts: 0, bodyConsts: 1 }, [
    { low: 0, high: 3 },
    { low: Math.min(-1, x.low), high: Math.max(1, x.high) },
  ])
})

/** sin(x), x·y or y, by an index that may be out of range. */
const choice: Generator = smooth((b, pick) => {
  const x = b.any(pick, 'float')
  const y = b.shaped(pick, 'float', x.aval.shape)
  const avals = [x.aval, y.aval]
  const branches = [
    bodyOf((...args) => [sin(at(args, 0))], avals),
    bodyOf((...args) => [mul(at(args, 0), at(args, 1))], avals),
    bodyOf((...args) => [at(args, 1)], avals),
  ]
  const size = Math.max(1, Math.abs(x.low), Math.abs(x.high)) * Math.max(1, Math.abs(y.low), Math.abs(y.high))
  b.emitAll('switch', [b.fill(pick.next(5) - 1, [], 'int32'), x, y], { branches }, [
    { low: -size, high: size },
  ])
})

export const control: GeneratorTable<ControlSigs<never>> = { scan, while: loop, switch: choice }
