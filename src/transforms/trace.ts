/**
 * What the traces share. A trace is an interpreter that is current while a user's function runs; its tracers
 * carry it as their tag, and it knows when it has ended, so that a tracer that outlives it is noticed.
 */

import { callSiteOf, captureOrigin, type Origin } from '../core/errors.js'
import { currentInterpreter, leaked, withInterpreter, type Interpreter } from '../core/interpreter.js'
import type { Params, PrimitiveName } from '../core/jaxpr.js'
import { Tracer, type NDArray } from '../core/ndarray.js'

/** Frames that a tracer remembers: enough to reach the user's line through our own. */
const originFrames = 16

/** Not 0 while rules run: the tracers that they make are not seen by the user. */
let hidden = 0

/** Where the user's code makes a tracer; null inside rules, since remembering it costs more than the rest. */
export const originHere = (): Origin | null => (hidden > 0 ? null : captureOrigin(originFrames))

/** Runs `body`, a rule of ours, under `interpreter`. */
export function runRule<T>(interpreter: Interpreter, body: () => T): T {
  hidden++
  try {
    return withInterpreter(interpreter, body)
  } finally {
    hidden--
  }
}

export abstract class Trace implements Interpreter {
  readonly name: string
  /** Who gives meaning to the operations that this trace does not keep for itself. */
  readonly parent: Interpreter
  ended = false
  /** Where the user's code started it. */
  readonly origin: Origin | null = originHere()

  constructor(name: string, parent: Interpreter = currentInterpreter()) {
    this.name = name
    this.parent = parent
  }
  abstract process<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly NDArray[],
    params: Params<P>,
  ): readonly NDArray[]

  /** Runs `body` with this trace current; the trace ends with it. */
  run<T>(body: () => T): T {
    try {
      return withInterpreter(this, body)
    } finally {
      this.ended = true
    }
  }
}

export abstract class TraceTracer extends Tracer {
  readonly trace: Trace
  readonly #origin: Origin | null

  /** `origin` is remembered where tracing is rare; elsewhere the place is where the trace began. */
  constructor(trace: Trace, origin: Origin | null = null) {
    super()
    this.trace = trace
    this.#origin = origin
  }
  override get traceName(): string {
    return this.trace.name
  }
  override get madeAt(): string | null {
    const origin = this.#origin ?? this.trace.origin
    return origin === null ? null : callSiteOf(origin)
  }
  protected override noValue(operation: string): never {
    return this.trace.ended ? leaked(operation, this) : super.noValue(operation)
  }
}

/** Whether `x` is a tracer that has outlived its trace. */
export const hasEnded = (x: NDArray): x is TraceTracer => x instanceof TraceTracer && x.trace.ended

export function checkAlive(operation: string, x: NDArray): void {
  if (hasEnded(x)) leaked(operation, x)
}
