/** Transposes of programs within programs: the program's transpose is called; a customLinear has its own. */

import { constant } from '../../core/constants.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import type { CallSigs } from '../../core/primitives/call.js'
import { callCheckpoint, callJit } from '../call.js'
import {
  isLinear,
  todo,
  type Cotangent,
  type LinearInput,
  type TransposeContext,
  type TransposeTable,
} from '../rules.js'
import { known } from './helpers.js'

type Caller = (jaxpr: Jaxpr, name: string, inputs: readonly NDArray[]) => NDArray[]
interface Program {
  readonly jaxpr: Jaxpr
  readonly name: string
}

/** (known inputs, cotangents) → cotangents of the linear inputs, by one call. */
const transposedCall =
  (call: Caller) =>
  (
    cts: readonly Cotangent[],
    inputs: readonly (NDArray | LinearInput)[],
    { jaxpr, name }: Program,
    { transposeJaxpr }: TransposeContext,
  ): readonly Cotangent[] => {
    const linear = inputs.map(isLinear)
    const program = transposeJaxpr(
      jaxpr,
      linear,
      cts.map((ct) => ct !== null),
    )
    const others = inputs.filter((input) => !isLinear(input)) as NDArray[]
    const results = call(program.jaxpr, name, [
      ...program.consts,
      ...others,
      ...cts.filter((ct) => ct !== null),
    ])
    let [at, position] = [0, 0]
    return linear.map((is) => (is && program.nonzero[position++] === true ? (results[at++] ?? null) : null))
  }

export const call: TransposeTable<keyof CallSigs<Jaxpr>> = {
  jit: transposedCall(callJit),
  checkpoint: transposedCall(callCheckpoint),
  // The derivative of a linear function is itself, so its program says all.
  customJvp: transposedCall(callJit),
  customVjp: todo('the backward function of a customVjp needs the point of linearisation; use vjp'),
  customLinear: (cts, inputs, { residuals, outputs, backward, name }) => {
    const saved = inputs.slice(0, residuals).map((input) => known(name, input))
    const all = outputs.map((aval, i) => cts[i] ?? constant(0, aval.dtype, aval.shape))
    return [...saved.map(() => null), ...backward(...saved, ...all)]
  },
}
