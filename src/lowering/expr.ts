/**
 * Scalar expressions of a kernel, a hash-consed DAG: equal expressions are one object. A backend compiles it
 * for one element or for a vector of them. All arithmetic is in five lane types; narrow dtypes are rounded
 * or wrapped by explicit operations.
 */

import type { DType } from '../core/dtype.js'
import { invariant } from '../core/errors.js'
import { dependsOnAxis, printPosition, substitute, type PositionOf } from './position.js'

/** What an expression computes in. A bool lane is a truth value; in memory it is a 32-bit 0 or 1. */
export type Lane = 'f32' | 'f64' | 'i32' | 'u32' | 'bool'

const lanes: Readonly<Record<DType, Lane>> = {
  float64: 'f64',
  float32: 'f32',
  float16: 'f32',
  bfloat16: 'f32',
  int32: 'i32',
  int8: 'i32',
  uint32: 'u32',
  uint8: 'u32',
  bool: 'bool',
}

/** The lane that holds a dtype, in registers and in device memory. */
export const laneOf = (dtype: DType): Lane => lanes[dtype]
/** Bytes of one element in device memory: every dtype but float64 is stored in 32 bits. */
export const laneBytes = (lane: Lane): number => (lane === 'f64' ? 8 : 4)

/** Functions that a backend has built in or expands by lowering/math: float lanes only. */
export type MathName =
  | 'exp'
  | 'exp2'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'cbrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'erfInv'
  | 'lgamma'
  | 'digamma'
  | 'pow'
  | 'atan2'
  | 'nextAfter'

export type AluName =
  // f32 f64 i32 u32. Float min and max give NaN if an operand is NaN. Integer div truncates, x div 0 is all
  // bits set and x rem 0 is x (as XLA has it); float rem has the sign of the dividend.
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'neg'
  | 'abs'
  | 'min'
  | 'max'
  // f32 f64; nearest is to nearest even
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'nearest'
  | MathName
  // f32: the nearest float16 / bfloat16 number
  | 'roundFloat16'
  | 'roundBfloat16'
  // i32 u32; shift counts are below 32 (the lowering sees to it)
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'clz'
  | 'popcnt'
  // i32 u32 bool
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  // any lane → bool
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  // select(bool, a, b); both sides are computed
  | 'select'

interface Node {
  /** Unique and increasing: operands have smaller ids than their users. */
  readonly id: number
  readonly lane: Lane
}
export interface ConstExpr extends Node {
  readonly kind: 'const'
  readonly value: number
}
export interface LoadExpr extends Node {
  readonly kind: 'load'
  readonly buffer: number
  /** The element, in elements of the buffer. */
  readonly position: Position
  /** True where the position may be out of range (its value is then not used, but the load must not fault). */
  readonly checked: boolean
}
/** A position as an i32 number. */
export interface PositionExpr extends Node {
  readonly kind: 'position'
  readonly position: Position
}
export interface AluExpr extends Node {
  readonly kind: 'alu'
  readonly name: AluName
  readonly args: readonly Expr[]
}
/** Numeric conversion between lanes; float to integer truncates and saturates, NaN gives 0; to bool is x ≠ 0. */
export interface CastExpr extends Node {
  readonly kind: 'cast'
  readonly arg: Expr
}
/** The same 32 bits as another lane (f32, i32, u32). */
export interface BitcastExpr extends Node {
  readonly kind: 'bitcast'
  readonly arg: Expr
}
/** The result of a reduction of the same kernel (reduce kernels), or the accumulated product (contractions, index 0). */
export interface ResultExpr extends Node {
  readonly kind: 'result'
  readonly index: number
}
export type Expr = ConstExpr | LoadExpr | PositionExpr | AluExpr | CastExpr | BitcastExpr | ResultExpr

const comparisons: ReadonlySet<AluName> = new Set<AluName>(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])

export type Position = PositionOf<Expr>

/** Makes expressions; one for each program, so that equal expressions of its kernels are identical objects. */
export class ExprBuilder {
  readonly #nodes = new Map<string, Expr>()

  #add(key: string, node: Expr): Expr {
    this.#nodes.set(key, node)
    return node
  }
  get #nextId(): number {
    return this.#nodes.size
  }

  constant(value: number, lane: Lane): Expr {
    const key = `c${lane}${Object.is(value, -0) ? '-0' : value}`
    return this.#nodes.get(key) ?? this.#add(key, { kind: 'const', id: this.#nextId, lane, value })
  }
  load(buffer: number, lane: Lane, position: Position, checked = false): Expr {
    const key = `l${buffer}${lane}${checked ? '?' : ''}@${position.key}`
    return (
      this.#nodes.get(key) ??
      this.#add(key, { kind: 'load', id: this.#nextId, lane, buffer, position, checked })
    )
  }
  position(position: Position): Expr {
    if (position.terms.length === 0) return this.constant(position.constant, 'i32')
    const key = `p${position.key}`
    return (
      this.#nodes.get(key) ?? this.#add(key, { kind: 'position', id: this.#nextId, lane: 'i32', position })
    )
  }
  alu(name: AluName, ...args: readonly Expr[]): Expr {
    let key: string = name
    for (const { id } of args) key += `,${id}`
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    const operand = args.at(-1)
    invariant(operand !== undefined, 'an alu expression without operands')
    const lane = comparisons.has(name) ? 'bool' : operand.lane
    return this.#add(key, { kind: 'alu', id: this.#nextId, lane, name, args })
  }
  cast(arg: Expr, lane: Lane): Expr {
    if (arg.lane === lane) return arg
    const key = `cast${lane}(${arg.id})`
    return this.#nodes.get(key) ?? this.#add(key, { kind: 'cast', id: this.#nextId, lane, arg })
  }
  bitcast(arg: Expr, lane: Lane): Expr {
    if (arg.lane === lane) return arg
    const key = `bits${lane}(${arg.id})`
    return this.#nodes.get(key) ?? this.#add(key, { kind: 'bitcast', id: this.#nextId, lane, arg })
  }
  result(index: number, lane: Lane): Expr {
    const key = `r${index}${lane}`
    return this.#nodes.get(key) ?? this.#add(key, { kind: 'result', id: this.#nextId, lane, index })
  }
}

/** The direct operands, the computed values inside positions included. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'alu':
      return expr.args
    case 'cast':
    case 'bitcast':
      return [expr.arg]
    case 'load':
    case 'position':
      return valuesIn(expr.position)
    default:
      return noExprs
  }
}

const noExprs: readonly Expr[] = []

function valuesIn(p: Position): readonly Expr[] {
  let found: Expr[] | null = null
  for (const { atom } of p.terms) {
    if (atom.kind === 'value') (found ??= []).push(atom.expr)
    else if (atom.kind !== 'axis') (found ??= []).push(...valuesIn(atom.of))
  }
  return found ?? noExprs
}

/** Every expression below `roots`, operands before users. */
export function topological(roots: readonly Expr[]): Expr[] {
  const seen = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return
    for (const operand of operandsOf(expr)) visit(operand)
    seen.add(expr)
  }
  for (const root of roots) visit(root)
  return [...seen]
}

/**
 * Rebuilds an expression with axes replaced by positions, and loads and results replaced by `leaf` where it gives one. Where
 * `axes` is null, they stay, the expressions are the builder's own, and those in which nothing is replaced are kept.
 */
export function rewrite(
  builder: ExprBuilder,
  axes: readonly Position[] | null,
  leaf: (expr: LoadExpr | ResultExpr, position: Position | null) => Expr | null,
): (expr: Expr) => Expr {
  const memo = new Map<Expr, Expr>()
  const moved = (p: Position): Position =>
    axes === null && !p.terms.some((t) => t.atom.kind !== 'axis')
      ? p
      : substitute(p, axes ?? identityAxes(p), visit)
  const build = (expr: Expr): Expr => {
    switch (expr.kind) {
      // Constants and results too belong to the new builder: its keys are made of its own ids.
      case 'const':
        return axes === null ? expr : builder.constant(expr.value, expr.lane)
      case 'load': {
        const position = moved(expr.position)
        const replaced = leaf(expr, position)
        if (replaced !== null) return replaced
        return axes === null && position === expr.position
          ? expr
          : builder.load(expr.buffer, expr.lane, position, expr.checked)
      }
      case 'result':
        return leaf(expr, null) ?? (axes === null ? expr : builder.result(expr.index, expr.lane))
      case 'position': {
        const position = moved(expr.position)
        return axes === null && position === expr.position ? expr : builder.position(position)
      }
      case 'alu': {
        const args = expr.args.map(visit)
        return axes === null && args.every((arg, i) => arg === expr.args[i])
          ? expr
          : builder.alu(expr.name, ...args)
      }
      case 'cast':
        return builder.cast(visit(expr.arg), expr.lane)
      case 'bitcast':
        return builder.bitcast(visit(expr.arg), expr.lane)
    }
  }
  const visit = (expr: Expr): Expr => {
    const known = memo.get(expr)
    if (known !== undefined) return known
    const made = build(expr)
    memo.set(expr, made)
    return made
  }
  return visit
}

/** Axis positions that leave the axes of `p` as they are. */
function identityAxes(p: Position): Position[] {
  const axes: Position[] = []
  const visit = (q: Position): void => {
    for (const { atom } of q.terms) {
      if (atom.kind === 'axis')
        axes[atom.axis] = { constant: 0, terms: [{ atom, factor: 1 }], key: `1*${atom.key}+0` }
      else if (atom.kind !== 'value') visit(atom.of)
    }
  }
  visit(p)
  return axes
}

/** Whether the value changes with this axis of the kernel. */
export function varies(expr: Expr, axis: number): boolean {
  if (expr.kind === 'load' || expr.kind === 'position') return dependsOnAxis(expr.position, axis, varies)
  return operandsOf(expr).some((operand) => varies(operand, axis))
}

/** An expression as text, for printing kernels; `name` shows a buffer, `given` the operands that have a name. */
export function printExpr(
  expr: Expr,
  name: (buffer: number) => string,
  given?: (expr: Expr) => string | undefined,
): string {
  const show = (e: Expr): string => given?.(e) ?? printExpr(e, name, given)
  switch (expr.kind) {
    case 'const':
      return `${expr.value}`
    case 'load':
      return `${name(expr.buffer)}[${printPosition(expr.position, show)}]`
    case 'position':
      return `(${printPosition(expr.position, show)})`
    case 'alu':
      return `${expr.name}(${expr.args.map(show).join(', ')})`
    case 'cast':
      return `${expr.lane}(${show(expr.arg)})`
    case 'bitcast':
      return `bits_${expr.lane}(${show(expr.arg)})`
    case 'result':
      return `r${expr.index}`
  }
}
