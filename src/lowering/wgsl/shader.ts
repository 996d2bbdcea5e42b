/**
 * One compute shader in the making: its bindings (one for each place in memory), workgroup variables and functions.
 * Bodies (body.ts) ask it for loads and stores; `finish` gives the text and the bindings of a Dispatch.
 */

import { invariant } from '../../core/errors.js'
import type { Lane } from '../expr.js'
import type { Place, Program } from '../kernel.js'
import { bitcastText, storageLane, wgslType } from './alu.js'
import type { Binding, Dispatch, Resource, WgslLimits } from './dispatch.js'
import { helpersFor } from './helpers.js'

/** A buffer of the program, or a scratch buffer: memory that a shader loads from and stores to. */
export type Memory =
  | { readonly kind: 'buffer'; readonly buffer: number }
  | { readonly kind: 'scratch'; readonly scratch: number }

export const bufferMemory = (buffer: number): Memory => ({ kind: 'buffer', buffer })

interface Bound {
  readonly name: string
  readonly resource: Resource
  readonly lane: Lane
  readonly atomic: boolean
  written: boolean
}

function placeOf(program: Program, buffer: number): Place {
  const place = program.plan.places[buffer]
  invariant(place !== undefined, `buffer ${buffer} has no place in the memory plan`)
  return place
}

/** What buffers that share memory have in common. */
export function placeKeyOf(program: Program, buffer: number): string {
  const place = placeOf(program, buffer)
  if (place.kind === 'arena') return `slot${place.slot}`
  return place.kind === 'input' ? `input${place.input}` : `output${place.output}`
}

/** What a dispatch of a kernel is made from. */
export interface KernelContext {
  readonly program: Program
  readonly limits: WgslLimits
  /** Index of the kernel in the program. */
  readonly kernel: number
  readonly label: string
  /** Memory that only this kernel's dispatches use. */
  readonly scratch: (bytes: number) => Memory
  /** Scratch memory that stands for some buffers (packing.ts), and where in it, by place. */
  readonly packing?: { readonly memory: Memory; readonly offsets: ReadonlyMap<string, number> }
}

export class Shader {
  readonly context: KernelContext
  /** Reduction trees so far (accumulate.ts). */
  trees = 0
  readonly #bound = new Map<string, Bound>()
  readonly #workgroup = new Map<string, string>()
  readonly #functions = new Map<string, string>()
  #names = 0

  constructor(context: KernelContext) {
    this.context = context
  }

  /** A name that no other value of the shader has. */
  unique(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  #bind(memory: Memory, lane: Lane, atomic = false): Bound {
    const { program } = this.context
    const key = memory.kind === 'buffer' ? placeKeyOf(program, memory.buffer) : `scratch${memory.scratch}`
    const known = this.#bound.get(key)
    if (known !== undefined) {
      invariant(!atomic || known.atomic, `${this.context.label}: memory used before its atomic declaration`)
      return known
    }
    const resource: Resource =
      memory.kind === 'buffer' ? { kind: 'place', place: placeOf(program, memory.buffer) } : memory
    const made: Bound = {
      name: `b${this.#bound.size}`,
      resource,
      lane: storageLane(lane),
      atomic,
      written: atomic,
    }
    this.#bound.set(key, made)
    return made
  }

  /** Where memory really is: packed buffers lie in scratch memory. */
  #locate(memory: Memory, index: string): readonly [Memory, string] {
    const { packing, program } = this.context
    const offset =
      packing === undefined || memory.kind === 'scratch'
        ? undefined
        : packing.offsets.get(placeKeyOf(program, memory.buffer))
    if (packing === undefined || offset === undefined) return [memory, index]
    return [packing.memory, offset === 0 ? index : `${index} + ${offset}`]
  }

  /** Binds memory whose elements are atomics; has to come before any other use of it. */
  atomic(memory: Memory, lane: 'i32' | 'u32'): string {
    return this.#bind(memory, lane, true).name
  }

  load(memory: Memory, lane: Lane, position: string): string {
    const [where, index] = this.#locate(memory, position)
    const bound = this.#bind(where, lane)
    const element = bound.atomic ? `atomicLoad(&${bound.name}[${index}])` : `${bound.name}[${index}]`
    const stored = storageLane(lane)
    const value = bound.lane === stored ? element : bitcastText(stored, element)
    return lane === 'bool' ? `(${value} != 0u)` : value
  }

  /** A statement that stores `value`, of `lane`. */
  store(memory: Memory, lane: Lane, position: string, value: string): string {
    const [where, index] = this.#locate(memory, position)
    const bound = this.#bind(where, lane)
    invariant(!bound.atomic, `${this.context.label}: plain store to atomic memory`)
    bound.written = true
    const stored = storageLane(lane)
    const plain = lane === 'bool' ? `u32(${value})` : value
    return `${bound.name}[${index}] = ${bound.lane === stored ? plain : bitcastText(bound.lane, plain)};`
  }

  /** Declares `var<workgroup> name: array<type, size>`. */
  workgroupArray(name: string, type: string, size: number): void {
    this.#workgroup.set(name, `array<${type}, ${size}>`)
  }

  /** Adds a function once; `text` is made only when it is new. */
  define(name: string, text: () => string): void {
    if (this.#functions.has(name)) return
    // The name is taken first: what `text` defines in turn then stands before it.
    this.#functions.set(name, '')
    const made = text()
    this.#functions.delete(name)
    this.#functions.set(name, made)
  }

  /** The dispatch of `groups` workgroups that run `lines` with `group` and `local` (indices, i32) in scope. */
  finish(lines: readonly string[], groupSize: number, groups: number): Dispatch {
    const { kernel, label, limits } = this.context
    const bound = [...this.#bound.values()]
    invariant(
      bound.length <= limits.maxBindings,
      `${label} binds ${bound.length} buffers, the device allows ${limits.maxBindings}`,
    )
    const [x, y] = gridOf(groups, limits.maxGroups)
    const body = [...this.#functions.values(), ...this.#main(lines, groupSize, x, y, groups)].join('\n')
    const code = [...bound.map(declare), ...this.#workgroupLines(), ...helpersFor(body), body, ''].join('\n')
    const bindings: Binding[] = bound.map(({ resource, written }) => ({
      resource,
      access: written ? 'read_write' : 'read',
    }))
    return { kernel, label, code, bindings, groupSize, groups: [x, y, 1] }
  }

  #workgroupLines(): string[] {
    return [...this.#workgroup].map(([name, type]) => `var<workgroup> ${name}: ${type};`)
  }

  #main(lines: readonly string[], groupSize: number, x: number, y: number, groups: number): string[] {
    const text = lines.join('\n')
    const usesLocal = /\blocal\b/.test(text)
    const usesGroup = /\bgroup\b/.test(text)
    const parameters = [
      ...(usesGroup ? ['@builtin(workgroup_id) groupId: vec3u'] : []),
      ...(usesLocal ? ['@builtin(local_invocation_index) localIndex: u32'] : []),
    ]
    return [
      `@compute @workgroup_size(${groupSize})`,
      `fn main(${parameters.join(', ')}) {`,
      ...(usesGroup ? [`  let group = i32(groupId.x${y === 1 ? '' : ` + groupId.y * ${x}u`});`] : []),
      // The grid is a rectangle: its last row may be longer than the work.
      ...(usesGroup && x * y > groups ? [`  if (group >= ${groups}) { return; }`] : []),
      ...(usesLocal ? ['  let local = i32(localIndex);'] : []),
      ...lines.map((line) => `  ${line}`),
      '}',
    ]
  }
}

function declare(bound: Bound, index: number): string {
  const type = wgslType(bound.lane)
  return `@group(0) @binding(${index}) var<storage, ${bound.written ? 'read_write' : 'read'}> ${bound.name}: array<${bound.atomic ? `atomic<${type}>` : type}>;`
}

/** A grid of at least `groups` workgroups, no side longer than `max`, with as few idle ones as can be. */
export function gridOf(groups: number, max: number): readonly [number, number] {
  if (groups <= max) return [groups, 1]
  const rows = Math.ceil(groups / max)
  invariant(rows <= max, `${groups} workgroups are more than a grid of ${max} by ${max} holds`)
  return [Math.ceil(groups / rows), rows]
}
