/**
 * Programs for lowering tests: a function over core/ops is recorded, lowered with verification on, and its
 * kernels are run by the plain kernel interpreter, beside the reference backend's results for the same jaxpr.
 */

import { avalOf, type Aval } from '../../src/core/aval.js'
import { hostArray, type DType } from '../../src/core/dtype.js'
import type { Jaxpr } from '../../src/core/jaxpr.js'
import type { NDArray } from '../../src/core/ndarray.js'
import { installBaseInterpreter } from '../../src/core/interpreter.js'
import { laneOf } from '../../src/lowering/expr.js'
import type { Program } from '../../src/lowering/kernel.js'
import { lower } from '../../src/lowering/pipeline.js'
import { createReferenceBackend } from '../../src/runtime/reference/index.js'
import { traceToJaxpr } from '../../src/transforms/jaxprTrace.js'
import { interpretProgram } from './kernelInterpreter.js'
import { laneArray, type LaneArray } from './laneArithmetic.js'

// Tracing needs some interpreter below it; these programs never reach it.
installBaseInterpreter({
  name: 'nothing',
  process: () => {
    throw new Error('an operation ran outside the trace')
  },
})

export const record = (avals: readonly Aval[], f: (...xs: readonly NDArray[]) => readonly NDArray[]): Jaxpr =>
  traceToJaxpr(f, avals, 'test').jaxpr

export const lowered = (jaxpr: Jaxpr, donated: readonly boolean[] = jaxpr.inputs.map(() => false)): Program =>
  lower(jaxpr, { donated, alignment: 16, maxBindings: 1000, verify: true })

/** Small numbers that differ: exact in every dtype, positive and negative. */
export function sample(aval: Aval, seed = 1): number[] {
  let state = seed * 2654435761
  return Array.from({ length: aval.size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    const unit = state / 2 ** 32
    if (aval.dtype === 'bool') return unit < 0.5 ? 1 : 0
    return aval.dtype.startsWith('u')
      ? Math.floor(unit * 8)
      : aval.dtype.startsWith('i')
        ? Math.floor(unit * 16) - 8
        : Math.fround(Math.round((unit * 4 - 2) * 256) / 256)
  })
}

export const f32 = (...shape: number[]): Aval => avalOf(shape, 'float32')
export const typed = (dtype: DType, ...shape: number[]): Aval => avalOf(shape, dtype)

/** The kernels' results and the reference's, for the same inputs. */
export function runBoth(
  jaxpr: Jaxpr,
  donated?: readonly boolean[],
  inputs: readonly number[][] = jaxpr.inputs.map((v, i) => sample(v.aval, i + 1)),
): { readonly actual: number[][]; readonly expected: number[][] } {
  const program = lowered(jaxpr, donated)
  const lanes = jaxpr.inputs.map((v, i): LaneArray => {
    const array = laneArray(laneOf(v.aval.dtype), v.aval.size)
    array.set(inputs[i] ?? [])
    return array
  })
  const backend = createReferenceBackend()
  const none = jaxpr.inputs.map(() => false)
  const buffers = jaxpr.inputs.map((v, i) => {
    const data = hostArray(v.aval.dtype, v.aval.size)
    data.set(inputs[i] ?? [])
    return backend.put(v.aval, data)
  })
  const results = backend.compile(jaxpr, none).run(buffers, none)
  return {
    actual: interpretProgram(program, lanes).map((array) => [...array]),
    expected: results.map((buffer, i) => [
      ...backend.readSync(buffer, jaxpr.outputs[i]?.aval ?? avalOf([], 'float32')),
    ]),
  }
}
