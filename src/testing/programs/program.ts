/**
 * Programs as data: what random programs are made of. A program is a list of steps over numbered values (inputs
 * first); it prints as one readable line a step, and runs on any arrays of its input types.
 */

import { constant } from '../../core/constants.js'
import { showAval, type Aval } from '../../core/aval.js'
import { bind } from '../../core/interpreter.js'
import type { Jaxpr, Params, PrimitiveName } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { printJaxpr } from '../../core/print.js'
import { defined } from '../../core/errors.js'
import { arrayOf } from '../sampling.js'
import { callStep, type CallName } from './calls.js'

/** What a step reads: an earlier value, one number repeated, or numbers written out. */
export type Operand =
  | { readonly kind: 'value'; readonly index: number }
  | { readonly kind: 'fill'; readonly aval: Aval; readonly value: number }
  | { readonly kind: 'data'; readonly aval: Aval; readonly values: readonly number[] }

/** A step that calls a program has that program for its parameter. */
export type StepParams<P extends PrimitiveName> = P extends CallName
  ? { readonly program: Program }
  : Params<P>

export interface Step {
  readonly primitive: PrimitiveName
  readonly inputs: readonly Operand[]
  readonly params: object
  readonly outputs: readonly Aval[]
}

export interface Program {
  readonly inputs: readonly Aval[]
  readonly steps: readonly Step[]
  /** Numbers of the values that are results. */
  readonly outputs: readonly number[]
}

/** a, b, …, z, v26, v27, … */
const nameOf = (index: number): string => (index < 26 ? String.fromCharCode(97 + index) : `v${index}`)

const showOperand = (operand: Operand): string => {
  if (operand.kind === 'value') return nameOf(operand.index)
  return operand.kind === 'fill'
    ? `${operand.value}:${showAval(operand.aval)}`
    : `[${operand.values.join(', ')}]:${showAval(operand.aval)}`
}

const isJaxpr = (value: unknown): value is Jaxpr =>
  typeof value === 'object' && value !== null && 'equations' in value

function showParam(value: unknown, indent: string): string {
  if (isJaxpr(value)) return printJaxpr(value, `${indent}  `)
  if (Array.isArray(value)) return `[${value.map((item: unknown) => showParam(item, indent)).join(',')}]`
  return JSON.stringify(value)
}

function showParams(params: object, indent: string): string {
  if ('program' in params) return ` ${printProgram(params.program as Program, `${indent}  `)}`
  const entries = Object.entries(params)
  return entries.length === 0
    ? ''
    : `[${entries.map(([key, value]) => `${key}=${showParam(value, indent)}`).join(' ')}]`
}

/** The program as text. */
export function printProgram({ inputs, steps, outputs }: Program, indent = ''): string {
  let next = inputs.length
  const lines = steps.map(({ primitive, inputs: operands, params, outputs: results }) => {
    const names = results.map((aval) => `${nameOf(next++)}: ${showAval(aval)}`).join(', ')
    return `${indent}  ${names} = ${primitive}${showParams(params, indent)} ${operands.map(showOperand).join(' ')}\n`
  })
  const parameters = inputs.map((aval, i) => `${nameOf(i)}: ${showAval(aval)}`).join(', ')
  return `program(${parameters}) {\n${lines.join('')}${indent}  return ${outputs.map(nameOf).join(', ')}\n${indent}}`
}

const operandValue = (operand: Operand, values: readonly NDArray[]): NDArray => {
  if (operand.kind === 'value')
    return defined(values[operand.index], 'a program reads a value before it is made')
  const { dtype, shape } = operand.aval
  return operand.kind === 'fill'
    ? constant(operand.value, dtype, shape)
    : arrayOf(operand.values, shape, dtype)
}

/** The program as a function of arrays, under whatever transformation is current. */
export const runProgram =
  (program: Program) =>
  (...inputs: readonly NDArray[]): NDArray[] => {
    const values = [...inputs]
    for (const step of program.steps) {
      const operands = step.inputs.map((operand) => operandValue(operand, values))
      values.push(...runStep(step, operands))
    }
    return program.outputs.map((index) =>
      defined(values[index], 'a program returns a value that it does not make'),
    )
  }

function runStep({ primitive, params }: Step, operands: readonly NDArray[]): readonly NDArray[] {
  if ('program' in params)
    return callStep(primitive as CallName, runProgram(params.program as Program))(...operands)
  // The builder checked the parameters with the primitive's own shape rule.
  return bind(primitive, operands, params as never)
}
