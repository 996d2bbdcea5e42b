/**
 * Forward differentiation: each value travels with its tangent, and each primitive's rule pushes both on.
 * Values without a tangent are not touched.
 */

import { showAval, type Aval } from '../../core/aval.js'
import { fail, invariant } from '../../core/errors.js'
import type { Interpreter } from '../../core/interpreter.js'
import type { Jaxpr, Params, PrimitiveName } from '../../core/jaxpr.js'
import type { HostArray } from '../../core/dtype.js'
import type { NDArray, NestedNumbers } from '../../core/ndarray.js'
import type { ArrayFunction } from '../../core/primitives/call.js'
import { JaxprTrace } from '../jaxprTrace.js'
import { closesOverArraysOnly, maskKey, memoByJaxpr } from '../memo.js'
import { evalJaxpr } from '../evaluate.js'
import type { AnyJvpEntry, JvpContext, JvpProgram, Tangent } from '../rules.js'
import { checkAlive, runRule, Trace, TraceTracer } from '../trace.js'
import { jvpRules } from './index.js'

/** A value and its tangent. The value can be read where it is known, so that code may branch on it. */
export class JvpTracer extends TraceTracer {
  readonly primal: NDArray
  readonly tangent: NDArray

  constructor(trace: Trace, primal: NDArray, tangent: NDArray) {
    super(trace)
    this.primal = primal
    this.tangent = tangent
  }
  override get aval(): Aval {
    return this.primal.aval
  }
  override async data(): Promise<HostArray> {
    return this.#alive('data').data()
  }
  override dataSync(): HostArray {
    return this.#alive('dataSync').dataSync()
  }
  override async jsAsync(): Promise<NestedNumbers> {
    return this.#alive('jsAsync').jsAsync()
  }
  override js(): NestedNumbers {
    return this.#alive('js').js()
  }
  override async itemAsync(): Promise<number> {
    return this.#alive('itemAsync').itemAsync()
  }
  override item(): number {
    return this.#alive('item').item()
  }
  #alive(operation: string): NDArray {
    checkAlive(operation, this)
    return this.primal
  }
}

export class JvpTrace extends Trace {
  /** `primal` with its tangent; without one it needs no tracer. */
  pair(primal: NDArray, tangent: Tangent): NDArray {
    if (tangent === null) return primal
    invariant(
      tangent.aval === primal.aval,
      () => `${this.name}: a tangent ${showAval(tangent.aval)} of a ${showAval(primal.aval)}`,
    )
    return new JvpTracer(this, primal, tangent)
  }

  split(x: NDArray): readonly [primal: NDArray, tangent: Tangent] {
    return x instanceof JvpTracer && x.trace === this ? [x.primal, x.tangent] : [x, null]
  }

  process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[] {
    const primals: NDArray[] = []
    const tangents: Tangent[] = []
    let constant = true
    for (const x of inputs) {
      const [primal, tangent] = this.split(x)
      primals.push(primal)
      tangents.push(tangent)
      constant &&= tangent === null
    }
    if (constant) return this.parent.process(primitive, inputs, params)
    const rule = jvpRules[primitive] as unknown as AnyJvpEntry
    if (typeof rule === 'function') {
      const [outputs, outputTangents] = runRule(this.parent, () => rule(primals, tangents, params, context))
      return outputs.map((y, i) => this.pair(y, outputTangents[i] ?? null))
    }
    if (rule.kind === 'zero') return this.parent.process(primitive, primals, params)
    return fail('notImplemented', {
      operation: `${this.name}: derivative of ${primitive}`,
      reason: rule.reason,
    })
  }
}

/** (primals, tangents) → (outputs, tangents) of a flat function. */
export function jvpFlat(
  f: ArrayFunction,
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  name: string,
  parent?: Interpreter,
): readonly [outputs: NDArray[], tangents: Tangent[]] {
  const trace = new JvpTrace(name, parent)
  return trace.run(() => {
    const pairs = f(...primals.map((x, i) => trace.pair(x, tangents[i] ?? null))).map((y) => trace.split(y))
    return [pairs.map(([y]) => y), pairs.map(([, dy]) => dy)]
  })
}

/** The program of a program's derivative. */
export const jvpJaxpr = memoByJaxpr(
  (nonzero: readonly boolean[]) => maskKey(nonzero),
  (jaxpr: Jaxpr, nonzero: readonly boolean[]): JvpProgram => {
    const recorder = new JaxprTrace('jvp of a program')
    return recorder.run(() => {
      const primals = jaxpr.inputs.map((v) => recorder.input(v.aval))
      const tangents = jaxpr.inputs.map((v, i) => (nonzero[i] === true ? recorder.input(v.aval) : null))
      const [outputs, outputTangents] = jvpFlat(
        (...xs) => evalJaxpr(jaxpr, xs),
        primals,
        tangents,
        recorder.name,
      )
      const closed = recorder.close([...outputs, ...outputTangents.filter((t) => t !== null)])
      return { ...closed, nonzeroOutputs: outputTangents.map((t) => t !== null) }
    })
  },
  closesOverArraysOnly,
)

const context: JvpContext = { jvpJaxpr }
