/**
 * Modules as WebAssembly text, folded and indented, for reading: `--explain` and tests.
 */

import type { FunctionReference, Instruction } from './instruction.js'
import type { FunctionDefinition, ModuleDefinition } from './module.js'

const width = 100

function showNumber(type: 'i32' | 'i64' | 'f32' | 'f64', value: number): string {
  if (type === 'i32' || type === 'i64') return String(value | 0)
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

const hex = (word: number): string => `0x${(word >>> 0).toString(16).padStart(8, '0')}`
const offsetOf = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`)

/** The instruction without its operands. */
function head(i: Instruction): string {
  switch (i.kind) {
    case 'plain':
      return i.name
    case 'load':
    case 'store':
    case 'atomic':
      return i.name + offsetOf(i.offset)
    case 'laneMemory':
      return `${i.name}${offsetOf(i.offset)} ${i.lane}`
    case 'lane':
      return `${i.name} ${i.lane}`
    case 'shuffle':
      return `i8x16.shuffle ${i.lanes.join(' ')}`
    case 'const':
      return `${i.type}.const ${showNumber(i.type, i.value)}`
    case 'vector':
      return `v128.const i32x4 ${i.words.map(hex).join(' ')}`
    case 'get':
    case 'set':
      return `local.${i.kind} $${i.local.name}`
    case 'call':
      return `call $${i.target.name}`
    case 'block':
    case 'loop':
      return `${i.kind} $${i.label.name}`
    case 'if':
      return 'if'
    case 'branch':
      return `${i.args.length > 0 ? 'br_if' : 'br'} $${i.label.name}`
  }
}

/** The parts in parentheses: on one line where they fit. */
function folded(start: string, parts: readonly string[], indent: string): string {
  const line = `(${[start, ...parts].join(' ')})`
  if (line.length + indent.length <= width && !line.includes('\n')) return line
  return `(${start}${parts.map((p) => `\n${indent}  ${p}`).join('')})`
}

function show(i: Instruction, indent: string): string {
  const inner = `${indent}  `
  const args = 'args' in i ? i.args.map((arg) => show(arg, inner)) : []
  if (i.kind === 'block' || i.kind === 'loop') return lines(head(i), i.body, indent)
  if (i.kind !== 'if') return folded(head(i), args, indent)
  const parts = [
    ...args,
    lines('then', i.body, inner),
    ...(i.otherwise.length > 0 ? [lines('else', i.otherwise, inner)] : []),
  ]
  return `(if${parts.map((p) => `\n${inner}${p}`).join('')})`
}

const lines = (start: string, body: readonly Instruction[], indent: string): string =>
  `(${start}${body.map((i) => `\n${indent}  ${show(i, `${indent}  `)}`).join('')})`

function signature(f: FunctionReference, names: readonly string[] = []): string {
  const params = f.params.map((type, i) => ` (param ${names[i] === undefined ? '' : `$${names[i]} `}${type})`)
  const results = f.results.length === 0 ? '' : ` (result ${f.results.join(' ')})`
  return `${params.join('')}${results}`
}

function showFunction(f: FunctionDefinition, exported: boolean): string {
  const locals = f.locals.map((l) => `(local $${l.name} ${l.type})`)
  const parts = [...(locals.length > 0 ? [locals.join(' ')] : []), ...f.body.map((i) => show(i, '    '))]
  const names = f.parameters.map((p) => p.name)
  return `  (func $${f.name}${exported ? ` (export "${f.name}")` : ''}${signature(f, names)}${parts.map((p) => `\n    ${p}`).join('')})`
}

/** The module as text. */
export function printModule(module: ModuleDefinition): string {
  const imports = module.imports.map((f) => `  (import "env" "${f.name}" (func $${f.name}${signature(f)}))`)
  const memory = `  (import "env" "memory" (memory 0${module.sharedMemory ? ' 65536 shared' : ''}))`
  return `(module\n${[memory, ...imports, ...module.functions.map((f) => showFunction(f, module.exports.includes(f)))].join('\n')})\n`
}
