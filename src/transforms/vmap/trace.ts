/**
 * Batching: a value stands for one item of a batch, and each primitive's rule computes all items at once.
 * Values that all items share have no batch axis and are computed once.
 */

import { avalOf, type Aval } from '../../core/aval.js'
import { fail } from '../../core/errors.js'
import type { Interpreter } from '../../core/interpreter.js'
import type { Jaxpr, Params, PrimitiveName } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import type { ArrayFunction } from '../../core/primitives/call.js'
import { without } from '../../core/shape.js'
import { evalJaxpr } from '../evaluate.js'
import { JaxprTrace } from '../jaxprTrace.js'
import { closesOverArraysOnly, memoByJaxpr } from '../memo.js'
import type { AnyBatchEntry, BatchContext, BatchDim, BatchedProgram } from '../rules.js'
import { runRule, Trace, TraceTracer } from '../trace.js'
import { align } from './helpers.js'
import { batchRules } from './index.js'

/** One item of `value`, whose axis `dim` counts the items. */
export class BatchTracer extends TraceTracer {
  override readonly aval: Aval
  readonly value: NDArray
  readonly dim: number

  constructor(trace: Trace, value: NDArray, dim: number) {
    super(trace)
    this.value = value
    this.dim = dim
    this.aval = avalOf(without(value.shape, [dim]), value.dtype)
  }
}

export class BatchTrace extends Trace {
  readonly size: number

  constructor(name: string, size: number, parent?: Interpreter) {
    super(name, parent)
    this.size = size
  }

  item(value: NDArray, dim: BatchDim): NDArray {
    return dim === null ? value : new BatchTracer(this, value, dim)
  }

  split(x: NDArray): readonly [value: NDArray, dim: BatchDim] {
    return x instanceof BatchTracer && x.trace === this ? [x.value, x.dim] : [x, null]
  }

  process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[] {
    const values: NDArray[] = []
    const dims: BatchDim[] = []
    let shared = true
    for (const x of inputs) {
      const [value, dim] = this.split(x)
      values.push(value)
      dims.push(dim)
      shared &&= dim === null
    }
    if (shared) return this.parent.process(primitive, inputs, params)
    const rule = batchRules[primitive] as unknown as AnyBatchEntry
    if (typeof rule !== 'function')
      return fail('notImplemented', { operation: `${this.name}: ${primitive}`, reason: rule.reason })
    const [outputs, outputDims] = runRule(this.parent, () => rule(this.size, values, dims, params, context))
    return outputs.map((y, i) => this.item(y, outputDims[i] ?? null))
  }
}

/** A flat function over batches: results and where their batch axes are. */
export function batchFlat(
  f: ArrayFunction,
  size: number,
  values: readonly NDArray[],
  dims: readonly BatchDim[],
  name: string,
): readonly [outputs: NDArray[], dims: BatchDim[]] {
  const trace = new BatchTrace(name, size)
  return trace.run(() => {
    const results = f(...values.map((x, i) => trace.item(x, dims[i] ?? null))).map((y) => trace.split(y))
    return [results.map(([y]) => y), results.map(([, dim]) => dim)]
  })
}

const batchFunction: BatchContext['batchFunction'] =
  (f, size, dims) =>
  (...values) => {
    const [outputs, outputDims] = batchFlat(f, size, values, dims, 'vmap of a custom rule')
    return outputs.map((y, i) => align(y, outputDims[i] ?? null, 0, size))
  }

/** Records the program over batches; `leading` moves every output's batch axis to 0. */
const recordBatched = (leading: boolean) =>
  memoByJaxpr(
    (size: number, dims: readonly BatchDim[]) => `${size}:${dims.join()}`,
    (jaxpr: Jaxpr, size: number, dims: readonly BatchDim[]): BatchedProgram => {
      const recorder = new JaxprTrace('vmap of a program')
      return recorder.run(() => {
        const inputs = jaxpr.inputs.map(({ aval: { shape, dtype } }, i) => {
          const dim = dims[i] ?? null
          return recorder.input(
            dim === null
              ? avalOf(shape, dtype)
              : avalOf([...shape.slice(0, dim), size, ...shape.slice(dim)], dtype),
          )
        })
        const [outputs, outputDims] = batchFlat(
          (...xs) => evalJaxpr(jaxpr, xs),
          size,
          inputs,
          dims,
          recorder.name,
        )
        if (!leading) return { ...recorder.close(outputs), outputDims }
        const aligned = outputs.map((y, i) => align(y, outputDims[i] ?? null, 0, size))
        return { ...recorder.close(aligned), outputDims: aligned.map(() => 0) }
      })
    },
    closesOverArraysOnly,
  )

const context: BatchContext = {
  batchJaxpr: recordBatched(false),
  batchLeading: recordBatched(true),
  batchFunction,
}
