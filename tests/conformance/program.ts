// Conformance programs as functions of the library: JSON steps in → what they compute out.

import * as library from '../../src/index.js'
import { NDArray } from '../../src/index.js'
import type { DType } from '../../src/index.js'
import type { Case, Json, Program } from './format.js'

type AnyFunction = (...args: readonly unknown[]) => unknown
/** Values of the case, then of each enclosing function literal. */
type Scopes = readonly unknown[][]

/** The library's function at a dotted path, or undefined. */
export function lookup(name: string): AnyFunction | undefined {
  let found: unknown = library
  for (const part of name.split('.')) found = (found as Record<string, unknown> | undefined)?.[part]
  return typeof found === 'function' ? (found as AnyFunction) : undefined
}

const otherMethods = ['defjvp', 'defjvps', 'defvjp', 'init', 'update']

/** Whether the library has what a step calls. */
export function exists(call: string): boolean {
  if (call === '$apply') return true
  if (call.startsWith('.')) return otherMethods.includes(call.slice(1)) || call.slice(1) in NDArray.prototype
  return lookup(call) !== undefined
}

const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity }

/** A number, or the string that stands for one that JSON cannot write. */
export const toNumber = (x: Json): number => (typeof x === 'string' ? (special[x] ?? NaN) : Number(x))

export interface ArrayLiteral {
  readonly $array: DType
  readonly shape: readonly number[]
  readonly data: readonly Json[]
}
export const isArrayLiteral = (x: Json): x is Json & ArrayLiteral =>
  x !== null && typeof x === 'object' && '$array' in x

function makeArray({ $array: dtype, shape, data }: ArrayLiteral): NDArray {
  return library.numpy.reshape(library.numpy.array(data.map(toNumber), { dtype }), shape)
}

const references = { $: 0, $p: -1, $pp: -2, $ppp: -3 } as const

/** `value` with a part taken: a list item or field, or an item of iterating over it. */
function part(value: unknown, key: string | number): unknown {
  const iterable = typeof key === 'number' && !Array.isArray(value) && Symbol.iterator in Object(value)
  return iterable ? [...(value as Iterable<unknown>)][key] : (value as Record<string | number, unknown>)[key]
}

/** The value of JSON in these scopes. */
export function evaluate(value: Json, scopes: Scopes = [[]]): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => evaluate(item, scopes))
  const node = value as { readonly [key: string]: Json }
  for (const [name, at] of Object.entries(references)) {
    if (!(name in node)) continue
    const [index, ...path] = [node[name]].flat() as [number, ...(string | number)[]]
    return path.reduce(part, scopes.at(at)?.[index])
  }
  if (isArrayLiteral(value)) return makeArray(value)
  if ('$num' in node) return toNumber(node['$num'] ?? null)
  if ('$fn' in node) {
    const program = node['$fn'] as unknown as Program & { readonly params: number }
    return (...params: unknown[]) => run(program, [...scopes, params.slice(0, program.params)])
  }
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, evaluate(item, scopes)]))
}

function run(program: Program, scopes: Scopes): unknown {
  const values = scopes.at(-1) ?? []
  for (const { call, args } of program.steps) {
    const [first, ...rest] = evaluate(args, scopes) as unknown[]
    if (call === '$apply') values.push((first as AnyFunction)(...rest))
    else if (call.startsWith('.'))
      values.push((first as Record<string, AnyFunction>)[call.slice(1)]?.(...rest))
    else values.push(lookup(call)?.(...(args.length === 0 ? [] : [first, ...rest])))
  }
  return evaluate(program.result, scopes)
}

/** The case as a function of its inputs. */
export const programOf =
  (testCase: Case): AnyFunction =>
  (...inputs) =>
    run(testCase, [[...inputs]])
