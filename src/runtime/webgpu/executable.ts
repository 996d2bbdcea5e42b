/**
 * A compiled program on the device: one command encoder, one compute pass and one submit for each run. Pipelines,
 * the order of temporaries, and bind groups (by the buffers of the call) are kept.
 */

import { defined } from '../../core/errors.js'
import { bufferBytes, type Place, type Program } from '../../lowering/kernel.js'
import type { Resource, WgslProgram } from '../../lowering/wgsl/index.js'
import type { Executable } from '../backend.js'
import type { Failures } from './failures.js'
import type { Pipeline, Pipelines } from './pipelines.js'
import { WebgpuBuffer, type Allocation, type BufferPool } from './pool.js'
import type { Reads } from './reads.js'
import type { Temporaries } from './temporaries.js'

/** What executables share. */
export interface Services {
  readonly device: GPUDevice
  /** Held so that Dawn's instance lives as long as its device. */
  readonly gpu: GPU
  readonly failures: Failures
  readonly pool: BufferPool
  readonly pipelines: Pipelines
  readonly temporaries: Temporaries
  readonly reads: Reads
  /** Programs submitted so far. */
  submits: number
}

/** A training loop alternates between a few sets of buffers. */
const keptBindGroups = 8

interface Call {
  readonly inputs: Allocation[]
  readonly outputs: (Allocation | undefined)[]
}

export class WebgpuExecutable implements Executable {
  readonly #services: Services
  readonly #program: Program
  readonly #wgsl: WgslProgram
  readonly #text: () => Readonly<Record<string, string>>
  /** For each temporary (slots, then scratch) its number among the shared ones. */
  readonly #rank: readonly number[]
  readonly #temporaryBytes: readonly number[]
  readonly #inPlace: ReadonlyMap<number, number>
  #pipelines: readonly Pipeline[] | null = null
  readonly #bindGroups = new Map<string, readonly GPUBindGroup[]>()

  constructor(
    services: Services,
    program: Program,
    wgsl: WgslProgram,
    text: () => Readonly<Record<string, string>>,
  ) {
    this.#services = services
    this.#program = program
    this.#wgsl = wgsl
    this.#text = text
    const needs = [...program.plan.slotBytes, ...wgsl.scratchBytes]
    const order = needs.map((_, i) => i).sort((a, b) => (needs[b] ?? 0) - (needs[a] ?? 0))
    this.#temporaryBytes = order.map((i) => needs[i] ?? 0)
    this.#rank = needs.map((_, i) => order.indexOf(i))
    const places = program.outputs.map((buffer) => this.#placeOf(buffer))
    this.#inPlace = new Map(
      places.flatMap((place, output) => (place.kind === 'input' ? [[place.input, output] as const] : [])),
    )
    for (const bytes of this.#temporaryBytes) services.pool.checkSize(bytes, 'jit')
  }

  get kernelCount(): number {
    return this.#wgsl.dispatches.length
  }
  explain(): Readonly<Record<string, string>> {
    return this.#text()
  }

  run(inputs: readonly WebgpuBuffer[], donated: readonly boolean[]): readonly WebgpuBuffer[] {
    const { device, reads, failures, temporaries } = this.#services
    if (failures.lost !== null) throw failures.lost
    const pipelines = (this.#pipelines ??= this.#wgsl.dispatches.map((dispatch) =>
      this.#services.pipelines.get(dispatch),
    ))
    for (const { failed } of pipelines) if (failed !== null) throw failed
    reads.flush()
    const work = failures.next()
    const encoder = device.createCommandEncoder()
    const call = this.#prepare(inputs, donated, encoder)
    const shared = temporaries.ensure(this.#temporaryBytes)
    const groups = this.#groupsFor(call, shared, pipelines)
    const pass = encoder.beginComputePass()
    for (const i of this.#wgsl.order) {
      const { groups: size } = defined(this.#wgsl.dispatches[i], 'order names a missing dispatch')
      pass.setPipeline(defined(pipelines[i], 'dispatch without pipeline').gpu)
      pass.setBindGroup(0, defined(groups[i], 'dispatch without bind group'))
      pass.dispatchWorkgroups(...size)
    }
    pass.end()
    device.queue.submit([encoder.finish()])
    this.#services.submits++
    this.#release(inputs, donated, call)
    return this.#program.outputs.map(
      (_, i) => new WebgpuBuffer(defined(call.outputs[i], 'output without memory'), work),
    )
  }

  #placeOf(buffer: number): Place {
    return defined(this.#program.plan.places[buffer], `buffer ${buffer} without place`)
  }

  /** Memory for inputs and outputs; an input that a result overwrites, but that is not given away, is copied. */
  #prepare(inputs: readonly WebgpuBuffer[], donated: readonly boolean[], encoder: GPUCommandEncoder): Call {
    const { pool } = this.#services
    const call: Call = { inputs: inputs.map((buffer) => buffer.allocation), outputs: [] }
    for (const [input, output] of this.#inPlace) {
      const given = defined(inputs[input], 'missing input')
      const exclusive =
        donated[input] === true &&
        inputs.every((other, i) => i === input || other.allocation !== given.allocation)
      const memory = exclusive ? given.allocation : pool.take(given.bytes, 'jit')
      if (!exclusive)
        encoder.copyBufferToBuffer(
          given.allocation.gpu,
          0,
          memory.gpu,
          0,
          Math.min(given.bytes, memory.bytes),
        )
      call.inputs[input] = memory
      call.outputs[output] = memory
    }
    this.#program.outputs.forEach((buffer, output) => {
      const spec = defined(this.#program.buffers[buffer], 'missing output buffer')
      call.outputs[output] ??= pool.take(bufferBytes(spec), 'jit')
    })
    return call
  }

  /** Donated inputs that no result took over go back to the pool. */
  #release(inputs: readonly WebgpuBuffer[], donated: readonly boolean[], call: Call): void {
    const kept = new Set<Allocation | undefined>(call.outputs)
    inputs.forEach((buffer, i) => {
      if (donated[i] === true && !donated.every((d, j) => d || inputs[j]?.allocation !== buffer.allocation))
        return
      if (donated[i] !== true || buffer.released) return
      buffer.released = true
      if (!kept.has(buffer.allocation)) this.#services.pool.give(buffer.allocation)
    })
  }

  #groupsFor(
    call: Call,
    shared: readonly Allocation[],
    pipelines: readonly Pipeline[],
  ): readonly GPUBindGroup[] {
    const key = `${this.#services.temporaries.version}:${call.inputs.map((a) => a.id).join()}:${call.outputs.map((a) => a?.id).join()}`
    const known = this.#bindGroups.get(key)
    if (known !== undefined) return known
    const made = this.#wgsl.dispatches.map(({ bindings }, i) =>
      this.#services.device.createBindGroup({
        layout: defined(pipelines[i], 'dispatch without pipeline').layout,
        entries: bindings.map(({ resource }, binding) => ({
          binding,
          resource: { buffer: this.#memoryOf(resource, call, shared).gpu },
        })),
      }),
    )
    if (this.#bindGroups.size >= keptBindGroups)
      this.#bindGroups.delete(defined(this.#bindGroups.keys().next().value, 'empty cache'))
    this.#bindGroups.set(key, made)
    return made
  }

  #memoryOf(resource: Resource, call: Call, shared: readonly Allocation[]): Allocation {
    if (resource.kind === 'scratch')
      return this.#temporary(this.#program.plan.slotBytes.length + resource.scratch, shared)
    const { place } = resource
    switch (place.kind) {
      case 'input':
        return defined(call.inputs[place.input], 'missing input')
      case 'output':
        return defined(call.outputs[place.output], 'missing output')
      case 'arena':
        return this.#temporary(place.slot, shared)
    }
  }

  #temporary(index: number, shared: readonly Allocation[]): Allocation {
    return defined(shared[this.#rank[index] ?? -1], `missing temporary ${index}`)
  }
}
