/**
 * Programs of one equation, cached: primitive, parameters, input avals and which inputs are constants → jaxpr.
 * The value of a constant is not part of the key: it is a rank-0 input that the program broadcasts itself.
 */

import { avalOf } from '../core/aval.js'
import { constantValue } from '../core/constants.js'
import {
  makeEquation,
  makeVar,
  type Equation,
  type Jaxpr,
  type Params,
  type PrimitiveName,
  type Var,
} from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { abstractEval } from '../core/primitives/index.js'

/** Programs kept; the least recently made goes first. */
const keptPrograms = 4096
const programs = new Map<string, Jaxpr>()

/** The program that applies `primitive` to inputs like these. */
export function eagerProgram<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
): Jaxpr {
  let key: string = primitive + showParams(params)
  for (const x of inputs) key += (constantValue(x) === null ? ',' : ';') + x.aval.id
  const known = programs.get(key)
  if (known !== undefined) return known
  const made = makeProgram(primitive, inputs, params)
  programs.set(key, made)
  const [oldest] = programs.keys()
  if (programs.size > keptPrograms && oldest !== undefined) programs.delete(oldest)
  return made
}

function makeProgram<P extends PrimitiveName>(
  primitive: P,
  arrays: readonly NDArray[],
  params: Params<P>,
): Jaxpr {
  const avals = abstractEval(
    primitive,
    arrays.map((x) => x.aval),
    params,
  )
  const broadcasts: Equation[] = []
  const inputs: Var[] = []
  const operands = arrays.map((x) => {
    const isConstant = constantValue(x) !== null
    const input = makeVar(isConstant ? avalOf([], x.dtype) : x.aval)
    inputs.push(input)
    if (input.aval === x.aval) return input
    const operand = makeVar(x.aval)
    broadcasts.push(
      makeEquation('broadcastInDim', [input], [operand], { shape: x.shape, broadcastDimensions: [] }),
    )
    return operand
  })
  const outputs = avals.map(makeVar)
  return { inputs, equations: [...broadcasts, makeEquation(primitive, operands, outputs, params)], outputs }
}

/** The parameters as a key; JSON would confuse NaN, the infinities and -0. */
function showParams(params: object): string {
  let text = ''
  for (const [name, value] of Object.entries(params)) text += `|${name}:${showParam(value)}`
  return text
}

function showParam(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `[${value.map(showParam).join()}]`
  return typeof value === 'object' && value !== null ? `{${showParams(value)}}` : String(value)
}
