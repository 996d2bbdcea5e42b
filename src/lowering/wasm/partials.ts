/**
 * The states of reductions that are computed in parts: where they lie between the steps, as loads and stores over
 * the kept axes and one more axis, that of the parts.
 */

import { sizeOf } from '../../core/shape.js'
import type { Expr, LoadExpr } from '../expr.js'
import { laneBytes } from '../expr.js'
import type { Reduction, Store } from '../kernel.js'
import { axisPosition, ravel } from '../position.js'
import type { Instruction } from './assembler/instruction.js'
import { ruleOf, type CombineRule } from './combiners.js'
import type { ModuleContext } from './context.js'
import type { Split } from './partSplit.js'
import type { Plan } from './reducePlan.js'
import type { Scope } from './scope.js'

/** One reduction of a stage, and the state of a part of it as loads from the scratch part of the arena. */
export interface Partial {
  readonly reduction: Reduction
  readonly rule: CombineRule
  readonly states: readonly LoadExpr[]
}

/** The number of the axis of parts, which comes after those of the kernel. */
export const partAxis = ({ kernel }: Plan): number => kernel.shape.length

/** A buffer over the kept axes, with the axis of parts outermost where there is a split. */
export function scratchLoad(module: ModuleContext, plan: Plan, lane: Expr['lane'], split?: Split): LoadExpr {
  const { kernel, kept, builder } = plan
  const axes = kept.map((axis) => ({ axis, size: kernel.shape[axis] ?? 1 }))
  const all = split === undefined ? axes : [{ axis: partAxis(plan), size: split.count }, ...axes]
  const sizes = all.map(({ size }) => size)
  const buffer = module.scratch((sizeOf(sizes) * laneBytes(lane)) / 4)
  const position = ravel<Expr>(
    all.map(({ axis, size }) => axisPosition(axis, size)),
    sizes,
  )
  return builder.load(buffer, lane, position) as LoadExpr
}

export function partialOf(module: ModuleContext, plan: Plan, split: Split, reduction: Reduction): Partial {
  const rule = ruleOf(reduction)
  return { reduction, rule, states: rule.lanes.map((lane) => scratchLoad(module, plan, lane, split)) }
}

/** Numbers of results that stand for state entries where these are stored. */
const firstState = 2000

/** Stores of the entries of all states, which `bindStates` numbers the same way. */
export const stateStores = ({ builder }: Plan, partials: readonly Partial[]): Store[] =>
  partials
    .flatMap(({ states }) => states)
    .map(({ buffer, position, lane }, i) => ({
      buffer,
      position,
      value: builder.result(firstState + i, lane),
    }))

/** Binds the entries of all states to values. */
export function bindStates(scope: Scope, values: readonly (readonly Instruction[])[], vector: boolean): void {
  values.forEach((parts, i) => scope.bindResult(firstState + i, { vector, parts }))
}
