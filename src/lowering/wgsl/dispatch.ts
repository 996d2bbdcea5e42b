/**
 * What the WebGPU backend runs: a list of dispatches over places and scratch buffers, as plain data.
 * Program → emitProgram (index.ts) → WgslProgram → runtime/webgpu; `printWgsl` shows it.
 */

import type { Place } from '../kernel.js'

/** What the emission has to know of the device. */
export interface WgslLimits {
  /** maxStorageBuffersPerShaderStage. */
  readonly maxBindings: number
  /** maxComputeWorkgroupsPerDimension. */
  readonly maxGroups: number
  /** maxComputeInvocationsPerWorkgroup, as far as the templates use it: a power of two. */
  readonly maxGroupSize: number
  /** maxComputeWorkgroupStorageSize. */
  readonly maxGroupBytes: number
}

/** Limits that every WebGPU device has. */
export const baseLimits: WgslLimits = {
  maxBindings: 8,
  maxGroups: 65535,
  maxGroupSize: 256,
  maxGroupBytes: 16384,
}

/** Memory that a binding names: a place of the program's memory plan, or a scratch buffer of one kernel. */
export type Resource =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'scratch'; readonly scratch: number }

export interface Binding {
  readonly resource: Resource
  readonly access: 'read' | 'read_write'
}

/** One compute shader and how often it runs. Binding i of group 0 is `bindings[i]`. */
export interface Dispatch {
  /** Index of the kernel in the program. */
  readonly kernel: number
  /** For error messages and profilers: `reduce 3 partials`. */
  readonly label: string
  readonly code: string
  readonly bindings: readonly Binding[]
  readonly groupSize: number
  readonly groups: readonly [number, number, number]
}

export interface WgslProgram {
  readonly dispatches: readonly Dispatch[]
  /** Which dispatch runs when; those of a loop several times. */
  readonly order: readonly number[]
  /** Sizes of the scratch buffers; every kernel uses them anew. */
  readonly scratchBytes: readonly number[]
}

const showResource = (resource: Resource): string => {
  if (resource.kind === 'scratch') return `scratch ${resource.scratch}`
  const { place } = resource
  if (place.kind === 'arena') return `slot ${place.slot}`
  return place.kind === 'input' ? `input ${place.input}` : `output ${place.output}`
}

/** The shaders with their bindings and workgroup counts, as text. */
export function printWgsl(program: WgslProgram): string {
  return program.dispatches
    .map(({ label, groups, bindings, code }) => {
      const bound = bindings.map((b, i) => `b${i} = ${showResource(b.resource)}`).join(', ')
      return `// ${label}: ${groups.join(' × ')} workgroups; ${bound}\n${code}`
    })
    .join('\n')
}
