/**
 * Kernels → steps. Kernels that are alike are emitted once: their code finds its buffers in a part of the table that
 * every one of them has for itself.
 */

import { defined } from '../../core/errors.js'
import type { MathName } from '../expr.js'
import type { LeafKernel } from '../kernel.js'
import type { FunctionReference } from './assembler/instruction.js'
import type { ModuleBuilder } from './assembler/module.js'
import type { BufferPlace, ModuleContext, Step } from './context.js'
import { emitContraction } from './contraction.js'
import { emitCumulative } from './cumulative.js'
import { defineRemainder, defineVectorFunction, expansionOf, importHostFunction } from './functions.js'
import { alikeKernels, type Likeness } from './likeness.js'
import { emitLoop } from './loop.js'
import { OwnTable, type Places, type TableEntry } from './places.js'
import { emitReduce } from './reduce.js'
import type { RoundingName } from './scalarAlu.js'
import { emitScatter } from './scatter.js'
import { emitSort } from './sort.js'

interface Options {
  readonly fma: boolean
  readonly threads: number
}

class Context implements ModuleContext {
  readonly builder: ModuleBuilder
  readonly fma: boolean
  readonly threads: number
  readonly expansion = expansionOf
  readonly #places: Places
  readonly #functions = new Map<string, FunctionReference>()
  /** Of the kernel that is being emitted, if it is like others. */
  own: OwnTable | null = null
  inLoop = false
  /** What the kernel that is being emitted has asked for. */
  taken: { readonly id: number; readonly size: number }[] = []

  constructor(builder: ModuleBuilder, places: Places, { fma, threads }: Options) {
    this.builder = builder
    this.#places = places
    this.fma = fma
    this.threads = threads
  }

  scratch(size: number): number {
    const id = this.#places.scratch(size)
    this.taken.push({ id, size })
    return id
  }
  place(buffer: number): BufferPlace {
    const place = this.#places.of(buffer)
    return this.own === null ? place : this.own.local(buffer, place)
  }
  shared(name: string, define: () => FunctionReference): FunctionReference {
    const known = this.#functions.get(name)
    if (known !== undefined) return known
    const made = define()
    this.#functions.set(name, made)
    return made
  }
  vectorFunction(name: MathName | RoundingName): FunctionReference {
    return this.shared(name, () => defineVectorFunction(this, name))
  }
  hostFunction(name: MathName | 'rem', lane: 'f32' | 'f64'): FunctionReference {
    if (name !== 'rem' || lane !== 'f32') return importHostFunction(this.builder, name, lane)
    return this.shared('remainder', () => defineRemainder(this.builder))
  }
}

function stepsOf(context: Context, kernel: LeafKernel, name: string): readonly Step[] {
  switch (kernel.kind) {
    case 'loop':
      return emitLoop(context, kernel, name)
    case 'reduce':
      return emitReduce(context, kernel, name)
    case 'contraction':
      return emitContraction(context, kernel, name)
    case 'scatter':
      return emitScatter(context, kernel, name)
    case 'cumulative':
      return emitCumulative(context, kernel, name)
    case 'sort':
      return emitSort(context, kernel, name)
  }
}

/** Code for all kernels that are like one. */
interface Shared {
  readonly likeness: Likeness
  readonly steps: readonly Step[]
  readonly scratch: Context['taken']
  readonly table: OwnTable
}

export class KernelEmitter {
  readonly #context: Context
  readonly #places: Places
  readonly #alike: ReadonlyMap<LeafKernel, Likeness>
  readonly #shared = new Map<string, Shared>()
  readonly #firstEntry: number
  #count = 0
  /** What the table holds from `firstEntry` on. */
  readonly entries: TableEntry[] = []

  /** `kernels` are all that will be emitted. */
  constructor(
    builder: ModuleBuilder,
    places: Places,
    options: Options,
    kernels: readonly LeafKernel[],
    firstEntry: number,
  ) {
    this.#context = new Context(builder, places, options)
    this.#places = places
    this.#alike = alikeKernels(kernels, (buffer) => places.of(buffer))
    this.#firstEntry = firstEntry
  }

  emit(kernel: LeafKernel, inLoop: boolean): readonly Step[] {
    this.#context.inLoop = inLoop
    const likeness = this.#alike.get(kernel)
    if (likeness === undefined) return this.#write(kernel)
    const known = this.#shared.get(likeness.key)
    return known === undefined ? this.#first(kernel, likeness) : this.#another(known, likeness)
  }

  #write(kernel: LeafKernel): readonly Step[] {
    this.#context.taken = []
    return stepsOf(this.#context, kernel, `${kernel.kind}${this.#count++}`)
  }

  #first(kernel: LeafKernel, likeness: Likeness): readonly Step[] {
    const table = new OwnTable()
    this.#context.own = table
    const steps = this.#write(kernel)
    this.#context.own = null
    this.#shared.set(likeness.key, { likeness, steps, table, scratch: this.#context.taken })
    return this.#placed(steps, table, (buffer) => buffer)
  }

  #another({ likeness, steps, table, scratch }: Shared, { buffers }: Likeness): readonly Step[] {
    const own = new Map(likeness.buffers.map((buffer, i) => [buffer, buffers[i]]))
    for (const { id, size } of scratch) own.set(id, this.#places.scratch(size))
    return this.#placed(steps, table, (buffer) => defined(own.get(buffer), 'wasm: buffer of another kernel'))
  }

  /** The steps with a part of the table for the buffers that `own` gives in place of those they were written with. */
  #placed(steps: readonly Step[], { buffers }: OwnTable, own: (buffer: number) => number): readonly Step[] {
    const table = this.#firstEntry + this.entries.length
    for (const buffer of buffers) {
      const { slot, offset } = this.#places.of(own(buffer))
      this.entries.push({ slot, offset })
    }
    return steps.map(({ prepares, ...step }) => ({
      ...step,
      table,
      ...(prepares === undefined ? {} : { prepares: prepares.map(own) }),
    }))
  }
}
