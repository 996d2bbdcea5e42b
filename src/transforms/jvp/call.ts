/** Derivatives of programs within programs: the program's derivative is called instead, or its own rule. */

import { constant } from '../../core/constants.js'
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
function spread(
  { nonzeroOutputs }: JvpProgram,
  results: readonly NDArray[],
): readonly [NDArray[], Tangent[]] {
  let at = nonzeroOutputs.length
  const tangents = nonzeroOutputs.map((nonzero) => (nonzero ? (results[at++] ?? null) : null))
  return [results.slice(0, nonzeroOutputs.length), tangents]
}

/** What a custom rule gives for integer outputs, or tangents of the wrong shape, does not travel on. */
function checkTangent(name: string, y: NDArray, dy: NDArray | undefined): Tangent {
  if (!isFloat(y.dtype)) return null
  invariant(
    dy !== undefined && dy.aval === y.aval,
    `the derivative rule of ${name} gave a tangent that does not fit`,
  )
  return dy
}

/** A rule knows only the arguments; what the function closes over must not be differentiated. */
function checkConstants(name: string, tangents: readonly Tangent[]): void {
  if (tangents.every((dx) => dx === null)) return
  fail('notDifferentiable', {
    operation: name,
    reason: 'it closes over a value that is being differentiated, of which its own rule knows nothing',
    fix: 'Pass that value as an argument.',
  })
}

const customJvp: JvpRule<'customJvp'> = (primals, tangents, { jaxpr, rule, name, consts }) => {
  checkConstants(name, tangents.slice(0, consts))
  const xs = primals.slice(consts)
  const results = rule(...xs, ...xs.map((x, i) => tangents[consts + i] ?? zerosLike(x)))
  const count = jaxpr.outputs.length
  const outputs = results.slice(0, count)
  return [outputs, outputs.map((y, i) => checkTangent(name, y, results[count + i]))]
}

/** The forward function runs now; the tangents go through a map that only knows its transpose. */
const customVjp: JvpRule<'customVjp'> = (primals, tangents, { jaxpr, forward, backward, name, consts }) => {
  checkConstants(name, tangents.slice(0, consts))
  const results = forward(...primals.slice(consts))
  const count = jaxpr.outputs.length
  const [outputs, residuals] = [results.slice(0, count), results.slice(count)]
  const differentiable = outputs.map((y) => isFloat(y.dtype))
  const active = tangents.slice(consts).map((dx) => dx !== null)
  // The map's outputs are the float outputs; the user's function wants a cotangent for each.
  const pullback = (...args: readonly NDArray[]): readonly NDArray[] => {
    let at = residuals.length
    const cts = outputs.map(({ aval }, i) =>
      differentiable[i] === true ? (args[at++] as NDArray) : constant(0, aval.dtype, aval.shape),
    )
    return backward(...args.slice(0, residuals.length), ...cts).filter((_, i) => active[i])
  }
  const linear = bind('customLinear', [...residuals, ...present(tangents)], {
    name,
    residuals: residuals.length,
    outputs: outputs.filter((_, i) => differentiable[i]).map((y) => y.aval),
    backward: pullback,
  })
  let at = 0
  return [outputs, differentiable.map((is) => (is ? (linear[at++] ?? null) : null))]
}

export const call: JvpTable<keyof CallSigs<Jaxpr>> = {
  jit: (primals, tangents, { jaxpr, name }, { jvpJaxpr }) => {
    const program = jvpJaxpr(
      jaxpr,
      tangents.map((dx) => dx !== null),
    )
    return spread(
      program,
      callJit(program.jaxpr, name, [...program.consts, ...primals, ...present(tangents)]),
    )
  },
  checkpoint: (primals, tangents, { jaxpr, name }, { jvpJaxpr }) => {
    const program = jvpJaxpr(
      jaxpr,
      tangents.map((dx) => dx !== null),
    )
    return spread(
      program,
      callCheckpoint(program.jaxpr, name, [...program.consts, ...primals, ...present(tangents)]),
    )
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
    const linear = (xs: readonly NDArray[]): readonly NDArray[] =>
      bind('customLinear', [...residuals, ...xs], params)
    const rest = inputs.slice(params.residuals)
    return [linear(rest), linear(rest.map((x, i) => tangents[params.residuals + i] ?? zerosLike(x)))]
  },
}
