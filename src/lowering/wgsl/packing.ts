/**
 * Kernels that touch more buffers than a shader may bind: the smallest of them are copied into one scratch buffer
 * before, and out of it after. Clustering keeps kernels below the limit; a concatenation of many arrays, which is one
 * expression, comes here.
 */

import { readsOf, writesOf, type Kernel, type Program } from '../kernel.js'
import type { Dispatch } from './dispatch.js'
import { elementBody, elementDispatch } from './loop.js'
import { bufferMemory, placeKeyOf, Shader, type KernelContext } from './shader.js'

/** Bindings that a template itself may need for scratch memory. */
const templateBindings = 2

interface Place {
  readonly key: string
  /** A buffer that lies there. */
  readonly buffer: number
  readonly size: number
  readonly written: boolean
}

/** The distinct places that a kernel touches. */
function placesOf(program: Program, kernel: Kernel): Place[] {
  const writes = new Set(writesOf(kernel))
  const places = new Map<string, Place>()
  for (const buffer of new Set([...readsOf(kernel), ...writes])) {
    const key = placeKeyOf(program, buffer)
    const known = places.get(key)
    places.set(key, {
      key,
      buffer,
      size: Math.max(known?.size ?? 0, program.buffers[buffer]?.size ?? 0),
      written: writes.has(buffer) || (known?.written ?? false),
    })
  }
  return [...places.values()]
}

export interface Packed {
  readonly context: KernelContext
  readonly before: readonly Dispatch[]
  readonly after: readonly Dispatch[]
}

/** The context in which `kernel` stays within the limit, and the copies around it. */
export function packBuffers(context: KernelContext, kernel: Kernel): Packed {
  const places = placesOf(context.program, kernel)
  const limit = context.limits.maxBindings
  // A sort splits itself by operands; a scatter's target has to be the real one.
  if (places.length <= limit - templateBindings || kernel.kind === 'sort')
    return { context, before: [], after: [] }
  const target = kernel.kind === 'scatter' ? placeKeyOf(context.program, kernel.target) : null
  const bySize = places.filter((place) => place.key !== target).sort((a, b) => a.size - b.size)
  const packed = bySize.slice(0, places.length - (limit - templateBindings - 1))
  const offsets = new Map<string, number>()
  let elements = 0
  for (const { key, size } of packed) {
    offsets.set(key, elements)
    elements += size
  }
  const packing = { memory: context.scratch(4 * elements), offsets }
  return {
    context: { ...context, packing },
    // Those that are only written too: a kernel may write a part of a buffer, and the rest comes back as it was.
    before: copies(context, packing, packed, 'in'),
    after: copies(
      context,
      packing,
      packed.filter((place) => place.written),
      'out',
    ),
  }
}

function copies(
  context: KernelContext,
  packing: NonNullable<KernelContext['packing']>,
  places: readonly Place[],
  direction: 'in' | 'out',
): Dispatch[] {
  const atOnce = context.limits.maxBindings - 1
  const dispatches: Dispatch[] = []
  for (let first = 0; first < places.length; first += atOnce) {
    const part = places.slice(first, first + atOnce)
    const shader = new Shader({ ...context, label: `${context.label} packing ${direction}` })
    const shape = [Math.max(...part.map((place) => place.size))]
    const body = elementBody(shader, shape)
    for (const { key, buffer, size } of part) {
      const [there, here] = [`i + ${packing.offsets.get(key) ?? 0}`, bufferMemory(buffer)]
      const copy =
        direction === 'in'
          ? shader.store(packing.memory, 'u32', there, shader.load(here, 'u32', 'i'))
          : shader.store(here, 'u32', 'i', shader.load(packing.memory, 'u32', there))
      body.line(`if (i < ${size}) { ${copy} }`)
    }
    dispatches.push(...elementDispatch(shader, shape, body))
  }
  return dispatches
}
