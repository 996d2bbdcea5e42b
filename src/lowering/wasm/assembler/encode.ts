/**
 * Modules as bytes: a list of imports and functions → the WebAssembly binary format.
 * Source: the WebAssembly core specification 2.0, chapter 5.
 */

import { invariant } from '../../../core/errors.js'
import { Bytes } from './bytes.js'
import type { FunctionReference, Instruction, Label, ValueType } from './instruction.js'
import type { FunctionDefinition, ModuleDefinition } from './module.js'
import { atomics, laneMemory, lanes, loads, plainCode, shuffle, stores } from './opcodes.js'

const types: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }
const noResult = 0x40
const numbers = new DataView(new ArrayBuffer(8))

/** Writes the instructions of one function. */
class CodeWriter {
  readonly #out: Bytes
  readonly #indexOf: (target: FunctionReference) => number
  readonly #labels: (Label | null)[] = []

  constructor(out: Bytes, indexOf: (target: FunctionReference) => number) {
    this.#out = out
    this.#indexOf = indexOf
  }

  #code(code: number): void {
    if (code < 0x10000) this.#out.byte(code)
    else this.#out.coded(code >>> 16, code & 0xffff)
  }
  #memory(encoding: readonly [number, number], offset: number, args: readonly Instruction[]): void {
    this.all(args)
    this.#code(encoding[0])
    this.#out.coded(encoding[1], offset)
  }
  #nested(
    label: Label | null,
    code: number,
    body: readonly Instruction[],
    otherwise: readonly Instruction[] = [],
  ): void {
    this.#out.coded(code, noResult)
    this.#labels.push(label)
    this.all(body)
    if (otherwise.length > 0) {
      this.#out.byte(0x05)
      this.all(otherwise)
    }
    this.#labels.pop()
    this.#out.byte(0x0b)
  }
  #constant(type: 'i32' | 'i64' | 'f32' | 'f64', value: number): void {
    if (type === 'i32' || type === 'i64') {
      this.#out.byte(type === 'i32' ? 0x41 : 0x42)
      return this.#out.signed(value)
    }
    this.#out.byte(type === 'f32' ? 0x43 : 0x44)
    if (type === 'f32') numbers.setFloat32(0, value, true)
    else numbers.setFloat64(0, value, true)
    this.#out.word(numbers.getInt32(0, true))
    if (type === 'f64') this.#out.word(numbers.getInt32(4, true))
  }
  #vector(words: readonly number[]): void {
    this.#code(0xfd_000c)
    for (const word of words) this.#out.word(word)
  }
  #branch(label: Label, conditional: boolean): void {
    const at = this.#labels.lastIndexOf(label)
    invariant(at >= 0, () => `wasm branch to ${label.name}, which does not enclose it`)
    this.#out.coded(conditional ? 0x0d : 0x0c, this.#labels.length - 1 - at)
  }

  all(list: readonly Instruction[]): void {
    for (let i = 0; i < list.length; i++) this.#write(list[i] as Instruction)
  }
  /** Operands first. The kinds that are most of a module stand first, too. */
  #write(i: Instruction): void {
    switch (i.kind) {
      case 'get':
        return this.#out.coded(0x20, i.local.index)
      case 'plain':
        this.all(i.args)
        return this.#code(plainCode(i.name))
      case 'const':
        return this.#constant(i.type, i.value)
      case 'set':
        this.all(i.args)
        return this.#out.coded(0x21, i.local.index)
      case 'load':
        return this.#memory(loads[i.name], i.offset, i.args)
      case 'store':
        return this.#memory(stores[i.name], i.offset, i.args)
      case 'shuffle':
        this.all(i.args)
        this.#code(shuffle)
        for (const l of i.lanes) this.#out.byte(l)
        return
      default:
        return this.#writeRare(i)
    }
  }
  #writeRare(i: Exclude<Instruction, { kind: Common }>): void {
    switch (i.kind) {
      case 'atomic':
        return this.#memory([atomics[i.name][0], 2], i.offset, i.args)
      case 'laneMemory':
        this.#memory(laneMemory[i.name], i.offset, i.args)
        return this.#out.byte(i.lane)
      case 'lane':
        this.all(i.args)
        this.#code(lanes[i.name][0])
        return this.#out.byte(i.lane)
      case 'vector':
        return this.#vector(i.words)
      case 'call':
        this.all(i.args)
        return this.#out.coded(0x10, this.#indexOf(i.target))
      case 'block':
        return this.#nested(i.label, 0x02, i.body)
      case 'loop':
        return this.#nested(i.label, 0x03, i.body)
      case 'if':
        this.all(i.args)
        return this.#nested(null, 0x04, i.body, i.otherwise)
      case 'branch':
        this.all(i.args)
        return this.#branch(i.label, i.args.length > 0)
    }
  }
}
type Common = 'get' | 'plain' | 'const' | 'set' | 'load' | 'store' | 'shuffle'

function functionBody(
  out: Bytes,
  f: FunctionDefinition,
  indexOf: (target: FunctionReference) => number,
): void {
  const runs: { type: ValueType; count: number }[] = []
  for (const { type } of f.locals) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ type, count: 1 })
  }
  out.unsigned(runs.length)
  for (const { type, count } of runs) {
    out.unsigned(count)
    out.byte(types[type])
  }
  new CodeWriter(out, indexOf).all(f.body)
  out.byte(0x0b)
}

function section<T>(out: Bytes, id: number, items: readonly T[], write: (item: T) => void): void {
  if (items.length === 0) return
  out.byte(id)
  out.sized(() => {
    out.unsigned(items.length)
    for (const item of items) write(item)
  })
}

/** The module as the bytes that `new WebAssembly.Module` takes. */
export function encodeModule(module: ModuleDefinition): Uint8Array<ArrayBuffer> {
  const signatureOf = (f: FunctionReference): string => `${f.params.join()}:${f.results.join()}`
  const references = [...module.imports, ...module.functions]
  const signatures = new Map(references.map((f) => [signatureOf(f), f]))
  const signatureIndex = new Map([...signatures.keys()].map((key, i) => [key, i]))
  const functionIndex = new Map<FunctionReference, number>(references.map((f, i) => [f, i]))
  const indexOf = (f: FunctionReference): number => {
    const index = functionIndex.get(f)
    invariant(index !== undefined, `wasm call of ${f.name}, which is not in the module`)
    return index
  }
  const typeIndex = (f: FunctionReference): number => signatureIndex.get(signatureOf(f)) ?? 0

  const out = new Bytes()
  const typeList = (list: readonly ValueType[]): void => {
    out.unsigned(list.length)
    list.forEach((t) => out.byte(types[t]))
  }
  out.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))
  section(out, 1, [...signatures.values()], (f) => {
    out.byte(0x60)
    typeList(f.params)
    typeList(f.results)
  })
  section(out, 2, [null, ...module.imports], (f) => {
    out.name('env')
    out.name(f === null ? 'memory' : f.name)
    if (f === null) {
      out.byte(0x02)
      out.byte(module.sharedMemory ? 0x03 : 0x00)
      out.unsigned(0)
      if (module.sharedMemory) out.unsigned(65536)
    } else {
      out.byte(0x00)
      out.unsigned(typeIndex(f))
    }
  })
  section(out, 3, module.functions, (f) => out.unsigned(typeIndex(f)))
  section(out, 7, module.exports, (f) => {
    out.name(f.name)
    out.byte(0x00)
    out.unsigned(indexOf(f))
  })
  section(out, 10, module.functions, (f) => out.sized(() => functionBody(out, f, indexOf)))
  nameSection(out, references)
  return out.take()
}

/** The names of functions, for profiles and stack traces: a custom section with the subsection of function names. */
function nameSection(out: Bytes, functions: readonly FunctionReference[]): void {
  out.byte(0)
  out.sized(() => {
    out.name('name')
    out.byte(1)
    out.sized(() => {
      out.unsigned(functions.length)
      functions.forEach((f, i) => {
        out.unsigned(i)
        out.name(f.name)
      })
    })
  })
}
