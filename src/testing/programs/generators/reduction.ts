/**
 * Reductions and cumulative functions in random programs.
 */

import type { ReductionSigs } from '../../../core/primitives/reduction.js'
import { range } from '../../../core/shape.js'
import type { Kind, Pick, ProgramBuilder, Value } from '../builder.js'
import { smooth, type Generator, type GeneratorTable } from './generator.js'

/** At least one axis. */
const someAxes = (pick: Pick, x: Value): number[] => {
  const all = range(x.aval.shape.length)
  const axes = pick.subset(all)
  return axes.length > 0 ? axes : [pick.from(all)]
}
const reduced = (x: Value, axes: readonly number[]): number =>
  axes.reduce((n, axis) => n * (x.aval.shape[axis] ?? 1), 1)
const isFloatOf = (b: ProgramBuilder, x: Value): boolean => x.aval.dtype === b.float
const numbers: readonly Kind[] = ['float', 'int', 'uint']
const axisOf = (pick: Pick, x: Value): number => pick.next(x.aval.shape.length)

const extremum = (name: 'reduceMax' | 'reduceMin'): Generator =>
  smooth((b, pick) => {
    const x = b.any(pick, pick.kind(['float', 'int', 'uint', 'bool'] as const), 1)
    const operand = isFloatOf(b, x) ? b.spread(pick, x) : x
    b.emit(name, [operand], { axes: someAxes(pick, x) }, operand.low, operand.high)
  })
const logical = (name: 'reduceAnd' | 'reduceOr'): Generator =>
  smooth((b, pick) => {
    const x = b.any(pick, pick.from(['bool', 'int', 'uint'] as const), 1)
    b.emit(
      name,
      [x],
      { axes: someAxes(pick, x) },
      ...(x.aval.dtype === 'bool' ? ([0, 1] as const) : ([-(2 ** 31), 2 ** 32] as const)),
    )
  })
const position = (name: 'argmax' | 'argmin'): Generator =>
  smooth((b, pick) => {
    const x = b.any(pick, pick.kind(['float', 'int', 'uint', 'bool'] as const), 1)
    const axis = axisOf(pick, x)
    const dtype = pick.from(['int32', 'uint32'] as const)
    b.emit(name, [isFloatOf(b, x) ? b.spread(pick, x) : x], { axis, dtype }, 0, (x.aval.shape[axis] ?? 1) - 1)
  })

const running = (
  name: 'cumsum' | 'cumprod' | 'cummax' | 'cummin',
  prepare: (b: ProgramBuilder, pick: Pick, x: Value) => Value,
  bounds: (x: Value, n: number) => readonly [number, number],
): Generator =>
  smooth((b, pick) => {
    const x = b.any(pick, pick.kind(numbers), 1)
    const axis = axisOf(pick, x)
    const operand = isFloatOf(b, x) ? prepare(b, pick, x) : x
    b.emit(name, [operand], { axis, reverse: pick.flag() }, ...bounds(operand, x.aval.shape[axis] ?? 1))
  })

const sumBounds = (x: Value, n: number): readonly [number, number] => [
  Math.min(x.low, n * x.low),
  Math.max(x.high, n * x.high),
]
const productBounds = (x: Value, n: number): readonly [number, number] => {
  const size = Math.max(1, Math.abs(x.low), Math.abs(x.high)) ** n
  return [-size, size]
}

export const reduction: GeneratorTable<ReductionSigs> = {
  reduceSum: smooth((b, pick) => {
    const x = b.any(pick, pick.kind(numbers), 1)
    const axes = someAxes(pick, x)
    b.emit('reduceSum', [x], { axes }, ...sumBounds(x, reduced(x, axes)))
  }),
  reduceProd: smooth((b, pick) => {
    const x = b.any(pick, pick.kind(numbers), 1)
    const axes = someAxes(pick, x)
    const operand = isFloatOf(b, x) ? b.factors(x, reduced(x, axes)) : x
    b.emit('reduceProd', [operand], { axes }, ...productBounds(operand, reduced(x, axes)))
  }),
  reduceMax: extremum('reduceMax'),
  reduceMin: extremum('reduceMin'),
  reduceAnd: logical('reduceAnd'),
  reduceOr: logical('reduceOr'),
  argmax: position('argmax'),
  argmin: position('argmin'),
  cumsum: running('cumsum', (_, __, x) => x, sumBounds),
  cumprod: running('cumprod', (b, _, x) => b.factors(x, Math.max(...x.aval.shape)), productBounds),
  cummax: running(
    'cummax',
    (b, pick, x) => b.spread(pick, x),
    (x) => [x.low, x.high],
  ),
  cummin: running(
    'cummin',
    (b, pick, x) => b.spread(pick, x),
    (x) => [x.low, x.high],
  ),
}
