/**
 * Statements of a shader with the values they have named: expressions and positions → text.
 * A value used more than once becomes a `let`; in a nested body (a loop) values that do not vary there
 * are computed in the body around it.
 */

import { invariant } from '../../core/errors.js'
import { operandsOf, type AluExpr, type Expr, type LoadExpr, type Position } from '../expr.js'
import type { Store } from '../kernel.js'
import { boundsOf, type PositionAtom } from '../position.js'
import { alu, bitcastText, castText } from './alu.js'
import { literal } from './literal.js'
import { mathFunction, type FunctionWriter } from './math.js'
import { bufferMemory, type Shader } from './shader.js'

/** Longer texts are named, so that lines stay readable and nesting shallow. */
const longestInline = 72

/** How a body gives an axis or a reduction's result: the text, made (with statements if need be) when first asked for. */
export type Supplier = () => string

export interface Given {
  readonly axes?: ReadonlyMap<number, Supplier>
  readonly results?: ReadonlyMap<number, Supplier>
  /** Nothing is moved out to the body around: that would run it where a condition forbids, or before a barrier. */
  readonly closed?: boolean
}

export class Body {
  readonly shader: Shader
  readonly lines: string[] = []
  readonly #parent: Body | null
  readonly #given: Given
  readonly #names = new Map<Expr | string, string>()
  readonly #uses: Map<Expr | string, number>
  readonly #varies = new Map<Expr, boolean>()

  constructor(shader: Shader, given: Given = {}, parent: Body | null = null) {
    this.shader = shader
    this.#given = given
    this.#parent = parent
    this.#uses = parent === null ? new Map<Expr | string, number>() : parent.#uses
  }

  line(text: string): void {
    this.lines.push(text)
  }

  /** `let prefixN = text`, and its name. */
  name(prefix: string, text: string): string {
    const name = this.shader.unique(prefix)
    this.line(`let ${name} = ${text};`)
    return name
  }

  /** A nested block; lines that it moves out come before it. */
  block(header: string, given: Given, fill: (body: Body) => void): void {
    const inner = new Body(this.shader, given, this)
    fill(inner)
    this.line(header === '' ? '{' : `${header} {`)
    for (const line of inner.lines) this.line(`  ${line}`)
    this.line('}')
  }

  /** Counts the uses below expressions and positions that are about to be rendered, which decides what is named. */
  prepare(exprs: readonly Expr[], positions: readonly Position[] = []): void {
    const seen = new Set<Expr | string>()
    const use = (key: Expr | string, visit: () => void): void => {
      this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1)
      if (seen.has(key)) return
      seen.add(key)
      visit()
    }
    const expression = (expr: Expr): void =>
      use(expr, () => {
        if (expr.kind === 'load' || expr.kind === 'position') position(expr.position)
        else operandsOf(expr).forEach(expression)
      })
    const position = (p: Position): void =>
      use(p.key, () => {
        for (const { atom } of p.terms) {
          if (atom.kind === 'value') expression(atom.expr)
          else if (atom.kind !== 'axis') use(atom.key, () => position(atom.of))
        }
      })
    exprs.forEach(expression)
    positions.forEach(position)
  }

  prepareStores(stores: readonly Store[]): void {
    this.prepare(
      stores.map((s) => s.value),
      stores.map((s) => s.position),
    )
  }

  /** The statements of stores. All values are computed first: a store may overwrite what another one loads. */
  stores(stores: readonly Store[], spread = false): void {
    const texts = stores.map((s) => {
      const value = this.value(s.value)
      const index = this.position(s.position)
      return { store: s, value: spread || stores.length > 1 ? this.#named(value) : value, index }
    })
    for (const { store, value, index } of texts)
      this.line(this.shader.store(bufferMemory(store.buffer), store.value.lane, index, value))
  }

  #named(text: string): string {
    return /^\w+$/.test(text) ? text : this.name('v', text)
  }

  /** The value of an expression as an atom or a parenthesised text. */
  value(expr: Expr): string {
    if (expr.kind === 'const') return literal(expr.value, expr.lane)
    const known = this.#known(expr)
    if (known !== undefined) return known
    if (this.#parent !== null && !this.#given.closed && !this.#depends(expr))
      return this.#parent.#shared(expr)
    return this.#render(expr, (this.#uses.get(expr) ?? 0) > 1)
  }

  /** The name given here or in a body around. */
  #known(key: Expr | string): string | undefined {
    return this.#names.get(key) ?? (this.#parent === null ? undefined : this.#parent.#known(key))
  }

  /** A value that a nested body asked for: named, so that the loop does not compute it again. */
  #shared(expr: Expr): string {
    const known = this.#known(expr)
    if (known !== undefined) return known
    if (this.#parent !== null && !this.#given.closed && !this.#depends(expr))
      return this.#parent.#shared(expr)
    return this.#render(expr, true)
  }

  #render(expr: Expr, named: boolean): string {
    const text = this.#text(expr)
    const simple = /^\(?-?\w+\)?$/.test(text)
    const result = !simple && (named || text.length > longestInline) ? this.name('v', unwrapped(text)) : text
    if (named) this.#names.set(expr, result)
    return result
  }

  #text(expr: Expr): string {
    switch (expr.kind) {
      case 'const':
        return literal(expr.value, expr.lane)
      case 'load':
        return this.#load(expr)
      case 'position': {
        const text = this.position(expr.position)
        return /^\w+$/.test(text) ? text : `(${text})`
      }
      case 'alu':
        return this.#alu(expr)
      case 'cast':
        return castText(expr.arg.lane, expr.lane, this.#operand(expr.arg, true))
      case 'bitcast':
        return bitcastText(expr.lane, this.#operand(expr.arg, true))
      case 'result':
        return this.#result(expr.index)
    }
  }

  #alu(expr: AluExpr): string {
    const constant = expr.args.every((arg) => arg.kind === 'const')
    const args = expr.args.map((arg, i) => this.#operand(arg, constant && i === 0))
    const lane = expr.args.at(-1)?.lane ?? expr.lane
    return (
      alu(expr.name, lane, args) ??
      `${mathFunction(this.shader, expr.name, expr.args.length, writeFunction)}(${args.join(', ')})`
    )
  }

  /** WGSL computes constant expressions itself and rejects overflow: one operand is named to make it a run-time one. */
  #operand(expr: Expr, onlyConstants: boolean): string {
    return expr.kind === 'const' && onlyConstants
      ? this.name('v', literal(expr.value, expr.lane))
      : this.value(expr)
  }

  #load(expr: LoadExpr): string {
    const index = this.position(expr.position)
    const last = Math.max((this.shader.context.program.buffers[expr.buffer]?.size ?? 1) - 1, 0)
    return this.shader.load(
      bufferMemory(expr.buffer),
      expr.lane,
      expr.checked ? `clamp(${index}, 0, ${last})` : index,
    )
  }

  #result(index: number): string {
    const supplier = this.#given.results?.get(index)
    if (supplier !== undefined) return supplier()
    invariant(this.#parent !== null, `result ${index} is used before its stage`)
    return this.#parent.#result(index)
  }

  /** The text of an axis, from the innermost body that has it. */
  axis(axis: number): string {
    const key = `axis ${axis}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const supplier = this.#given.axes?.get(axis)
    if (supplier !== undefined) {
      const text = supplier()
      const name = /^\w+$/.test(text) ? text : this.name('i', text)
      this.#names.set(key, name)
      return name
    }
    invariant(this.#parent !== null, `axis ${axis} is not in scope`)
    return this.#parent.axis(axis)
  }

  /** A position as i32 text; a name where it is used more than once. Sums come without parentheses. */
  position(p: Position): string {
    if (p.terms.length === 0) return String(p.constant)
    const known = this.#known(p.key)
    if (known !== undefined) return known
    if (this.#parent !== null && !this.#given.closed && !this.#movesHere(p)) return this.#parent.position(p)
    const text = this.#sum(p)
    if ((this.#uses.get(p.key) ?? 0) < 2 || /^\w+$/.test(text)) return text
    const name = this.name('p', text)
    this.#names.set(p.key, name)
    return name
  }

  /** Gives a position a name known beforehand: the flat index of the domain, say. */
  alias(p: Position, name: string): void {
    if (p.terms.length > 0) this.#names.set(p.key, name)
  }

  #sum(p: Position): string {
    const parts = p.terms.map(({ atom, factor }, i) => {
      const text = this.#atom(atom)
      const scaled = Math.abs(factor) === 1 ? text : `${text} * ${Math.abs(factor)}`
      return factor < 0 ? (i === 0 ? `-${scaled}` : ` - ${scaled}`) : i === 0 ? scaled : ` + ${scaled}`
    })
    if (p.constant !== 0) parts.push(p.constant < 0 ? ` - ${-p.constant}` : ` + ${p.constant}`)
    return parts.join('')
  }

  #atom(atom: PositionAtom<Expr>): string {
    if (atom.kind === 'axis') return this.axis(atom.axis)
    if (atom.kind === 'value') return this.value(atom.expr)
    const known = this.#known(atom.key)
    if (known !== undefined) return known
    if (this.#parent !== null && !this.#given.closed && !this.#movesHere(atom.of))
      return this.#parent.#atom(atom)
    const text = this.#division(atom)
    if ((this.#uses.get(atom.key) ?? 0) < 2) return text
    const name = this.name('q', unwrapped(text))
    this.#names.set(atom.key, name)
    return name
  }

  /** WGSL divides towards zero; a dividend that may be negative is lifted by a multiple of the divisor first. */
  #division(atom: Exclude<PositionAtom<Expr>, { kind: 'axis' | 'value' }>): string {
    const { min } = boundsOf(atom.of)
    const lift = min >= 0 ? 0 : Math.ceil(-min / atom.by)
    const sum = this.position(atom.of)
    const dividend = lift === 0 ? (/^\w+$/.test(sum) ? sum : `(${sum})`) : `(${sum} + ${lift * atom.by})`
    if (atom.kind === 'remainder') return `(${dividend} % ${atom.by})`
    return lift === 0 ? `(${dividend} / ${atom.by})` : `(${dividend} / ${atom.by} - ${lift})`
  }

  /** Whether the expression needs an axis or a result that this body gives. */
  #depends(expr: Expr): boolean {
    const known = this.#varies.get(expr)
    if (known !== undefined) return known
    let depends = operandsOf(expr).some((operand) => this.#depends(operand))
    if (!depends && (expr.kind === 'load' || expr.kind === 'position'))
      depends = this.#movesHere(expr.position)
    if (expr.kind === 'result') depends = this.#given.results?.has(expr.index) ?? false
    this.#varies.set(expr, depends)
    return depends
  }

  #movesHere(p: Position): boolean {
    return p.terms.some(({ atom }) => {
      if (atom.kind === 'axis') return this.#given.axes?.has(atom.axis) ?? false
      return atom.kind === 'value' ? this.#depends(atom.expr) : this.#movesHere(atom.of)
    })
  }
}

/** Without the outer parentheses, where one pair holds the whole text. */
export function unwrapped(text: string): string {
  if (!text.startsWith('(')) return text
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    if (depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text
  }
  return text
}

const writeFunction: FunctionWriter = (shader, parameters, value) => {
  const body = new Body(shader, { results: new Map(parameters.map((x, i) => [i, () => x])) })
  body.prepare([value])
  const result = unwrapped(body.value(value))
  return [...body.lines, `return ${result};`]
}
