/** Derivatives of programs within programs: the program's derivative is called instead, or its own rule. */

import { isFloat } from '../../core/dtype.js'
import { fail, invariant } from '../../core/errors.js'
import { bind } from '../../core/interpreter.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { zerosLike } from '../../core/ops.js'
import type { CallSigs } from '../../core/primitives/call.js'
import { callCheckpoint, callJit } from '../call.js'
import type { JvpProgram, JvpRule, JvpTable, Tangent } from '../rules.js'

const present = (tangents: readonly Tangent[]): NDArray[] => tangents.filter((dx) => dx !== null)

/** The results of a derivative program: its outputs, then the tangents that are not zero. */
function spread({ nonzeroOutputs }: JvpProgram, results: readonly NDArray[]): readonly [NDArray[], Tangent[]] {
  let at = nonzeroOutputs.length
  const tangents = nonzeroOutputs.map((nonzero) => (nonzero ? (results[at++] ?? null) : null))
  return [results.slice(0, nonzeroOutputs.length), tangents]
}

/** What a custom rule gives for integer outputs, or tangents of the wrong shape, does not travel on. */
function checkTangent(name: string, y: NDArray, dy: NDArray | undefined): Tangent {
  if (!isFloat(y.dtype)) return null
  invariant(dy !== undefined && dy.aval === y.aval, `the derivative rule of ${name} gave a tangent that does not fit`)
  return dy
}

const customJvp: JvpRule<'customJvp'> = (primals, tangents, { jaxpr, rule, name }) => {
  const results = rule(...primals, ...primals.map((x, i) => tangents[i] ?? zerosLike(x)))
  const count = jaxpr.outputs.length
  const outputs = results.slice(0, count)
  return [outputs, outputs.map((y, i) => checkTangent(name, y, results[count + i]))]
}

/** The forward function runs now; the tangents go through a map that only knows its transpose. */
const customVjp: JvpRule<'customVjp'> = (primals, tangents, { jaxpr, forward, backward, name }) => {
  const results = forward(...primals)
  const count = jaxpr.outputs.length
  const [outputs, residuals] = [results.slice(0, count), results.slice(count)]
  const floats = outputs.map((y) => isFloat(y.dtype))
  const linearOutputs = outputs.filter((_, i) => floats[i])
  // The map's outputs are the float outputs; the user's function wants a cotangent for each.
  const pullback = (...args: readonly NDArray[]): readonly NDArray[] => {
    const cts = args.slice(residuals.length)
    let at = 0
    const all = outputs.map((y, i) => (floats[i] === true ? (cts[at++] as NDArray) : zerosLike(y)))
    return backward(...args.slice(0, residuals.length), ...all).filter((_, i) => tangents[i] !== null)
  }
  const linear = bind('customLinear', [...residuals, ...present(tangents)], {
    name,
    residuals: residuals.length,
    outputs: linearOutputs.map((y) => y.aval),
    backward: pullback,
  })
  let at = 0
  return [outputs, floats.map((isLinear) => (isLinear ? (linear[at++] ?? null) : null))]
}

export const call: JvpTable<keyof CallSigs<Jaxpr>> = {
  jit: (primals, tangents, { jaxpr, name }, { jvpJaxpr }) => {
    const program = jvpJaxpr(jaxpr, tangents.map((dx) => dx !== null))
    return spread(program, callJit(program.jaxpr, name, [...program.consts, ...primals, ...present(tangents)]))
  },
  checkpoint: (primals, tangents, { jaxpr, name }, { jvpJaxpr }) => {
    const program = jvpJaxpr(jaxpr, tangents.map((dx) => dx !== null))
    return spread(program, callCheckpoint(program.jaxpr, name, [...program.consts, ...primals, ...present(tangents)]))
  },
  customJvp,
  customVjp,
  // customLinear(r, dx) for a fixed r is linear in dx.
  customLinear: (inputs, tangents, params) => {
    if (tangents.slice(0, params.residuals).some((dr) => dr !== null)) {
      return fail('notDifferentiable', {
        operation: params.name,
        reason: 'forward-mode differentiation through a customVjp function is not defined',
        fix: 'Use grad, vjp or jacrev, or define the function with customJvp.',
      })
    }
    const residuals = inputs.slice(0, params.residuals)
    const linear = (xs: readonly NDArray[]): readonly NDArray[] => bind('customLinear', [...residuals, ...xs], params)
    const rest = inputs.slice(params.residuals)
    return [linear(rest), linear(rest.map((x, i) => tangents[params.residuals + i] ?? zerosLike(x)))]
  },
}
