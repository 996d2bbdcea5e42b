/**
 * Emission for WebGPU: Program → shaders and the list of dispatches that run them, as printable data.
 */

import type { Kernel, Program } from '../kernel.js'
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

function emitKernel(context: KernelContext, kernel: Kernel): Dispatch[] {
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

/** The dispatches of a program, in order. */
export function emitWgsl(program: Program, limits: WgslLimits): WgslProgram {
  const scratchBytes: number[] = []
  const dispatches = program.kernels.flatMap((kernel, index) => {
    let used = 0
    const scratch = (bytes: number): { readonly kind: 'scratch'; readonly scratch: number } => {
      const slot = used++
      scratchBytes[slot] = Math.max(scratchBytes[slot] ?? 0, bytes, 4)
      return { kind: 'scratch', scratch: slot }
    }
    const { context, before, after } = packBuffers(
      { program, limits, kernel: index, label: kernelName(kernel, index), scratch },
      kernel,
    )
    return [...before, ...emitKernel(context, kernel), ...after]
  })
  return { dispatches, scratchBytes }
}
