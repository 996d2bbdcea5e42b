/**
 * Kernels that differ in nothing but where their buffers lie, as the layers of a deep network are: a key that such
 * kernels share, and the buffers in the order in which the key names them.
 */

import type { LeafKernel } from '../kernel.js'
import type { BufferPlace } from './context.js'

export interface Likeness {
  readonly key: string
  readonly buffers: readonly number[]
}

type PlaceOf = (buffer: number) => BufferPlace

/** Fields of kernels and expressions that hold numbers of buffers. */
const bufferFields: ReadonlySet<string> = new Set([
  'buffer',
  'target',
  'input',
  'output',
  'inputs',
  'outputs',
])
/** Fields made of numbers that the whole program counts; the rest of the object says the same. */
const skipped: ReadonlySet<string> = new Set(['id', 'key'])

/** Writes all of a kernel down; what it does not know of, it writes too, so that different kernels never look alike. */
class KeyWriter {
  readonly buffers = new Map<number, number>()
  readonly #memory = new Map<string, number>()
  readonly #known = new Map<object, number>()
  readonly #placeOf: PlaceOf
  text = ''

  constructor(placeOf: PlaceOf) {
    this.#placeOf = placeOf
  }

  write(value: unknown, field = ''): void {
    if (typeof value === 'number') this.#number(value, field)
    else if (typeof value !== 'object' || value === null) this.text += `${String(value)};`
    else if (Array.isArray(value)) this.#list(value, field)
    else this.#object(value)
  }

  #number(value: number, field: string): void {
    if (bufferFields.has(field)) this.#buffer(value)
    else this.text += Object.is(value, -0) ? '-0;' : `${value};`
  }

  /** Which buffers share memory matters: kernels keep values there. */
  #buffer(buffer: number): void {
    const known = this.buffers.get(buffer)
    if (known !== undefined) {
      this.text += `@${known};`
      return
    }
    const { slot, offset, lane, size } = this.#placeOf(buffer)
    const place = `${slot}+${offset}`
    const memory = this.#memory.get(place) ?? this.#memory.size
    this.#memory.set(place, memory)
    this.text += `@${this.buffers.size}:${lane}${size}in${memory};`
    this.buffers.set(buffer, this.buffers.size)
  }

  #list(values: readonly unknown[], field: string): void {
    this.text += '['
    for (const value of values) this.write(value, field)
    this.text += ']'
  }

  /** Expressions are shared: the second time their number will do. */
  #object(value: object): void {
    const known = this.#known.get(value)
    if (known !== undefined) {
      this.text += `#${known};`
      return
    }
    this.text += '{'
    for (const [field, inner] of Object.entries(value)) {
      if (skipped.has(field)) continue
      this.text += `${field}=`
      this.write(inner, field)
    }
    this.text += '}'
    this.#known.set(value, this.#known.size)
  }
}

export function likenessOf(kernel: LeafKernel, placeOf: PlaceOf): Likeness {
  const writer = new KeyWriter(placeOf)
  writer.write(kernel)
  return { key: writer.text, buffers: [...writer.buffers.keys()] }
}

/** Cheap to compute, and equal for kernels that are alike. */
function outlineOf(kernel: LeafKernel): string {
  switch (kernel.kind) {
    case 'loop':
      return `loop${kernel.shape.join()}/${kernel.stores.length}`
    case 'reduce': {
      const { shape, reduced, stages, rowStores, elementStores } = kernel
      return `reduce${shape.join()}/${reduced.join()}/${stages.length}/${rowStores.length}/${elementStores.length}`
    }
    case 'contraction':
      return `contraction${[kernel.batch, kernel.m, kernel.n, kernel.k, kernel.stores.length].join()}`
    case 'scatter':
      return `scatter${kernel.shape.join()}`
    default:
      return `${kernel.kind}${[kernel.outer, kernel.length, kernel.inner].join()}`
  }
}

/** The items that share what `keyOf` gives with another one. */
function repeatedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const count = new Map<string, number>()
  const keys = items.map(keyOf)
  for (const key of keys) count.set(key, (count.get(key) ?? 0) + 1)
  return items.filter((_, i) => (count.get(keys[i] ?? '') ?? 0) > 1)
}

/** The kernels that are like another one of the list. */
export function alikeKernels(
  kernels: readonly LeafKernel[],
  placeOf: PlaceOf,
): ReadonlyMap<LeafKernel, Likeness> {
  const candidates = repeatedBy(kernels, outlineOf).map(
    (kernel) => [kernel, likenessOf(kernel, placeOf)] as const,
  )
  return new Map(repeatedBy(candidates, ([, { key }]) => key))
}
