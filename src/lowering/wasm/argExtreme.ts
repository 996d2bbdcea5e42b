/**
 * argmax and argmin along vectors in two looks: the extreme of a block of elements costs little, and only where the
 * best so far does not come before it is the block looked through for the first element that equals it. Blocks may
 * come in any order.
 */

import type { Expr, ExprBuilder } from '../expr.js'
import type { Reduction } from '../kernel.js'
import { get, op, set, when, type Instruction, type Local } from './assembler/instruction.js'
import { applyRule, beats, ruleOf } from './combiners.js'
import { constantOf, scalarType } from './scalarAlu.js'
import { finish, laneResults, start, step, type Running, type Taken } from './running.js'
import type { Scope } from './scope.js'
import { splat } from './vectorAlu.js'

/** The best value so far and its position. */
export interface Best {
  readonly reduction: Reduction
  readonly value: Local
  readonly position: Local
}

export const isExtremePosition = ({ combiner }: Reduction): boolean =>
  combiner === 'argmax' || combiner === 'argmin'

export function startBest(scope: Scope, reduction: Reduction): Best {
  const { lane } = reduction.value
  const value = scope.fn.local(scalarType(lane), 'best')
  const position = scope.fn.local('i32', 'position')
  const [first = 0] = ruleOf(reduction).start
  scope.push(set(value, constantOf(lane, first)), set(position, constantOf('i32', 0)))
  return { reduction, value, position }
}

/** The number of the result that stands for the extreme of a block. */
export const blockResult = 3000
const nowhere = 2 ** 31 - 1

/** Computes what `formula` makes of values of one lane. */
export function compute(
  scope: Scope,
  lane: Expr['lane'],
  values: readonly Instruction[],
  vector: boolean,
  formula: (b: ExprBuilder, args: readonly Expr[]) => Expr,
): Instruction {
  const type = vector ? 'v128' : scalarType(lane)
  const operands = values.map((part) => ({ lane, value: { vector, parts: [scope.temp(type, part)] } }))
  return applyRule(scope, operands, (b, args) => [formula(b, args)])[0]?.parts[0] as Instruction
}

/** Whether the extreme of any lane equals the best or comes before it. */
function anyTakesPart(scope: Scope, { reduction, value }: Best, extreme: Running): Instruction {
  const { lane } = reduction.value
  const best = splat(lane, get(value))
  const isLate = compute(scope, lane, [laneResults(scope, extreme), best], true, (b, [x, y]) =>
    b.alu('not', beats(b, reduction.combiner === 'argmax', y as Expr, x as Expr)),
  )
  return op('v128.any_true', isLate)
}

/** The position of an element where it equals the extreme (or both are NaN), beyond all positions elsewhere. */
export function positionIf(b: ExprBuilder, value: Expr, flat: Expr): Expr {
  const equal = b.alu('eq', value, b.result(blockResult, value.lane))
  const hit = value.lane === 'f32' ? b.alu('or', equal, b.alu('ne', value, value)) : equal
  return b.alu('select', hit, flat, b.constant(nowhere, 'i32'))
}

/** The extreme of the values of a reduction that looks for its position. */
export const extremeOf = ({ combiner, value }: Reduction): Reduction => ({
  index: blockResult,
  combiner: combiner === 'argmax' ? 'max' : 'min',
  value,
  lane: value.lane,
})

export const firstOf = (b: ExprBuilder): Reduction => ({
  index: 0,
  combiner: 'min',
  value: b.constant(0, 'i32'),
  lane: 'i32',
})

/** Takes an extreme that is not worse than the best, and where it was first found. */
export function takeFound(scope: Scope, best: Best, found: Instruction, where: Running): void {
  const { combiner, value } = best.reduction
  const position = scope.temp('i32', finish(scope, where, true).parts[0] as Instruction)
  const smaller = op('select', position, get(best.position), op('i32.lt_s', position, get(best.position)))
  const isBetter = compute(scope, value.lane, [found, get(best.value)], false, (b, [x, y]) =>
    beats(b, combiner === 'argmax', x as Expr, y as Expr),
  )
  scope.push(set(best.position, op('select', position, smaller, isBetter)), set(best.value, found))
}

/** Walks a block of elements in vectors: `visit` takes what there is at each step. */
type WalkBlock = (scope: Scope, visit: (inner: Scope, taken: Taken) => void) => void

/** Takes a block into `best`; `parts` vectors are walked side by side, `b` made the expressions. */
export function takeBlock(scope: Scope, b: ExprBuilder, best: Best, parts: number, walk: WalkBlock): void {
  const extreme = start(scope, extremeOf(best.reduction), parts, true, false)
  walk(scope, (inner, taken) => step(inner, extreme, taken))
  const search = scope.child()
  const found = finish(search, extreme, true)
  search.bindResult(blockResult, found)
  const where = start(search, firstOf(b), parts, true, false)
  walk(search, (inner, taken) =>
    step(inner, where, { ...taken, value: positionIf(b, taken.value, taken.flat) }),
  )
  takeFound(search, best, found.parts[0] as Instruction, where)
  scope.push(when(anyTakesPart(scope, best, extreme), search.statements))
}
