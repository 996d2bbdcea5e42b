/**
 * Reverse accumulation: cotangents of the outputs of a linear program flow back to its inputs, through the
 * transpose of each equation. What a program computes without its linear inputs is computed first.
 */

import { fail, invariant } from '../../core/errors.js'
import { currentInterpreter } from '../../core/interpreter.js'
import type { Atom, Equation, Jaxpr, Var } from '../../core/jaxpr.js'
import type { NDArray } from '../../core/ndarray.js'
import { add } from '../../core/ops.js'
import { fromSources } from '../call.js'
import { atomValue, evalEquation, evalJaxpr, type Environment } from '../evaluate.js'
import { JaxprTrace } from '../jaxprTrace.js'
import { closesOverArraysOnly, maskKey, memoByJaxpr } from '../memo.js'
import { partialEvalJaxpr } from '../partialEval.js'
import {
  linearInput,
  type AnyTransposeEntry,
  type Cotangent,
  type LinearInput,
  type TransposeContext,
  type TransposedProgram,
} from '../rules.js'
import { runRule } from '../trace.js'
import { transposeRules } from './index.js'

/** Cotangents by variable; those of one variable add up. */
class Cotangents {
  readonly #known = new Map<Var, NDArray>()

  add(atom: Atom, ct: Cotangent): void {
    if (ct === null || atom.kind === 'literal') return
    invariant(
      ct.aval === atom.aval,
      () =>
        `a cotangent of shape [${ct.shape.join()}] ${ct.dtype} for a value of shape [${atom.aval.shape.join()}] ${atom.aval.dtype}`,
    )
    const before = this.#known.get(atom)
    this.#known.set(atom, before === undefined ? ct : add(before, ct))
  }
  /** The sum so far, which nothing reads again. */
  take(v: Var): Cotangent {
    const ct = this.#known.get(v) ?? null
    this.#known.delete(v)
    return ct
  }
}

/**
 * Cotangents of the linear inputs. In `jaxpr` every equation depends on a linear input; the linear inputs are
 * the last ones, after `residuals`.
 */
export function backwardPass(
  jaxpr: Jaxpr,
  residuals: readonly NDArray[],
  outputCotangents: readonly Cotangent[],
): Cotangent[] {
  const environment: Environment = new Map()
  residuals.forEach((x, i) => environment.set(jaxpr.inputs[i] as Var, x))
  const cotangents = new Cotangents()
  jaxpr.outputs.forEach((atom, i) => cotangents.add(atom, outputCotangents[i] ?? null))

  // Constants of the program (broadcast literals) are equations without a linear input.
  const linear = new Set<Atom>(jaxpr.inputs.slice(residuals.length))
  const backwards: Equation[] = []
  for (const eqn of jaxpr.equations) {
    if (eqn.inputs.some((atom) => linear.has(atom))) {
      backwards.push(eqn)
      for (const v of eqn.outputs) linear.add(v)
    } else evalEquation(eqn, environment)
  }
  for (const eqn of backwards.reverse()) {
    const cts = eqn.outputs.map((v) => cotangents.take(v))
    if (cts.every((ct) => ct === null)) continue
    const inputs = eqn.inputs.map((atom) =>
      linear.has(atom) ? linearInput(atom.aval) : atomValue(atom, environment),
    )
    const results = runRule(currentInterpreter(), () => transposeEquation(eqn, cts, inputs))
    results.forEach((ct, i) => {
      const atom = eqn.inputs[i]
      if (atom !== undefined && linear.has(atom)) cotangents.add(atom, ct)
    })
  }
  return jaxpr.inputs.slice(residuals.length).map((v) => cotangents.take(v))
}

function transposeEquation(
  eqn: Equation,
  cts: readonly Cotangent[],
  inputs: readonly (NDArray | LinearInput)[],
): readonly Cotangent[] {
  const rule = transposeRules[eqn.primitive] as unknown as AnyTransposeEntry
  if (typeof rule === 'function') return rule(cts, inputs, eqn.params, context)
  if (rule.kind === 'todo')
    return fail('notImplemented', { operation: `transposition of ${eqn.primitive}`, reason: rule.reason })
  return fail('argument', {
    operation: 'linearTranspose',
    argument: 'f',
    received: `${eqn.primitive} of an argument`,
    expected: 'a linear function of its arguments',
    fix: 'Use vjp for functions that are not linear.',
  })
}

/** Cotangents of the inputs that `linear` marks, for any program that is linear in them. */
export function transposeProgram(
  jaxpr: Jaxpr,
  linear: readonly boolean[],
  otherInputs: readonly NDArray[],
  outputCotangents: readonly Cotangent[],
): Cotangent[] {
  const { known, unknown, unknownOutputs, residuals } = partialEvalJaxpr(jaxpr, linear)
  const values = evalJaxpr(known, otherInputs)
  const cts = outputCotangents.filter((_, i) => unknownOutputs[i])
  return backwardPass(unknown, fromSources(residuals, otherInputs, values), cts)
}

/** The program of a program's transpose. */
export const transposeJaxpr = memoByJaxpr(
  (linear: readonly boolean[], nonzeroCotangents: readonly boolean[]) => maskKey(linear, nonzeroCotangents),
  (jaxpr: Jaxpr, linear: readonly boolean[], nonzeroCotangents: readonly boolean[]): TransposedProgram => {
    const recorder = new JaxprTrace('transpose of a program')
    return recorder.run(() => {
      const others = jaxpr.inputs.filter((_, i) => !linear[i]).map((v) => recorder.input(v.aval))
      const cts = jaxpr.outputs.map((atom, i) =>
        nonzeroCotangents[i] === true ? recorder.input(atom.aval) : null,
      )
      const results = transposeProgram(jaxpr, linear, others, cts)
      return {
        ...recorder.close(results.filter((ct) => ct !== null)),
        nonzero: results.map((ct) => ct !== null),
      }
    })
  },
  closesOverArraysOnly,
)

const context: TransposeContext = { transposeJaxpr }
