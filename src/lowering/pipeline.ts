/**
 * Lowering, the whole way: jaxpr → passes → kernels → clusters → memory plan = program. Backends emit the rest.
 */

import type { Jaxpr } from '../core/jaxpr.js'
import { buildKernels } from './build.js'
import { clusterKernels, type ClusterLimits } from './cluster.js'
import { finish } from './draft.js'
import type { Program } from './kernel.js'
import { runPasses } from './passes/index.js'
import { dropSelfCopies, planMemory, type PlanOptions } from './plan.js'
import { verifyProgram } from './verify.js'

export interface LowerOptions extends ClusterLimits, PlanOptions {
  /** Check the jaxpr after every pass and the program at the end. */
  readonly verify?: boolean
}

/** The program that computes `jaxpr`. */
export function lower(jaxpr: Jaxpr, options: LowerOptions): Program {
  const verify = options.verify ?? verifying
  const flat = runPasses(jaxpr, verify)
  const unclustered = buildKernels(flat, options)
  const kernels = clusterKernels(unclustered, options).map(finish)
  const { buffers, inputs, outputs } = unclustered
  const plan = planMemory(buffers, kernels, inputs, outputs, options)
  const program: Program = { buffers, inputs, outputs, kernels, plan }
  if (verify) verifyProgram(program)
  return { ...program, ...dropSelfCopies(kernels, plan) }
}

let verifying = false

/** Turns verification between all passes on or off, for tests and for finding bugs. */
export const setLoweringVerification = (on: boolean): void => {
  verifying = on
}
