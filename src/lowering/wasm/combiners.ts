/**
 * Reductions as expressions: what a running reduction remembers, how it takes in one more value, how two of
 * them are merged. The same rules serve numbers and vectors of them.
 */

import { invariant } from '../../core/errors.js'
import { ExprBuilder, type Expr, type Lane } from '../expr.js'
import type { Combiner, Reduction } from '../kernel.js'
import type { Value } from './frame.js'
import type { Scope } from './scope.js'

export interface CombineRule {
  /** The lanes and first values of the state; the first one is what a value outside the domain is replaced by. */
  readonly lanes: readonly Lane[]
  readonly start: readonly number[]
  step(b: ExprBuilder, state: readonly Expr[], x: Expr, index: Expr): readonly Expr[]
  merge(b: ExprBuilder, s: readonly Expr[], t: readonly Expr[]): readonly Expr[]
  result(b: ExprBuilder, state: readonly Expr[]): Expr
}

const lowest: Readonly<Record<Lane, number>> = {
  f32: -Infinity,
  f64: -Infinity,
  i32: -(2 ** 31),
  u32: 0,
  bool: 0,
}
const highest: Readonly<Record<Lane, number>> = {
  f32: Infinity,
  f64: Infinity,
  i32: 2 ** 31 - 1,
  u32: 2 ** 32 - 1,
  bool: 1,
}

function simple(name: 'add' | 'mul' | 'min' | 'max' | 'and' | 'or', lane: Lane, start: number): CombineRule {
  const both = (b: ExprBuilder, [s]: readonly Expr[], x: Expr): readonly Expr[] => [b.alu(name, s as Expr, x)]
  return {
    lanes: [lane],
    start: [start],
    step: both,
    merge: (b, s, [t]) => both(b, s, t as Expr),
    result: (_, [s]) => s as Expr,
  }
}

const unequal = (b: ExprBuilder, x: Expr): Expr => b.alu('ne', x, x)

/** Largest or smallest float: NaN is noticed on the side, which is cheaper than a comparison that keeps it. */
function floatExtreme(lane: Lane, largest: boolean): CombineRule {
  const better = (b: ExprBuilder, s: Expr, x: Expr): Expr =>
    b.alu('select', largest ? b.alu('lt', s, x) : b.alu('lt', x, s), x, s)
  return {
    lanes: [lane, 'bool'],
    start: [largest ? -Infinity : Infinity, 0],
    step: (b, [s, nan], x) => [better(b, s as Expr, x), b.alu('or', nan as Expr, unequal(b, x))],
    merge: (b, [s, nan], [t, other]) => [
      better(b, s as Expr, t as Expr),
      b.alu('or', nan as Expr, other as Expr),
    ],
    result: (b, [s, nan]) => b.alu('select', nan as Expr, b.constant(NaN, lane), s as Expr),
  }
}

/** Whether x comes before the best so far. */
export function beats(b: ExprBuilder, largest: boolean, x: Expr, best: Expr): Expr {
  // Not x ≤ best, unless best is NaN: true for a first NaN too.
  if (x.lane === 'f32' || x.lane === 'f64')
    return b.alu('and', b.alu('eq', best, best), b.alu('not', b.alu(largest ? 'le' : 'ge', x, best)))
  return b.alu(largest ? 'gt' : 'lt', x, best)
}

/** Position of the largest or smallest value: the first one, NaN before all. Positions grow from step to step. */
function extremePosition(lane: Lane, largest: boolean): CombineRule {
  const choose = (b: ExprBuilder, take: Expr, yes: readonly Expr[], no: readonly Expr[]): readonly Expr[] =>
    yes.map((y, i) => b.alu('select', take, y, no[i] as Expr))
  return {
    lanes: [lane, 'i32'],
    start: [largest ? lowest[lane] : highest[lane], 0],
    step: (b, state, x, index) => choose(b, beats(b, largest, x, state[0] as Expr), [x, index], state),
    merge: (b, s, t) => {
      const [x, i] = s as readonly [Expr, Expr]
      const [y, j] = t as readonly [Expr, Expr]
      const [first, second] = [beats(b, largest, x, y), beats(b, largest, y, x)]
      const tied = b.alu('and', b.alu('not', b.alu('or', first, second)), b.alu('lt', j, i))
      return choose(b, b.alu('or', second, tied), t, s)
    },
    result: (_, [, index]) => index as Expr,
  }
}

/** `lane` is that of the values. */
export function combineRule(combiner: Combiner, lane: Lane): CombineRule {
  const isFloat = lane === 'f32' || lane === 'f64'
  switch (combiner) {
    case 'sum':
      return simple('add', lane, 0)
    case 'prod':
      return simple('mul', lane, 1)
    case 'max':
    case 'min':
      if (lane === 'bool') return simple(combiner === 'max' ? 'or' : 'and', lane, combiner === 'max' ? 0 : 1)
      if (isFloat) return floatExtreme(lane, combiner === 'max')
      return simple(combiner, lane, combiner === 'max' ? lowest[lane] : highest[lane])
    case 'and':
      return simple('and', lane, lane === 'bool' ? 1 : -1)
    case 'or':
      return simple('or', lane, 0)
    case 'argmax':
    case 'argmin':
      return extremePosition(lane, combiner === 'argmax')
  }
}

export const ruleOf = (reduction: Reduction): CombineRule =>
  combineRule(reduction.combiner, reduction.value.lane)

/** Results of these numbers stand for the operands of a rule. */
const firstOperand = 1000

/**
 * Computes what `formula` makes of `operands`. A single value may still be an expression, to be used once; several need
 * no further computation.
 */
export function applyRule(
  scope: Scope,
  operands: readonly { readonly lane: Lane; readonly value: Value }[],
  formula: (b: ExprBuilder, args: readonly Expr[]) => readonly Expr[],
): readonly Value[] {
  const b = new ExprBuilder()
  const values = formula(
    b,
    operands.map(({ lane }, i) => b.result(firstOperand + i, lane)),
  )
  const inner = values.length === 1 ? scope.inline(values) : scope.inline()
  operands.forEach(({ value }, i) => inner.bindResult(firstOperand + i, value))
  return values.map((e) => {
    invariant(e !== undefined, 'wasm: a combine rule gave too few values')
    return e.kind === 'const' ? { vector: true, parts: inner.vectors(e) } : inner.value(e)
  })
}
