/**
 * Building modules: functions with their parameters, locals and code, imports and exports. The memory is
 * always imported as `env.memory`.
 */

import {
  branch,
  block,
  get,
  i32,
  loop,
  makeLabel,
  op,
  set,
  type FunctionReference,
  type Instruction,
  type Local,
  type ValueType,
} from './instruction.js'

export interface FunctionDefinition extends FunctionReference {
  readonly parameters: readonly Local[]
  readonly locals: readonly Local[]
  readonly body: readonly Instruction[]
}

export interface ModuleDefinition {
  readonly sharedMemory: boolean
  readonly imports: readonly FunctionReference[]
  readonly functions: readonly FunctionDefinition[]
  readonly exports: readonly FunctionReference[]
}

/** A function under construction. */
export class FunctionBuilder implements FunctionDefinition {
  readonly name: string
  readonly parameters: readonly Local[]
  readonly results: readonly ValueType[]
  readonly body: Instruction[] = []
  readonly #locals: Local[] = []

  constructor(
    name: string,
    parameters: readonly (readonly [string, ValueType])[],
    results: readonly ValueType[] = [],
  ) {
    this.name = name
    this.parameters = parameters.map(([parameter, type], index) => ({ index, type, name: parameter }))
    this.results = results
  }

  get params(): readonly ValueType[] {
    return this.parameters.map((p) => p.type)
  }
  get locals(): readonly Local[] {
    return this.#locals
  }
  /** A new local variable, 0 at first. */
  local(type: ValueType, name: string): Local {
    const index = this.parameters.length + this.#locals.length
    const made: Local = { index, type, name: `${name}_${index}` }
    this.#locals.push(made)
    return made
  }
}

/** A function of 32-bit integers (addresses, indices, flags) without results, and its parameters. */
export function integerFunction<const Names extends readonly string[]>(
  name: string,
  names: Names,
): { readonly fn: FunctionBuilder; readonly parameters: { readonly [I in keyof Names]: Local } } {
  const fn = new FunctionBuilder(
    name,
    names.map((parameter) => [parameter, 'i32']),
  )
  return { fn, parameters: fn.parameters as { readonly [I in keyof Names]: Local } }
}

/** A module under construction. */
export class ModuleBuilder implements ModuleDefinition {
  readonly sharedMemory: boolean
  readonly imports: FunctionReference[] = []
  readonly functions: FunctionDefinition[] = []
  readonly exports: FunctionReference[] = []

  constructor(sharedMemory = false) {
    this.sharedMemory = sharedMemory
  }

  /** Adds a function. */
  define(fn: FunctionDefinition): FunctionReference {
    this.functions.push(fn)
    return fn
  }
  /** The imported function `env.name`; the same one each time. */
  import(name: string, params: readonly ValueType[], results: readonly ValueType[]): FunctionReference {
    const known = this.imports.find((f) => f.name === name)
    if (known !== undefined) return known
    const made: FunctionReference = { name, params, results }
    this.imports.push(made)
    return made
  }
}

/**
 * for (index = start; index < end; index += step) body. The index is compared as a signed number; where
 * `runs` says that there is at least one iteration, the first test is left out.
 */
export function countedLoop(
  index: Local,
  start: Instruction,
  end: Instruction,
  step: number,
  body: readonly Instruction[],
  runs: boolean,
): Instruction[] {
  const top = makeLabel(`${index.name}_next`)
  const repeat = loop(top, [
    ...body,
    set(index, op('i32.add', get(index), i32(step))),
    branch(top, op('i32.lt_s', get(index), end)),
  ])
  if (runs) return [set(index, start), repeat]
  const done = makeLabel(`${index.name}_done`)
  return [set(index, start), block(done, [branch(done, op('i32.ge_s', get(index), end)), repeat])]
}
