/**
 * Recording: a function over tracers becomes a jaxpr. Arrays that it closes over become leading inputs, found by
 * identity; constants become literals, so that a program does not depend on where they were made.
 */

import { avalOf, type Aval } from '../core/aval.js'
import { constantValue } from '../core/constants.js'
import { dceJaxpr } from '../core/dce.js'
import type { Origin } from '../core/errors.js'
import type { Interpreter } from '../core/interpreter.js'
import {
  makeEquation,
  makeLiteral,
  makeVar,
  type Atom,
  type Equation,
  type Params,
  type PrimitiveName,
  type Var,
} from '../core/jaxpr.js'
import type { NDArray } from '../core/ndarray.js'
import type { ArrayFunction } from '../core/primitives/call.js'
import { abstractEval } from '../core/primitives/index.js'
import { checked } from './debug.js'
import type { ClosedJaxpr } from './rules.js'
import { checkAlive, originHere, Trace, TraceTracer } from './trace.js'

/** Stands for a variable of the jaxpr that is being recorded. */
export class JaxprTracer extends TraceTracer {
  readonly variable: Var

  constructor(trace: Trace, variable: Var, origin: Origin | null = null) {
    super(trace, origin)
    this.variable = variable
  }
  override get aval(): Aval {
    return this.variable.aval
  }
}

export class JaxprTrace extends Trace {
  readonly #inputs: Var[] = []
  readonly #consts = new Map<NDArray, Var>()
  readonly #equations: Equation[] = []

  /** A tracer for the next input. */
  input(aval: Aval): JaxprTracer {
    const variable = makeVar(aval)
    this.#inputs.push(variable)
    return this.tracer(variable)
  }

  process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[] {
    return this.record(primitive, inputs, params)
  }

  /** Appends an equation. */
  record<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly JaxprTracer[] {
    const atoms = inputs.map((x) => this.atom(primitive, x))
    const outputs = abstractEval(
      primitive,
      atoms.map((atom) => atom.aval),
      params,
    ).map(makeVar)
    this.#equations.push(makeEquation(primitive, atoms, outputs, withoutDonation(primitive, params)))
    return outputs.map((variable) => this.tracer(variable))
  }

  /** The program so far: (constants it closes over, inputs) → outputs. */
  close(outputs: readonly NDArray[]): ClosedJaxpr {
    const atoms = outputs.map((x) => this.atom('return', x))
    const used = dceJaxpr({
      inputs: [...this.#consts.values(), ...this.#inputs],
      equations: this.#equations,
      outputs: atoms,
    })
    return { jaxpr: checked(used, this.name), consts: [...this.#consts.keys()] }
  }

  owns(x: NDArray): x is JaxprTracer {
    return x instanceof JaxprTracer && x.trace === this
  }

  protected tracer(variable: Var): JaxprTracer {
    return new JaxprTracer(this, variable, originHere())
  }

  protected atom(operation: string, x: NDArray): Atom {
    if (this.owns(x)) return x.variable
    const value = constantValue(x)
    if (value !== null) return this.literal(value, x.aval, x)
    return this.constantInput(operation, x)
  }

  /** A constant array: `_` is the array itself, for traces that keep it. */
  protected literal(value: number, { shape, dtype }: Aval, _: NDArray): Atom {
    const scalar = makeLiteral(value, dtype)
    if (shape.length === 0) return scalar
    const full = makeVar(avalOf(shape, dtype))
    this.#equations.push(makeEquation('broadcastInDim', [scalar], [full], { shape, broadcastDimensions: [] }))
    return full
  }

  protected constantInput(operation: string, x: NDArray): Var {
    const known = this.#consts.get(x)
    if (known !== undefined) return known
    checkAlive(operation, x)
    const made = makeVar(x.aval)
    this.#consts.set(x, made)
    return made
  }
}

/** Only the outermost call owns arrays that it could give away. */
function withoutDonation<P extends PrimitiveName>(primitive: P, params: Params<P>): Params<P> {
  if (primitive !== 'jit' || !('donated' in params) || !params.donated.includes(true)) return params
  return { ...params, donated: params.donated.map(() => false) }
}

/** The program of a flat function of arrays with these avals. */
export function traceToJaxpr(
  f: ArrayFunction,
  avals: readonly Aval[],
  name: string,
  parent?: Interpreter,
): ClosedJaxpr {
  const trace = new JaxprTrace(name, parent)
  return trace.run(() => trace.close(f(...avals.map((aval) => trace.input(aval)))))
}
