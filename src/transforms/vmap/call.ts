/** Batching of programs within programs: the batched program is called. Custom derivative rules are batched too. */

import { avalOf } from '../../core/aval.js'
import { bind } from '../../core/interpreter.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import { moveAxis, reduceSum } from '../../core/ops.js'
import type { ArrayFunction, CallSigs } from '../../core/primitives/call.js'
import { inserted } from '../../core/shape.js'
import { callCheckpoint, callJit } from '../call.js'
import type { BatchContext, BatchDim, BatchTable } from '../rules.js'

/**
 * A backward function over batches: (residuals, cotangents) → cotangents whose batch axes are where the inputs'
 * are. An input that all items share gets the sum over them.
 */
function batchedBackward(
  backward: ArrayFunction,
  size: number,
  inputDims: readonly BatchDim[],
  argumentDims: (count: number) => readonly BatchDim[],
  { batchFunction }: BatchContext,
): ArrayFunction {
  return (...args) => {
    const cts = batchFunction(backward, size, argumentDims(args.length))(...args)
    return cts.map((ct, i) => {
      const dim = inputDims[i] ?? null
      return dim === null ? reduceSum(ct, [0]) : moveAxis(ct, 0, dim)
    })
  }
}

const leading = (count: number): readonly BatchDim[] => Array.from({ length: count }, () => 0)

export const call: BatchTable<keyof CallSigs<Jaxpr>> = {
  jit: (size, inputs, dims, { jaxpr, name }, { batchJaxpr }) => {
    const program = batchJaxpr(jaxpr, size, dims)
    return [callJit(program.jaxpr, name, [...program.consts, ...inputs]), program.outputDims]
  },
  checkpoint: (size, inputs, dims, { jaxpr, name }, { batchJaxpr }) => {
    const program = batchJaxpr(jaxpr, size, dims)
    return [callCheckpoint(program.jaxpr, name, [...program.consts, ...inputs]), program.outputDims]
  },
  customJvp: (size, inputs, dims, { jaxpr, name, rule, consts: count }, { batchLeading, batchFunction }) => {
    const { jaxpr: batched, consts } = batchLeading(jaxpr, size, dims)
    const ownDims = dims.slice(count)
    const outputs = bind('customJvp', [...consts, ...inputs], {
      jaxpr: batched,
      name,
      consts: consts.length + count,
      rule: batchFunction(rule, size, [...ownDims, ...ownDims]),
    })
    return [outputs, outputs.map(() => 0)]
  },
  customVjp: (size, inputs, dims, { jaxpr, name, forward, backward, consts: count }, context) => {
    const { jaxpr: batched, consts } = context.batchLeading(jaxpr, size, dims)
    const ownDims = dims.slice(count)
    const outputs = bind('customVjp', [...consts, ...inputs], {
      jaxpr: batched,
      name,
      consts: consts.length + count,
      forward: context.batchFunction(forward, size, ownDims),
      backward: batchedBackward(backward, size, ownDims, leading, context),
    })
    return [outputs, outputs.map(() => 0)]
  },
  customLinear: (size, inputs, dims, params, context) => {
    const { residuals, outputs, backward } = params
    const residualDims = dims.slice(0, residuals)
    const argumentDims = (count: number): readonly BatchDim[] => [
      ...residualDims,
      ...leading(count - residuals),
    ]
    const results = bind('customLinear', inputs, {
      ...params,
      outputs: outputs.map(({ shape, dtype }) => avalOf(inserted(shape, 0, size), dtype)),
      backward: batchedBackward(backward, size, dims.slice(residuals), argumentDims, context),
    })
    return [results, results.map(() => 0)]
  },
}
