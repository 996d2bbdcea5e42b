/**
 * Who gives meaning to a primitive. One interpreter is current; a trace is an interpreter with a parent, made
 * current while the traced function runs. `bind` hands every operation to the current one: no levels, no stack.
 */

import { showAval } from './aval.js'
import { defined, fail } from './errors.js'
import type { Outputs, Params, PrimitiveName } from './jaxpr.js'
import type { NDArray, Tracer } from './ndarray.js'

export interface Interpreter {
  /** For messages: `jit of step`. */
  readonly name: string
  process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[]
}

let current: Interpreter | undefined

/** Sets the interpreter that runs operations on concrete arrays; called once by the composition root. */
export function installBaseInterpreter(base: Interpreter): void {
  current ??= base
}

export const currentInterpreter = (): Interpreter =>
  defined(current, 'an operation ran before a base interpreter was installed')

/** Runs `body` with `interpreter` current. */
export function withInterpreter<T>(interpreter: Interpreter, body: () => T): T {
  const previous = current
  current = interpreter
  try {
    return body()
  } finally {
    current = previous
  }
}

/** Applies a primitive under the current interpreter. */
export function bind<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly NDArray[],
  params: Params<P>,
): Outputs<P, NDArray> {
  // Every interpreter gives as many outputs as the abstract rule, whose arity the table types.
  return currentInterpreter().process(primitive, inputs, params) as unknown as Outputs<P, NDArray>
}

/** The error for a tracer that reached an interpreter which is not inside its trace. */
export function leaked(operation: string, tracer: Tracer): never {
  return fail('leakedTracer', {
    operation,
    aval: showAval(tracer.aval),
    trace: tracer.traceName,
    madeAt: tracer.madeAt ?? 'an unknown place',
  })
}
