/**
 * Control flow in random programs, with small bodies over random operands: a scan with constants, carries, sums that
 * it adds up and items; a loop of a fixed number of steps; a choice by a constant index.
 */

import { avalOf, type Aval } from '../../../core/aval.js'
import type { Jaxpr } from '../../../core/jaxpr.js'
import type { NDArray } from '../../../core/ndarray.js'
import { constant } from '../../../core/constants.js'
import { add, dotGeneral, lt, mul, reduceSum, sin } from '../../../core/ops.js'
import { range } from '../../../core/shape.js'
import type { ControlSigs } from '../../../core/primitives/control.js'
import { traceToJaxpr } from '../../../transforms/jaxprTrace.js'
import type { Bounds, Pick, ProgramBuilder, Value } from '../builder.js'
import { rough, smooth, type Generator, type GeneratorTable } from './generator.js'

const bodyOf = (f: (...xs: readonly NDArray[]) => readonly NDArray[], avals: readonly Aval[]): Jaxpr =>
  traceToJaxpr(f, avals, 'a generated body').jaxpr

const at = (xs: readonly NDArray[], i: number): NDArray => xs[i] as NDArray

/** What a scan adds up on its way, for items x and carries c: one of these, of items of rank 1 at least. */
const sums = {
  /** Σ c, x's rows with each other: [n, n]. */
  outer: (x: NDArray, c: NDArray): NDArray => {
    const rows = range(x.ndim - 1)
    return dotGeneral(x, c, { lhsContract: rows, rhsContract: rows, lhsBatch: [], rhsBatch: [] })
  },
  rows: (_: NDArray, c: NDArray): NDArray => reduceSum(c, [0]),
  elements: (x: NDArray, c: NDArray): NDArray => mul(x, c),
  product: (_: NDArray, c: NDArray, m: NDArray): NDArray => timesMatrix(c, m),
} as const

const timesMatrix = (x: NDArray, m: NDArray): NDArray =>
  dotGeneral(x, m, { lhsContract: [x.ndim - 1], rhsContract: [0], lhsBatch: [], rhsBatch: [] })

/** The operands that all random scans have, and what is known of their results. */
interface Recurrence {
  readonly xs: Value
  readonly w: Value
  readonly init: Value
  readonly params: { readonly length: number; readonly reverse: boolean; readonly unroll: number }
  /** Bounds of items and of carries. */
  readonly largest: number
  readonly carried: number
  /** Bounds of the last carry, and of the stack of carry·x. */
  readonly results: readonly [Bounds, Bounds]
}

/** |w| < 1, so that errors die away: a steeper map is chaotic, and no two devices would agree after some dozens of items. */
function recurrence(b: ProgramBuilder, pick: Pick): Recurrence {
  const xs = b.any(pick, 'float', 1)
  const [length = 1, ...shape] = xs.aval.shape
  const w = b.within(b.shaped(pick, 'float', shape), -0.9, 0.9)
  const init = b.shaped(pick, 'float', shape)
  const largest = Math.max(Math.abs(xs.low), Math.abs(xs.high))
  return {
    xs,
    w,
    init,
    params: { length, reverse: pick.flag(), unroll: 1 + pick.next(3) },
    largest,
    carried: Math.max(1, Math.abs(init.low), Math.abs(init.high)),
    results: [
      { low: Math.min(-1, init.low), high: Math.max(1, init.high) },
      { low: -largest, high: largest },
    ],
  }
}

const nextCarry = (w: NDArray, c: NDArray, x: NDArray): NDArray => sin(add(mul(w, c), x))

/** carry = sin(w·carry + x), y = carry·x, from the first item to the last or back, some steps in a turn. */
function plainScan(b: ProgramBuilder, { xs, w, init, params, results }: Recurrence): void {
  const jaxpr = bodyOf(
    (...args) => {
      const carry = nextCarry(at(args, 0), at(args, 1), at(args, 2))
      return [carry, mul(carry, at(args, 2))]
    },
    [w.aval, w.aval, w.aval],
  )
  b.emitAll('scan', [w, init, xs], { ...params, jaxpr, consts: 1, carries: 1 }, results)
}

/** The same with sin(w) for w, a sum that is added up on the way, and x·m for another result. */
function summingScan(b: ProgramBuilder, pick: Pick, r: Recurrence): void {
  const { xs, w, init, params, results, largest, carried } = r
  const item = w.aval
  const { shape } = item
  const n = shape.at(-1) ?? 1
  const m = b.within(b.shaped(pick, 'float', [n, 2]), -0.9, 0.9)
  const name = pick.from(['outer', 'rows', 'elements', 'product'] as const)
  const shapes = { outer: [n, n], rows: shape.slice(1), elements: shape, product: [...shape.slice(0, -1), 2] }
  const sum = b.shaped(pick, 'float', shapes[name])
  const flipped = pick.flag()
  const jaxpr = bodyOf(
    (...args) => {
      const [c, so, x] = [at(args, 2), at(args, 3), at(args, 4)]
      const carry = nextCarry(sin(at(args, 0)), c, x)
      const term = sums[name](x, carry, at(args, 1))
      return [carry, flipped ? add(term, so) : add(so, term), mul(carry, x), timesMatrix(x, at(args, 1))]
    },
    [item, m.aval, item, sum.aval, item],
  )
  const reach =
    Math.max(Math.abs(sum.low), Math.abs(sum.high)) + params.length * item.size * carried * (1 + largest)
  b.emitAll('scan', [w, m, init, sum, xs], { ...params, jaxpr, consts: 2, carries: 2 }, [
    results[0],
    { low: -reach, high: reach },
    results[1],
    { low: -n * largest, high: n * largest },
  ])
}

const scan: Generator = smooth((b, pick) => {
  const made = recurrence(b, pick)
  if (made.w.aval.shape.length === 0 || pick.flag()) plainScan(b, made)
  else summingScan(b, pick, made)
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
