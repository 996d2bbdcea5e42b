/**
 * Jaxprs as text, in JAX's notation: `{ lambda ; a:f32[3]. let b:f32[3] = exp a in (b,) }`.
 */

import { showAval } from './aval.js'
import type { Atom, Equation, Jaxpr, Var } from './jaxpr.js'

/** a, b, …, z, aa, ab, … in the order of first appearance. */
class Names {
  readonly #names = new Map<Var, string>()

  of(atom: Atom): string {
    if (atom.kind === 'literal') return `${showNumber(atom.value)}:${showAval(atom.aval)}`
    const known = this.#names.get(atom)
    if (known !== undefined) return known
    const name = letters(this.#names.size)
    this.#names.set(atom, name)
    return name
  }
  typed(v: Var): string {
    return `${this.of(v)}:${showAval(v.aval)}`
  }
}

function letters(n: number): string {
  const last = String.fromCharCode(97 + (n % 26))
  return n < 26 ? last : letters(Math.floor(n / 26) - 1) + last
}

const isJaxpr = (x: unknown): x is Jaxpr => typeof x === 'object' && x !== null && 'equations' in x

/** The two zeros print differently, so that the text says which program it is. */
const showNumber = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

function showParam(value: unknown, indent: string): string {
  if (isJaxpr(value)) return printJaxpr(value, indent + '  ')
  if (typeof value === 'function') return '<function>'
  if (Array.isArray(value)) return `[${value.map((v) => showParam(v, indent)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}: ${showParam(v, indent)}`)
      .join(', ')}}`
  }
  return typeof value === 'number' ? showNumber(value) : String(value)
}

function printEquation(eqn: Equation, names: Names, indent: string): string {
  const params = Object.entries(eqn.params).map(([key, value]) => `${key}=${showParam(value, indent)}`)
  const shown = params.length === 0 ? '' : `[${params.join(' ')}]`
  const inputs = eqn.inputs.map((atom) => names.of(atom))
  return `${eqn.outputs.map((v) => names.typed(v)).join(' ')} = ${eqn.primitive}${shown} ${inputs.join(' ')}`.trimEnd()
}

/** One equation with fresh variable names, for messages. */
export const printEqn = (eqn: Equation): string => printEquation(eqn, new Names(), '')

/** A whole jaxpr, one equation a line. */
export function printJaxpr(jaxpr: Jaxpr, indent = ''): string {
  const names = new Names()
  const inputs = jaxpr.inputs.map((v) => names.typed(v)).join(' ')
  const body = jaxpr.equations
    .map((eqn) => `${indent}    ${printEquation(eqn, names, indent + '    ')}\n`)
    .join('')
  const outputs = jaxpr.outputs.map((atom) => names.of(atom)).join(', ')
  const result = `(${outputs}${jaxpr.outputs.length === 1 ? ',' : ''})`
  return `{ lambda ; ${inputs}. let\n${body}${indent}  in ${result} }`
}
