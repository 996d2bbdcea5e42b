/**
 * Evaluates scalar expressions as a backend has to: float32 rounding after every operation, 32-bit integers.
 * Expressions + one column of numbers for each load → a column of results. `fuse` computes x·y + z with one
 * rounding, as a compiler of shaders is free to do.
 */

import {
  operandsOf,
  topological,
  type AluExpr,
  type AluName,
  type Expr,
  type Lane,
} from '../../src/lowering/expr.js'

export type Column = Float32Array | Int32Array | Uint32Array | Uint8Array

const columns = {
  f32: Float32Array,
  f64: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
} as const
const column = (lane: Lane, length: number): Column => {
  if (lane === 'f64') throw new Error('the evaluator of expressions has no f64 lane')
  return new columns[lane](length)
}

type Scalar = (...args: number[]) => number

const nearest = (x: number): number => {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 23) return x
  const floor = Math.floor(x)
  const half = x - floor
  const up = half > 0.5 || (half === 0.5 && floor % 2 !== 0)
  return up ? (floor + 1 === 0 ? -0 : floor + 1) : floor === 0 && x < 0 ? -0 : floor
}

/** Results are rounded or wrapped when they are stored in the column of their lane. */
const operations: Partial<Record<AluName, Scalar>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
  sqrt: (x) => Math.sqrt(x),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
  trunc: (x) => Math.trunc(x),
  nearest: (x) => nearest(x),
  shl: (x, y) => x << y,
  shrS: (x, y) => x >> y,
  shrU: (x, y) => x >>> y,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  gt: (x, y) => Number(x > y),
  ge: (x, y) => Number(x >= y),
  select: (c, x, y) => (c === 0 ? y : x),
}

const scalarOf = (expr: AluExpr): Scalar => {
  if (expr.name === 'not') return expr.lane === 'bool' ? (x) => 1 - x : (x) => ~x
  const found = operations[expr.name]
  if (found === undefined) throw new Error(`the evaluator of expressions has no ${expr.name}`)
  return found
}

const isProduct = (e: Expr | undefined): e is AluExpr =>
  e?.kind === 'alu' && e.name === 'mul' && e.lane === 'f32'

/** x·y ± z in double precision: the product of two float32 numbers is exact there. */
function fused(expr: AluExpr): { readonly args: readonly Expr[]; readonly f: Scalar } | null {
  if (expr.lane !== 'f32' || (expr.name !== 'add' && expr.name !== 'sub')) return null
  const sign = expr.name === 'sub' ? -1 : 1
  const [left, right] = expr.args
  if (isProduct(left) && right !== undefined)
    return { args: [...left.args, right], f: (x, y, z) => x * y + sign * z }
  if (isProduct(right) && left !== undefined)
    return { args: [...right.args, left], f: (x, y, z) => z + sign * (x * y) }
  return null
}

/** The columns of `roots`; `inputs[k]` are the values of loads from buffer k. */
export function evaluate(root: Expr, inputs: readonly Column[], fuse = false): Column {
  const length = inputs[0]?.length ?? 1
  const values = new Map<Expr, Column>()
  const valueOf = (e: Expr): Column => {
    const found = values.get(e)
    if (found === undefined) throw new Error(`no value for ${e.kind}`)
    return found
  }
  for (const expr of topological([root])) values.set(expr, compute(expr, inputs, length, valueOf, fuse))
  return valueOf(root)
}

function compute(
  expr: Expr,
  inputs: readonly Column[],
  length: number,
  valueOf: (e: Expr) => Column,
  fuse: boolean,
): Column {
  const out = column(expr.lane, length)
  switch (expr.kind) {
    case 'const':
      return out.fill(expr.value)
    case 'load':
      return inputs[expr.buffer] ?? out
    case 'cast':
      return castColumn(valueOf(expr.arg), expr.lane, out)
    case 'bitcast': {
      const from = valueOf(expr.arg)
      const type = columns[expr.lane]
      return new type(from.buffer as ArrayBuffer, from.byteOffset, from.length)
    }
    case 'alu': {
      const contraction = fuse ? fused(expr) : null
      const f = contraction?.f ?? scalarOf(expr)
      const [a, b, c] = (contraction?.args ?? operandsOf(expr)).map(valueOf)
      for (let i = 0; i < length; i++) out[i] = f(a?.[i] ?? 0, b?.[i] ?? 0, c?.[i] ?? 0)
      return out
    }
    default:
      throw new Error(`the evaluator of expressions has no ${expr.kind}`)
  }
}

function castColumn(from: Column, lane: Lane, out: Column): Column {
  const low = lane === 'u32' ? 0 : -(2 ** 31)
  const high = lane === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1
  const integer = lane === 'i32' || lane === 'u32'
  for (let i = 0; i < from.length; i++) {
    const x = from[i] ?? 0
    out[i] =
      lane === 'bool'
        ? Number(x !== 0)
        : integer && from instanceof Float32Array
          ? Math.min(high, Math.max(low, Math.trunc(x) || 0))
          : x
  }
  return out
}
