/** jit: a function is traced once for each signature of its arguments, and its program runs as one executable. */

import type { NDArray } from '../core/ndarray.js'
import { printJaxpr } from '../core/print.js'
import type { TreeDef } from '../core/tree.js'
import {
  argumentPath,
  flatFunction,
  flattenArrays,
  functionName,
  normalizeArgnums,
  type AcceptsAll,
  type TreeFunction,
} from './arguments.js'
import { traceToJaxpr } from './jaxprTrace.js'
import { JitEntry } from './jitCache.js'
import { explainMiss, sameSignature, type Signature } from './signatures.js'
import { stagesOf, type Stages } from './stages.js'
import { flattenStructs } from './structs.js'

export interface JitOptions {
  /** Arguments that are plain values (numbers for shapes, flags, functions): a new value means a new trace. */
  readonly staticArgnums?: number | readonly number[]
  /** Arguments that the caller gives up: their memory may hold the results, and they cannot be used afterwards. */
  readonly donateArgnums?: number | readonly number[]
  /** The name in jaxprs and messages; by default the function's. */
  readonly name?: string
  /** Told why, whenever the function is traced. */
  readonly onTrace?: (reason: string) => void
}

/** A compiled function. */
export interface Jitted<A extends readonly unknown[], R> {
  (...args: AcceptsAll<A>): R
  /** The stages of compilation for arguments like these, as text: `jaxpr` and those of the device. */
  lower(...args: AcceptsAll<A>): Stages
  /** Why it was traced, one reason for each trace. */
  readonly traces: readonly string[]
}

/**
 * Compiles `f`: the first call with arguments of some shapes, dtypes and structure traces it, later calls like it
 * run the compiled program. `f` has to be pure and synchronous; arrays it closes over are taken as constants.
 *
 * @returns a function like `f`, with `lower(...args)` and `traces`.
 * @throws CotangentError `asyncFunction`, `concreteValue` where `f` reads a traced value, `argument` for arguments
 *   that are neither arrays nor static, `argnums` out of range.
 * @example
 * ```ts
 * import { jit, numpy as np } from 'cotangent'
 * const f = jit((x) => np.tanh(x.mul(2)).sum())
 * console.log(f(np.zeros([3])).item()) // 0
 * console.log(f.traces.length) // 1
 * ```
 */
export function jit<A extends readonly NDArray[], R>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R>
export function jit<A extends readonly unknown[], R>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R>
export function jit(f: TreeFunction, options: JitOptions = {}): TreeFunction {
  const compiled = new Compiled(f, options)
  const call = (...args: readonly unknown[]): unknown => compiled.call(args)
  Object.defineProperty(call, 'name', { value: compiled.name })
  return Object.assign(call, {
    lower: (...args: readonly unknown[]) => compiled.lower(args),
    traces: compiled.traces,
  })
}

class Compiled {
  readonly name: string
  readonly traces: string[] = []
  readonly #f: TreeFunction
  readonly #options: JitOptions
  /** The last one used is first. */
  readonly #entries: JitEntry[] = []

  constructor(f: TreeFunction, options: JitOptions) {
    this.#f = f
    this.#options = options
    this.name = options.name ?? functionName(f)
  }

  call(args: readonly unknown[]): unknown {
    const entry = this.#entries[0]
    const inputs = entry === undefined || !entry.isAlive() ? null : entry.match(args)
    return entry !== undefined && inputs !== null ? entry.run(inputs) : this.#callOther(args)
  }

  #callOther(args: readonly unknown[]): unknown {
    const split = this.#split(args)
    const path = (treedef: TreeDef, i: number): string => argumentPath(treedef, i, split.positions)
    const { arrays, treedef } = flattenArrays(split.dynamic, `jit of ${this.name}`, path)
    const entry = this.#entry({ ...split, treedef, avals: arrays.map((x) => x.aval) })
    return entry.run([...entry.traced.consts, ...arrays])
  }

  lower(args: readonly unknown[]): Stages {
    const split = this.#split(args)
    const { traced, donated } = this.#entry({
      ...split,
      ...flattenStructs(split.dynamic, `lower of ${this.name}`),
    })
    return { jaxpr: printJaxpr(traced.jaxpr), ...stagesOf(traced.jaxpr, donated) }
  }

  /** Which arguments are arrays and which are static. */
  #split(
    args: readonly unknown[],
  ): Omit<Signature, 'treedef' | 'avals'> & { readonly dynamic: readonly unknown[] } {
    const statics = new Map(this.#argnums('staticArgnums', args.length).map((i) => [i, args[i]]))
    const positions = args.map((_, i) => i).filter((i) => !statics.has(i))
    return { argumentCount: args.length, positions, statics, dynamic: positions.map((i) => args[i]) }
  }

  #argnums(option: 'staticArgnums' | 'donateArgnums', count: number): number[] {
    return normalizeArgnums(this.#options[option] ?? [], count, `jit of ${this.name} (${option})`)
  }

  /** The entry of a signature, found or made; it becomes the first. */
  #entry(signature: Signature): JitEntry {
    const at = this.#entries.findIndex((entry) => sameSignature(entry.signature, signature))
    const [found] = at < 0 ? [] : this.#entries.splice(at, 1)
    const entry = found?.isAlive() === true ? found : this.#trace(signature)
    this.#entries.unshift(entry)
    return entry
  }

  #trace(signature: Signature): JitEntry {
    const reason = explainMiss(
      this.#entries.map((entry) => entry.signature),
      signature,
      this.traces.length === 0,
    )
    this.traces.push(reason)
    this.#options.onTrace?.(`${this.name} was traced: ${reason}`)
    const operation = `jit of ${this.name}`
    const flat = flatFunction(withStatics(this.#f, signature), signature.treedef, operation)
    const { jaxpr, consts } = traceToJaxpr(flat, signature.avals, operation)
    return new JitEntry(
      signature,
      { jaxpr, consts, outputTree: flat.treedef() },
      this.name,
      this.#donated(signature),
    )
  }

  /** For each array of the arguments, whether it is given away. */
  #donated({ argumentCount, positions, treedef }: Signature): boolean[] {
    const given = new Set(this.#argnums('donateArgnums', argumentCount))
    const children = treedef.kind === 'list' ? treedef.children : []
    return children.flatMap((child, i) =>
      Array.from({ length: child.size }, () => given.has(positions[i] ?? -1)),
    )
  }
}

/** `f` as a function of its dynamic arguments. */
function withStatics(f: TreeFunction, { argumentCount, positions, statics }: Signature): TreeFunction {
  if (statics.size === 0) return f
  const dynamic: TreeFunction = (...some) => {
    const args = Array.from({ length: argumentCount }, (_, i) => statics.get(i))
    positions.forEach((position, i) => {
      args[position] = some[i]
    })
    return f(...args)
  }
  return Object.defineProperty(dynamic, 'name', { value: f.name })
}
