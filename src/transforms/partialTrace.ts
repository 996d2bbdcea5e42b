/**
 * The trace of linearisation. Values that are not its tracers are known, and operations on them run on the
 * parent at once; operations on an unknown are recorded. Known arrays that these use become leading inputs.
 */

import type { Aval } from '../core/aval.js'
import { constant } from '../core/constants.js'
import { bind, withInterpreter } from '../core/interpreter.js'
import type { Atom, Params, PrimitiveName, Var } from '../core/jaxpr.js'
import { makeLiteral } from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import { callCheckpoint, callJit, fromSources } from './call.js'
import { JaxprTrace, JaxprTracer } from './jaxprTrace.js'
import { splitSwitch } from './partialBranches.js'
import { splitScan, splitWhile } from './partialLoops.js'
import type { Sides } from './partialSides.js'
import { checkpointHalves, partialEvalJaxpr } from './partialEval.js'

export class PartialTrace extends JaxprTrace {
  override process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[] {
    if (!inputs.some((x) => this.owns(x))) return this.parent.process(primitive, inputs, params)
    if (primitive === 'jit') return this.#jit(inputs, params as Params<'jit'>)
    if (primitive === 'checkpoint') return this.#checkpoint(inputs, params as Params<'checkpoint'>)
    const mask = (): boolean[] => inputs.map((x) => this.owns(x))
    if (primitive === 'scan')
      return splitScan(this.#sides, literalArray, inputs, mask(), params as Params<'scan'>)
    if (primitive === 'while') return splitWhile(this.#sides, inputs, mask(), params as Params<'while'>)
    if (primitive === 'switch') return splitSwitch(this.#sides, inputs, mask(), params as Params<'switch'>)
    return this.record(primitive, inputs, params)
  }

  /** Known halves run on the parent, unknown ones are recorded. */
  readonly #sides: Sides<NDArray> = {
    partialEval: partialEvalJaxpr,
    known: (primitive, inputs, params) => this.#onParent(() => bind(primitive, inputs, params)),
    unknown: (primitive, inputs, params) => this.record(primitive, inputs, params),
  }

  /** The known half runs now and gives what the unknown half needs of it. */
  #jit(inputs: readonly NDArray[], { jaxpr, name }: Params<'jit'>): readonly NDArray[] {
    const mask = inputs.map((x) => this.owns(x))
    const { known, unknown, unknownOutputs, knownSources, residuals } = partialEvalJaxpr(jaxpr, mask)
    const knownInputs = inputs.filter((_, i) => !mask[i])
    const results = this.#onParent(() => callJit(known, name, knownInputs))
    const unknownInputs = [
      ...fromSources(residuals, knownInputs, results),
      ...inputs.filter((_, i) => mask[i]),
    ]
    const recorded = callJit(unknown, name, unknownInputs, (_, xs, params) => this.record('jit', xs, params))
    return merge(unknownOutputs, fromSources(knownSources, knownInputs, results), recorded)
  }

  /** Known outputs are computed now, but nothing is kept from it: the unknown half starts again from the inputs. */
  #checkpoint(inputs: readonly NDArray[], { jaxpr, name }: Params<'checkpoint'>): readonly NDArray[] {
    const mask = inputs.map((x) => this.owns(x))
    const { unknownOutputs } = partialEvalJaxpr(jaxpr, mask)
    const [known, unknown] = checkpointHalves(jaxpr, mask, unknownOutputs)
    const results = this.#onParent(() =>
      callCheckpoint(
        known,
        name,
        inputs.filter((_, i) => !mask[i]),
      ),
    )
    const recorded = callCheckpoint(unknown, name, inputs, (_, xs, params) =>
      this.record('checkpoint', xs, params),
    )
    return merge(unknownOutputs, results, recorded)
  }

  #onParent<T>(body: () => T): T {
    return withInterpreter(this.parent, body)
  }

  /** Users do not see these tracers, so where they were made is not worth its cost. */
  protected override tracer(variable: Var): JaxprTracer {
    return new JaxprTracer(this, variable)
  }

  /** Constant arrays stay arrays, so that transposing the program does not have to make them. */
  protected override literal(value: number, aval: Aval, x: NDArray): Atom {
    return aval.shape.length === 0 ? makeLiteral(value, aval.dtype) : this.constantInput('linearize', x)
  }
}

const literalArray = (value: number, { dtype }: Aval): NDArray => constant(value, dtype)

/** `unknown` at the marked positions, `known` at the others. */
function merge(mask: readonly boolean[], known: readonly NDArray[], unknown: readonly NDArray[]): NDArray[] {
  let [k, u] = [0, 0]
  return mask.map((isUnknown) => (isUnknown ? unknown[u++] : known[k++]) as NDArray)
}
