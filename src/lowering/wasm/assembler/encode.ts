/**
 * Modules as bytes: a list of imports and functions → the WebAssembly binary format.
 * Source: the WebAssembly core specification 2.0, chapter 5.
 */

import { invariant } from '../../../core/errors.js'
import type { FunctionReference, Instruction, Label, ValueType } from './instruction.js'
import type { FunctionDefinition, ModuleDefinition } from './module.js'
import { atomics, laneMemory, lanes, loads, plainCode, shuffle, stores } from './opcodes.js'

const types: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }
const noResult = 0x40
const numbers = new DataView(new ArrayBuffer(8))

/** A growing list of bytes. */
class Bytes {
  #data = new Uint8Array(1024)
  #length = 0

  byte(value: number): void {
    if (this.#length === this.#data.length) this.#reserve(1)
    this.#data[this.#length++] = value
  }
  #reserve(extra: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + extra))
    larger.set(this.#data)
    this.#data = larger
  }
  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#data.length) this.#reserve(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
  }
  unsigned(value: number): void {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return this.byte(rest)
      this.byte((rest % 128) + 128)
    }
  }
  signed(value: number): void {
    for (let rest = value | 0; ; rest >>= 7) {
      const low = rest & 0x7f
      if (rest >= -64 && rest < 64) return this.byte(low)
      this.byte(low | 0x80)
    }
  }
  name(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.unsigned(bytes.length)
    this.append(bytes)
  }
  /** A section or function body: its length, then its bytes. */
  sized(content: Bytes): void {
    this.unsigned(content.#length)
    this.append(content.view())
  }
  view(): Uint8Array {
    return this.#data.subarray(0, this.#length)
  }
}

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
    if (code < 0x10000) return this.#out.byte(code)
    this.#out.byte(code >>> 16)
    this.#out.unsigned(code & 0xffff)
  }
  #memory([code, align]: readonly [number, number], offset: number): void {
    this.#code(code)
    this.#out.unsigned(align)
    this.#out.unsigned(offset)
  }
  #nested(
    label: Label | null,
    code: number,
    body: readonly Instruction[],
    otherwise: readonly Instruction[] = [],
  ): void {
    this.#out.byte(code)
    this.#out.byte(noResult)
    this.#labels.push(label)
    body.forEach((i) => this.write(i))
    if (otherwise.length > 0) {
      this.#out.byte(0x05)
      otherwise.forEach((i) => this.write(i))
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
    for (let i = 0; i < (type === 'f32' ? 4 : 8); i++) this.#out.byte(numbers.getUint8(i))
  }
  #vector(words: readonly number[]): void {
    this.#code(0xfd_000c)
    for (const word of words) {
      numbers.setUint32(0, word, true)
      for (let i = 0; i < 4; i++) this.#out.byte(numbers.getUint8(i))
    }
  }
  #branch(label: Label, conditional: boolean): void {
    const at = this.#labels.lastIndexOf(label)
    invariant(at >= 0, `wasm branch to ${label.name}, which does not enclose it`)
    this.#out.byte(conditional ? 0x0d : 0x0c)
    this.#out.unsigned(this.#labels.length - 1 - at)
  }

  write(i: Instruction): void {
    if ('args' in i) for (const arg of i.args) this.write(arg)
    switch (i.kind) {
      case 'plain':
        return this.#code(plainCode(i.name))
      case 'load':
        return this.#memory(loads[i.name], i.offset)
      case 'store':
        return this.#memory(stores[i.name], i.offset)
      case 'atomic':
        return this.#memory([atomics[i.name][0], 2], i.offset)
      case 'laneMemory':
        this.#memory(laneMemory[i.name], i.offset)
        return this.#out.byte(i.lane)
      case 'lane':
        this.#code(lanes[i.name][0])
        return this.#out.byte(i.lane)
      case 'shuffle':
        this.#code(shuffle)
        return i.lanes.forEach((l) => this.#out.byte(l))
      case 'const':
        return this.#constant(i.type, i.value)
      case 'vector':
        return this.#vector(i.words)
      case 'get':
      case 'set':
        this.#out.byte(i.kind === 'get' ? 0x20 : 0x21)
        return this.#out.unsigned(i.local.index)
      case 'call':
        this.#out.byte(0x10)
        return this.#out.unsigned(this.#indexOf(i.target))
      case 'block':
        return this.#nested(i.label, 0x02, i.body)
      case 'loop':
        return this.#nested(i.label, 0x03, i.body)
      case 'if':
        return this.#nested(null, 0x04, i.body, i.otherwise)
      case 'branch':
        return this.#branch(i.label, i.args.length > 0)
    }
  }
}

function functionBody(f: FunctionDefinition, indexOf: (target: FunctionReference) => number): Bytes {
  const out = new Bytes()
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
  const writer = new CodeWriter(out, indexOf)
  f.body.forEach((i) => writer.write(i))
  out.byte(0x0b)
  return out
}

function section<T>(
  out: Bytes,
  id: number,
  items: readonly T[],
  write: (content: Bytes, item: T) => void,
): void {
  if (items.length === 0) return
  const content = new Bytes()
  content.unsigned(items.length)
  for (const item of items) write(content, item)
  out.byte(id)
  out.sized(content)
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
  const typeList = (out: Bytes, list: readonly ValueType[]): void => {
    out.unsigned(list.length)
    list.forEach((t) => out.byte(types[t]))
  }
  const typeIndex = (f: FunctionReference): number => signatureIndex.get(signatureOf(f)) ?? 0

  const out = new Bytes()
  out.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))
  section(out, 1, [...signatures.values()], (content, f) => {
    content.byte(0x60)
    typeList(content, f.params)
    typeList(content, f.results)
  })
  section(out, 2, [null, ...module.imports], (content, f) => {
    content.name('env')
    content.name(f === null ? 'memory' : f.name)
    if (f === null) {
      content.byte(0x02)
      content.byte(module.sharedMemory ? 0x03 : 0x00)
      content.unsigned(0)
      if (module.sharedMemory) content.unsigned(65536)
    } else {
      content.byte(0x00)
      content.unsigned(typeIndex(f))
    }
  })
  section(out, 3, module.functions, (content, f) => content.unsigned(typeIndex(f)))
  section(out, 7, module.exports, (content, f) => {
    content.name(f.name)
    content.byte(0x00)
    content.unsigned(indexOf(f))
  })
  section(out, 10, module.functions, (content, f) => content.sized(functionBody(f, indexOf)))
  nameSection(out, references)
  return out.view().slice()
}

/** The names of functions, for profiles and stack traces: a custom section with the subsection of function names. */
function nameSection(out: Bytes, functions: readonly FunctionReference[]): void {
  const list = new Bytes()
  list.unsigned(functions.length)
  functions.forEach((f, i) => {
    list.unsigned(i)
    list.name(f.name)
  })
  const content = new Bytes()
  content.name('name')
  content.byte(1)
  content.sized(list)
  out.byte(0)
  out.sized(content)
}
