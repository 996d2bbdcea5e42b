/**
 * Scopes: the nested statement lists of a function (its top, its loops' bodies) in which expressions become
 * code. An expression is computed in the outermost scope that knows all it depends on, so that whatever does
 * not vary in a loop stands before it; expressions that vary with the vector axis are computed four lanes at a
 * time, in one or several parts.
 */

import { invariant } from '../../core/errors.js'
import { ExprBuilder, operandsOf, type AluExpr, type Expr, type MathName } from '../expr.js'
import {
  get,
  i32,
  load,
  op,
  set,
  type FunctionReference,
  type Instruction,
  type ValueType,
} from './assembler/instruction.js'
import type { FunctionBuilder } from './assembler/module.js'
import { loadScalar, loadVector, positionScalar, positionVector } from './address.js'
import type { ModuleContext } from './context.js'
import {
  countUses,
  dependencies,
  type Block,
  type Dependencies,
  type Frame,
  type Value,
  type VectorAxis,
} from './frame.js'
import { isMathName } from './hostMath.js'
import { fusedForm, shortForm } from './shortForm.js'
import {
  constantOf,
  scalarAlu,
  scalarBitcast,
  scalarCast,
  scalarType,
  type AluContext,
  type RoundingName,
} from './scalarAlu.js'
import { laneBits, splat, uniformShift, uniformVector, vectorAlu, vectorCast } from './vectorAlu.js'

/** Operand trees deeper than this are cut by locals. */
const maxDepth = 40
/** Kernels with few transcendental functions have them inline in their main loops: constants stay in registers, calls save none. */
const maxInlined = 6
/** Where fewer elements are computed, calls cost less than the code that they save. */
const fewElements = 4096
const isCheap = (i: Instruction): boolean => i.kind === 'get' || i.kind === 'const'

export class Scope implements Frame, AluContext {
  readonly module: ModuleContext
  readonly fn: FunctionBuilder
  readonly statements: Instruction[]
  readonly depth: number
  /** The nearest vector axis, or null where code is scalar. */
  vectorAxis: VectorAxis | null
  block: Block | null
  readonly #parent: Scope | null
  readonly #uses: ReadonlyMap<Expr, number>
  readonly #axes = new Map<number, Instruction>()
  readonly #results = new Map<number, Value>()
  readonly #values = new Map<Expr, Value>()
  readonly #depths = new Map<Expr, number>()
  readonly #splats = new Map<Expr, Instruction>()
  readonly #held = new Map<string, Instruction>()

  readonly #inlineMath: boolean
  /** Products are fused into sums: inside functions, whose code is the same wherever they are used. */
  #fuses = false

  private constructor(
    module: ModuleContext,
    fn: FunctionBuilder,
    parent: Scope | null,
    uses: ReadonlyMap<Expr, number>,
    statements: Instruction[],
    inlineMath: boolean,
  ) {
    this.#inlineMath = inlineMath
    this.module = module
    this.fn = fn
    this.statements = statements
    this.depth = parent === null ? 0 : parent.depth + 1
    this.vectorAxis = parent?.vectorAxis ?? null
    this.block = parent?.block ?? null
    this.#parent = parent
    this.#uses = uses
    if (parent !== null) this.#fuses = parent.#fuses
  }

  /**
   * The scope of a function's top level, for expressions below `roots`, each of which a run computes for about so many
   * `elements`. Its first parameter is the table.
   */
  static top(module: ModuleContext, fn: FunctionBuilder, roots: readonly Expr[], elements = Infinity): Scope {
    const uses = countUses(roots)
    let functions = 0
    for (const e of uses.keys()) if (e.kind === 'alu' && isMathName(e.name)) functions++
    const isInline = (elements >= fewElements || module.inLoop) && functions <= maxInlined
    return new Scope(module, fn, null, uses, fn.body, isInline)
  }
  child(): Scope {
    return new Scope(this.module, this.fn, this, this.#uses, [], this.#inlineMath)
  }
  /** A scope that adds to the same statements: bindings for a few expressions, those below `roots` if they are given. */
  inline(roots?: readonly Expr[]): Scope {
    const uses = roots === undefined ? this.#uses : countUses(roots)
    return new Scope(this.module, this.fn, this, uses, this.statements, this.#inlineMath)
  }
  /** From now on products are fused into sums where the engine has it. */
  fuse(): this {
    this.#fuses = this.module.fma
    return this
  }
  bindAxis(axis: number, index: Instruction, vector: VectorAxis | null = null): this {
    this.#axes.set(axis, index)
    if (vector !== null) this.vectorAxis = vector
    return this
  }
  bindResult(index: number, value: Value): this {
    this.#results.set(index, value)
    return this
  }
  push(...statements: readonly Instruction[]): void {
    this.statements.push(...statements)
  }

  get relaxed(): boolean {
    return this.module.fma
  }
  vectorFunction(name: MathName | RoundingName): FunctionReference | null {
    return this.module.vectorFunction(name)
  }
  hostFunction(name: MathName | 'rem', lane: 'f32' | 'f64'): FunctionReference {
    return this.module.hostFunction(name, lane)
  }

  get root(): Scope {
    return this.#parent?.root ?? this
  }
  /** The innermost scope that binds something of `on`: where a value that depends on it is computed. */
  homeOf(on: Dependencies): Scope {
    if (this.#parent === null || this.#binds(on)) return this
    return this.#parent.homeOf(on)
  }
  #binds({ axes, results }: Dependencies): boolean {
    if (this.#axes.size > 0 && axes.some((axis) => this.#axes.has(axis))) return true
    return this.#results.size > 0 && results.some((result) => this.#results.has(result))
  }
  axisIndex(axis: number): Instruction {
    const index = this.#axes.get(axis) ?? this.#parent?.axisIndex(axis)
    invariant(index !== undefined, `wasm: axis ${axis} is not bound`)
    return index
  }
  #result(index: number): Value {
    const value =
      this.#results.get(index) ?? (this.#parent === null ? undefined : this.#parent.#result(index))
    invariant(value !== undefined, `wasm: result ${index} is not bound`)
    return value
  }
  /** Whether a value with these dependencies differs between lanes. */
  isVector(on: Dependencies): boolean {
    if (this.vectorAxis !== null && on.axes.includes(this.vectorAxis.axis)) return true
    for (const result of on.results) if (this.#result(result).vector) return true
    return false
  }

  temp(type: ValueType, value: Instruction): Instruction {
    if (isCheap(value)) return value
    const local = this.fn.local(type, 't')
    this.push(set(local, value))
    return get(local)
  }
  /** The value kept under `key` in this scope, computed once. */
  hold(key: string, type: ValueType, make: () => Instruction, name = 'p'): Instruction {
    const before = this.#held.get(key)
    if (before !== undefined) return before
    const value = make()
    const held = isCheap(value) ? value : this.#keep(type, value, name)
    this.#held.set(key, held)
    return held
  }
  #keep(type: ValueType, value: Instruction, name: string): Instruction {
    const local = this.fn.local(type, name)
    this.push(set(local, value))
    return get(local)
  }
  /** The address of a buffer. */
  base(buffer: number): Instruction {
    const { slot, offset } = this.module.place(buffer)
    const table = this.fn.parameters[0]
    invariant(table !== undefined, 'wasm: a kernel function without a table')
    const entry = this.root.hold(`slot${slot}`, 'i32', () => load('i32.load', get(table), 4 * slot), 'place')
    return offset === 0
      ? entry
      : this.root.hold(`slot${slot}+${offset}`, 'i32', () => op('i32.add', entry, i32(offset)), 'buffer')
  }

  /** The value of an expression, in a form that this scope can use any number of times if it is used twice. */
  value(expr: Expr): Value {
    if (expr.kind === 'const') return { vector: false, parts: [constantOf(expr.lane, expr.value)] }
    if (expr.kind === 'result') return this.#result(expr.index)
    const on = dependencies(expr)
    const home = this.homeOf(on)
    return home.#valueHere(expr, on, home !== this || (this.#uses.get(expr) ?? 2) > 1)
  }
  #valueHere(expr: Expr, on: Dependencies, keep: boolean): Value {
    const before = this.#values.get(expr)
    if (before !== undefined) return before
    const vector = this.isVector(on)
    // Operands first: how deep they are is known then.
    const parts = vector ? this.#vector(expr) : [this.#scalar(expr)]
    if (!keep) {
      let depth = 1
      for (const e of operandsOf(expr)) depth = Math.max(depth, 1 + (this.#depths.get(e) ?? 0))
      this.#depths.set(expr, depth)
      if (depth < maxDepth) return { vector, parts }
      this.#depths.delete(expr)
    }
    const type = vector ? 'v128' : scalarType(expr.lane)
    const made = { vector, parts: parts.map((p) => this.temp(type, p)) }
    this.#values.set(expr, made)
    return made
  }

  scalar(expr: Expr): Instruction {
    const { vector, parts } = this.value(expr)
    invariant(!vector && parts[0] !== undefined, 'wasm: a scalar was expected')
    return parts[0]
  }
  /** The expression as vectors: one for each part, or a single one where all lanes are alike. */
  vectors(expr: Expr): readonly Instruction[] {
    if (expr.kind === 'const') return [this.uniform(expr.lane, expr.value)]
    const { vector, parts } = this.value(expr)
    return vector ? parts : [this.homeOf(dependencies(expr)).#splatOf(expr)]
  }
  /** The vector with `value` in every lane, kept at the top. */
  uniform(lane: Expr['lane'], value: number): Instruction {
    return this.root.hold(`c${laneBits(lane, value)}`, 'v128', () => uniformVector(lane, value), 'c')
  }
  #splatOf(expr: Expr): Instruction {
    const before = this.#splats.get(expr)
    if (before !== undefined) return before
    const made = this.temp('v128', splat(expr.lane, this.scalar(expr)))
    this.#splats.set(expr, made)
    return made
  }

  #scalar(expr: Expr): Instruction {
    switch (expr.kind) {
      case 'const':
        return constantOf(expr.lane, expr.value)
      case 'result':
        return this.scalar(expr)
      case 'load':
        return loadScalar(this, expr)
      case 'position':
        return positionScalar(this, expr.position, null)
      case 'alu':
        return scalarAlu(
          this,
          expr.name,
          operandLane(expr),
          expr.args.map((e) => this.scalar(e)),
        )
      case 'cast':
        return scalarCast(expr.arg.lane, expr.lane, this.scalar(expr.arg))
      case 'bitcast':
        return scalarBitcast(expr.arg.lane, expr.lane, this.scalar(expr.arg))
    }
  }
  #vector(expr: Expr): readonly Instruction[] {
    switch (expr.kind) {
      case 'load':
        return loadVector(this, expr)
      case 'position':
        return positionVector(this, expr.position)
      case 'alu':
        return this.#vectorAlu(expr)
      case 'cast':
        return this.vectors(expr.arg).map((x) => vectorCast(expr.arg.lane, expr.lane, x))
      case 'bitcast':
        return this.vectors(expr.arg)
      default:
        return invariant(false, `wasm: ${expr.kind} does not vary`) as never
    }
  }
  /** A transcendental function in basic operations, its operands as results of an inner scope. */
  #expanded(name: MathName, args: readonly Expr[]): readonly Instruction[] {
    const b = new ExprBuilder()
    const expansion = this.module.expansion(
      name,
      b,
      args.map((e, i) => b.result(i, e.lane)),
    )
    const inner = this.inline([expansion]).fuse()
    args.forEach((e, i) => {
      const parts = this.vectors(e).map((part) => this.temp('v128', part))
      inner.bindResult(i, { vector: true, parts })
    })
    return inner.vectors(expansion)
  }
  #vectorAlu(expr: AluExpr): readonly Instruction[] {
    const { name, args } = expr
    if (name === 'shl' || name === 'shrU' || name === 'shrS') {
      const [x, y] = args
      if (x !== undefined && y !== undefined && !this.value(y).vector) {
        const count = this.scalar(y)
        return this.vectors(x).map((part) => uniformShift(name, part, count))
      }
    }
    const short = shortForm(expr)
    if (short !== null) return this.#each(short.args, (part) => op(short.name, ...part))
    const fused = this.#fuses ? fusedForm(expr) : null
    if (fused !== null) return this.#each(fused.args, (part) => op(fused.name, ...part))
    const axis = this.vectorAxis
    if (isMathName(name) && this.#inlineMath && axis !== null && axis.count === 4 * axis.parts)
      return this.#expanded(name, args)
    return this.#each(args, (part) => vectorAlu(this, name, operandLane(expr), part))
  }
  /** An instruction for each part of the operands. */
  #each(
    args: readonly Expr[],
    make: (operands: readonly Instruction[]) => Instruction,
  ): readonly Instruction[] {
    const operands = args.map((e) => this.vectors(e))
    const widest = operands.reduce((most, o) => (o.length > most.length ? o : most))
    return widest.map((_, u) => make(operands.map((o) => (o[u] ?? o[0]) as Instruction)))
  }
}

/** The lane of the operands; for select, of the choices. */
const operandLane = (expr: AluExpr): Expr['lane'] => expr.args.at(-1)?.lane ?? expr.lane
