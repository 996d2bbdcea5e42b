/**
 * Expressions that one vector instruction computes where their plain form takes several: an expression → the
 * instruction and its two operands.
 */

import type { AluExpr, Expr } from '../expr.js'
import type { Binary, Ternary } from './assembler/opcodes.js'

export interface ShortForm {
  readonly name: Binary
  readonly args: readonly [Expr, Expr]
}

const isNumber = (e: Expr): boolean => e.kind === 'const' && !Number.isNaN(e.value)
const isZero = (e: Expr): boolean => e.kind === 'const' && Object.is(e.value, 0)

/**
 * max(x, c) and min(x, c) with a number c: pmax(x, c) = x < c ? c : x keeps x where x is NaN. V8 needs eight machine
 * instructions for the maximum that looks at both operands.
 */
function extreme(name: 'min' | 'max', x: Expr, y: Expr): ShortForm | null {
  const quick = name === 'min' ? 'f32x4.pmin' : 'f32x4.pmax'
  if (isNumber(y)) return { name: quick, args: [x, y] }
  return isNumber(x) ? { name: quick, args: [y, x] } : null
}

/** select(a < b, b, a) = pmax(a, b), select(b < a, b, a) = pmin(a, b); and selects between a value and 0 bits. */
function select(condition: Expr, b: Expr, a: Expr): ShortForm | null {
  if (isZero(a)) return { name: 'v128.and', args: [b, condition] }
  if (isZero(b)) return { name: 'v128.andnot', args: [a, condition] }
  if (condition.kind !== 'alu' || a.lane !== 'f32') return null
  const [x, y] = condition.name === 'gt' ? [...condition.args].reverse() : condition.args
  if (condition.name !== 'lt' && condition.name !== 'gt') return null
  if (x === a && y === b) return { name: 'f32x4.pmax', args: [a, b] }
  return x === b && y === a ? { name: 'f32x4.pmin', args: [a, b] } : null
}

/** The short form of an operation on vectors, or null. */
export function shortForm({ name, args, lane }: AluExpr): ShortForm | null {
  if (name !== 'select' && name !== 'min' && name !== 'max' && name !== 'and') return null
  const [x, y, z] = args
  if (x === undefined || y === undefined) return null
  if (name === 'select') return z === undefined ? null : select(x, y, z)
  if ((name === 'min' || name === 'max') && lane === 'f32') return extreme(name, x, y)
  // and(x, not y)
  if (name !== 'and' || y.kind !== 'alu' || y.name !== 'not' || y.args[0] === undefined) return null
  return { name: 'v128.andnot', args: [x, y.args[0]] }
}

export interface FusedForm {
  readonly name: Ternary
  readonly args: readonly [Expr, Expr, Expr]
}

const isProduct = (e: Expr | undefined): e is AluExpr =>
  e?.kind === 'alu' && e.name === 'mul' && e.lane === 'f32'

/** x·y + z, or z - x·y, with one rounding where the machine has it; null for anything else. */
export function fusedForm({ name, args, lane }: AluExpr): FusedForm | null {
  if (lane !== 'f32' || (name !== 'add' && name !== 'sub')) return null
  const [left, right] = args
  if (left === undefined || right === undefined) return null
  if (name === 'sub' && isProduct(right))
    return { name: 'f32x4.relaxed_nmadd', args: [...(right.args as [Expr, Expr]), left] }
  if (name !== 'add') return null
  if (isProduct(left)) return { name: 'f32x4.relaxed_madd', args: [...(left.args as [Expr, Expr]), right] }
  return isProduct(right)
    ? { name: 'f32x4.relaxed_madd', args: [...(right.args as [Expr, Expr]), left] }
    : null
}
