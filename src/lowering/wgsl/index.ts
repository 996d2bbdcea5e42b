/**
 * Emission for WebGPU: Program → shaders and the list of dispatches that run them, as printable data.
 */

import { fail } from '../../core/errors.js'
import type { Kernel, LeafKernel, Program } from '../kernel.js'
import { emitContraction } from './contraction.js'
import { emitCumulative } from './cumulative.js'
import type { Dispatch, WgslLimits, WgslProgram } from './dispatch.js'
import { kernelName } from './label.js'
import { emitLoop } from './loop.js'
import { emitReduce } from './reduce.js'
import { emitScatter } from './scatter.js'
import { packBuffers } from './packing.js'
import type { KernelContext } from './shader.js'
import { emitSort } from './sort.js'

export {
  baseLimits,
  printWgsl,
  type Binding,
  type Dispatch,
  type Resource,
  type WgslLimits,
  type WgslProgram,
} from './dispatch.js'

function emitKernel(context: KernelContext, kernel: LeafKernel): Dispatch[] {
  switch (kernel.kind) {
    case 'loop':
      return emitLoop(context, kernel)
    case 'reduce':
      return emitReduce(context, kernel)
    case 'contraction':
      return emitContraction(context, kernel)
    case 'scatter':
      return emitScatter(context, kernel)
    case 'cumulative':
      return emitCumulative(context, kernel)
    case 'sort':
      return emitSort(context, kernel)
  }
}

/** The dispatches of a program, and the order they run in: those of a loop's body once for each turn. */
class Emission {
  readonly dispatches: Dispatch[] = []
  readonly order: number[] = []
  readonly scratchBytes: number[] = []
  readonly #program: Program
  readonly #limits: WgslLimits
  #count = 0

  constructor(program: Program, limits: WgslLimits) {
    this.#program = program
    this.#limits = limits
    this.order.push(...program.kernels.flatMap((kernel) => this.#emit(kernel)))
  }

  #emit(kernel: Kernel): number[] {
    if (kernel.kind === 'repeat') {
      const turn = kernel.body.flatMap((inner) => this.#emit(inner))
      return Array.from({ length: kernel.times }, () => turn).flat()
    }
    if (kernel.kind === 'while') {
      return fail('notImplemented', {
        operation: 'lax.whileLoop',
        reason:
          'the webgpu device cannot run loops whose number of turns depends on data; use lax.scan or lax.foriLoop with constant bounds, or the wasm device',
      })
    }
    const index = this.#count++
    const { context, before, after } = packBuffers(
      {
        program: this.#program,
        limits: this.#limits,
        kernel: index,
        label: kernelName(kernel, index),
        scratch: this.#scratch(),
      },
      kernel,
    )
    const made = [...before, ...emitKernel(context, kernel), ...after]
    return made.map((dispatch) => this.dispatches.push(dispatch) - 1)
  }

  /** Scratch buffers are numbered anew in each kernel. */
  #scratch(): KernelContext['scratch'] {
    let used = 0
    return (bytes) => {
      const slot = used++
      this.scratchBytes[slot] = Math.max(this.scratchBytes[slot] ?? 0, bytes, 4)
      return { kind: 'scratch', scratch: slot }
    }
  }
}

export function emitWgsl(program: Program, limits: WgslLimits): WgslProgram {
  const { dispatches, order, scratchBytes } = new Emission(program, limits)
  return { dispatches, order, scratchBytes }
}
