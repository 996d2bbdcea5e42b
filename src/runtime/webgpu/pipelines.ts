/**
 * Compute pipelines, one for each distinct shader text, shared by all programs; and the bind group layouts they use.
 * A shader that does not compile becomes an error that names its kernel.
 */

import type { CotangentError } from '../../core/errors.js'
import type { Binding, Dispatch } from '../../lowering/wgsl/index.js'
import { computeStage } from './constants.js'
import { gpuError, type Failures } from './failures.js'

export interface Pipeline {
  readonly gpu: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
  /** Set when the device has rejected the shader. */
  failed: CotangentError<'device'> | null
}

/** Pipelines kept for programs to come; programs keep their own. */
const keptPipelines = 2048

export class Pipelines {
  readonly #device: GPUDevice
  readonly #failures: Failures
  readonly #layouts = new Map<
    string,
    { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }
  >()
  readonly #pipelines = new Map<string, Pipeline>()

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device
    this.#failures = failures
  }

  get(dispatch: Dispatch): Pipeline {
    const known = this.#pipelines.get(dispatch.code)
    if (known !== undefined) return known
    const made = this.#make(dispatch)
    this.#pipelines.set(dispatch.code, made)
    const [oldest] = this.#pipelines.keys()
    if (this.#pipelines.size > keptPipelines && oldest !== undefined) this.#pipelines.delete(oldest)
    return made
  }

  #make({ code, label, bindings }: Dispatch): Pipeline {
    const from = this.#failures.serial + 1
    const { group, pipeline } = this.#layout(bindings)
    this.#device.pushErrorScope('internal')
    this.#device.pushErrorScope('validation')
    const module = this.#device.createShaderModule({ code, label })
    const gpu = this.#device.createComputePipeline({
      label,
      layout: pipeline,
      compute: { module, entryPoint: 'main' },
    })
    const made: Pipeline = { gpu, layout: group, failed: null }
    const report = (error: GPUError): void => {
      made.failed = gpuError(
        `kernel '${label}'`,
        `its shader was rejected: ${error.message.split('\n')[0]}`,
        'Please report it with the program that caused it.',
        error,
      )
      this.#failures.spoil(made.failed, from)
    }
    this.#failures.watch(this.#device.popErrorScope(), report)
    this.#failures.watch(this.#device.popErrorScope(), report)
    return made
  }

  #layout(bindings: readonly Binding[]): {
    readonly group: GPUBindGroupLayout
    readonly pipeline: GPUPipelineLayout
  } {
    const key = bindings.map((b) => (b.access === 'read' ? 'r' : 'w')).join('')
    const known = this.#layouts.get(key)
    if (known !== undefined) return known
    const group = this.#device.createBindGroupLayout({
      entries: bindings.map((b, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type: b.access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    })
    const made = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) }
    this.#layouts.set(key, made)
    return made
  }
}
