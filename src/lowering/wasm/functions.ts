/**
 * Functions over four f32 lanes that a module defines once and its kernels call: the expansions of
 * transcendental functions, and rounding to the half types.
 */

import { ExprBuilder, type Expr, type MathName } from '../expr.js'
import { expandMath } from '../math/index.js'
import {
  call,
  constant,
  get,
  op,
  set,
  when,
  type FunctionReference,
  type Instruction,
  type ValueType,
} from './assembler/instruction.js'
import { FunctionBuilder, type ModuleBuilder } from './assembler/module.js'
import type { ModuleContext } from './context.js'
import { hostMath, mathArity } from './hostMath.js'
import type { RoundingName } from './scalarAlu.js'
import { Scope } from './scope.js'

/** Rounds to nearest even at 16 low bits of the pattern; the largest finite numbers round to infinity by the carry. */
function roundBfloat16(b: ExprBuilder, x: Expr): Expr {
  const bits = b.bitcast(x, 'u32')
  const word = (value: number): Expr => b.constant(value, 'u32')
  const odd = b.alu('and', b.alu('shrU', bits, word(16)), word(1))
  const rounded = b.alu('and', b.alu('add', b.alu('add', bits, word(0x7fff)), odd), word(0xffff0000))
  return b.alu('select', b.alu('eq', x, x), b.bitcast(rounded, 'f32'), x)
}

/**
 * The same at 13 low bits, and infinity from 65520 on. Below 2^-14 the spacing is 2^-24, that of float32
 * numbers in [1/2, 1): adding and subtracting 1/2 rounds to it.
 */
function roundFloat16(b: ExprBuilder, x: Expr): Expr {
  const word = (value: number): Expr => b.constant(value, 'u32')
  const number = (value: number): Expr => b.constant(value, 'f32')
  const sign = b.alu('and', b.bitcast(x, 'u32'), word(0x80000000))
  const magnitude = b.alu('abs', x)
  const bits = b.bitcast(magnitude, 'u32')
  const odd = b.alu('and', b.alu('shrU', bits, word(13)), word(1))
  const normal = b.bitcast(
    b.alu('and', b.alu('add', b.alu('add', bits, word(0xfff)), odd), word(0xffffe000)),
    'f32',
  )
  const small = b.alu('sub', b.alu('add', magnitude, number(0.5)), number(0.5))
  const finite = b.alu('select', b.alu('lt', magnitude, number(2 ** -14)), small, normal)
  const rounded = b.alu('select', b.alu('ge', magnitude, number(65520)), number(Infinity), finite)
  const signed = b.bitcast(b.alu('or', b.bitcast(rounded, 'u32'), sign), 'f32')
  return b.alu('select', b.alu('eq', x, x), signed, x)
}

/** The function in basic operations. */
export function expansionOf(name: MathName | RoundingName, b: ExprBuilder, args: readonly Expr[]): Expr {
  const [x] = args
  if (name === 'roundBfloat16') return roundBfloat16(b, x as Expr)
  if (name === 'roundFloat16') return roundFloat16(b, x as Expr)
  return expandMath(b, name, args, true)
}

/** Adds the function `name` over v128 to the module. */
export function defineVectorFunction(
  module: ModuleContext,
  name: MathName | RoundingName,
): FunctionReference {
  const count = name === 'roundBfloat16' || name === 'roundFloat16' ? 1 : mathArity(name)
  const names = ['x', 'y'].slice(0, count)
  const fn = new FunctionBuilder(
    name,
    names.map((n): [string, ValueType] => [n, 'v128']),
    ['v128'],
  )
  const b = new ExprBuilder()
  const result = expansionOf(
    name,
    b,
    names.map((_, i) => b.result(i, 'f32')),
  )
  const scope = Scope.top(module, fn, [result]).fuse()
  fn.parameters.forEach((p, i) => scope.bindResult(i, { vector: true, parts: [get(p)] }))
  const [value] = scope.vectors(result)
  if (value !== undefined) scope.push(value)
  module.builder.functions.push(fn)
  return fn
}

/**
 * Adds the remainder of two f32 numbers, as f64: x - trunc(x / y)·y. Below 2^28 the quotient of 24-bit numbers
 * rounds to no integer that it has not reached, and the product is exact; the host computes the other cases.
 */
export function defineRemainder(builder: ModuleBuilder): FunctionReference {
  const fn = new FunctionBuilder(
    'remainder',
    [
      ['x', 'f64'],
      ['y', 'f64'],
    ],
    ['f64'],
  )
  const [x, y] = fn.parameters.map(get) as [Instruction, Instruction]
  const [quotient, result] = [fn.local('f64', 'quotient'), fn.local('f64', 'result')]
  const below = (value: Instruction, limit: number): Instruction =>
    op('f64.lt', op('f64.abs', value), constant('f64', limit))
  const exact = op('f64.sub', x, op('f64.mul', get(quotient), y))
  fn.body.push(
    set(quotient, op('f64.trunc', op('f64.div', x, y))),
    when(
      op('i32.and', below(get(quotient), 2 ** 28), below(y, Infinity)),
      // A remainder of 0 has the sign of x too.
      [set(result, op('f64.copysign', exact, x))],
      [set(result, call(importHostFunction(builder, 'rem', 'f64'), x, y))],
    ),
    get(result),
  )
  builder.functions.push(fn)
  return fn
}

/** The name under which generated code imports a host function. */
export const hostImport = (name: MathName | 'rem', lane: 'f32' | 'f64'): string => `${lane}.${name}`

export function importHostFunction(
  builder: ModuleBuilder,
  name: MathName | 'rem',
  lane: 'f32' | 'f64',
): FunctionReference {
  const count = name === 'rem' ? 2 : mathArity(name)
  return builder.import(
    hostImport(name, lane),
    Array.from({ length: count }, () => 'f64' as const),
    ['f64'],
  )
}

/** The host function behind an import of that name, or null if the name is not one. */
export function hostFunctionOf(importName: string): ((x: number, y: number) => number) | null {
  const [lane, name] = importName.split('.')
  if (name === undefined || (lane !== 'f32' && lane !== 'f64')) return null
  if (name === 'rem') return (x, y) => x % y
  const table: Readonly<Record<string, (x: number, y: number) => number>> = hostMath(lane)
  return table[name] ?? null
}
