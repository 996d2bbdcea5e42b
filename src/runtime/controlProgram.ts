/**
 * Programs of one equation of control flow, kept by the identity of its bodies, so that the same loop finds its
 * executable again; bodies that are traced anew are found by their text, as all programs are.
 */

import type { Aval } from '../core/aval.js'
import { makeEquation, makeVar, type Jaxpr, type Params } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { abstractEval } from '../core/primitives/index.js'

type ControlName = 'scan' | 'while' | 'switch'

interface Entry {
  readonly primitive: ControlName
  readonly params: object
  readonly avals: readonly Aval[]
  readonly program: Jaxpr
}

const programs = new WeakMap<object, Entry[]>()

/** The program that applies `primitive` to inputs like these. */
export function controlProgram<P extends ControlName>(
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
): Jaxpr {
  const body = bodyOf(params)
  const entries = programs.get(body) ?? []
  const known = entries.find(
    (entry) =>
      entry.primitive === primitive &&
      sameParams(entry.params, params) &&
      entry.avals.length === inputs.length &&
      entry.avals.every((aval, i) => aval === inputs[i]?.aval),
  )
  if (known !== undefined) return known.program
  const avals = inputs.map((x) => x.aval)
  const operands = avals.map(makeVar)
  const outputs = abstractEval(primitive, avals, params).map(makeVar)
  const program: Jaxpr = {
    inputs: operands,
    equations: [makeEquation(primitive, operands, outputs, params)],
    outputs,
  }
  programs.set(body, [...entries, { primitive, params, avals, program }])
  return program
}

/** What the programs of these parameters are kept with. */
const bodyOf = (params: Params<ControlName>): object =>
  'branches' in params
    ? (params.branches[0] ?? params.branches)
    : 'body' in params
      ? params.body
      : params.jaxpr

/** Equal, parameter by parameter; bodies are compared by identity, branches one by one. */
function sameParams(a: object, b: object): boolean {
  const others = new Map<string, unknown>(Object.entries(b))
  return Object.entries(a).every(([name, value]: [string, unknown]) => {
    const other = others.get(name)
    if (!Array.isArray(value) || !Array.isArray(other)) return value === other
    return value.length === other.length && value.every((item, i) => item === other[i])
  })
}
