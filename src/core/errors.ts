/**
 * The three tiers of failure: mistakes of the caller (`CotangentError`, from one total message table),
 * failures of the outside world (`Either` at the edges, see fp.ts), and our own bugs (`invariant`).
 */

type Shape = readonly number[]

/** What each kind of mistake has to say. The key is the error's `code`. */
export interface ErrorDetails {
  shape: {
    readonly operation: string
    readonly shapes: readonly Shape[]
    readonly expected: string
    readonly fix?: string
  }
  dtype: {
    readonly operation: string
    readonly dtypes: readonly string[]
    readonly expected: string
    readonly fix?: string
  }
  axis: {
    readonly operation: string
    readonly axis: number | readonly number[]
    readonly shape: Shape
    readonly fix?: string
  }
  argument: {
    readonly operation: string
    readonly argument: string
    readonly received: string
    readonly expected: string
    readonly fix?: string
  }
  tree: {
    readonly operation: string
    readonly path: string
    readonly expected: string
    readonly received: string
    readonly fix?: string
  }
  argnums: { readonly operation: string; readonly argnums: string; readonly count: number }
  asyncFunction: { readonly operation: string; readonly name: string }
  leakedTracer: {
    readonly operation: string
    readonly trace: string
    readonly aval: string
    readonly madeAt: string
  }
  concreteValue: {
    readonly operation: string
    readonly aval: string
    readonly trace: string
    readonly fix: string
  }
  coercion: { readonly operation: string; readonly instead: string }
  disposedArray: {
    readonly operation: string
    readonly aval: string
    readonly reason: 'donated' | 'disposed' | 'scope ended'
  }
  syncRead: { readonly operation: string; readonly device: string; readonly instead: string }
  device: {
    readonly operation: string
    readonly device: string
    readonly reason: string
    readonly fix: string
  }
  notDifferentiable: { readonly operation: string; readonly reason: string; readonly fix: string }
  notImplemented: { readonly operation: string; readonly reason: string }
  data: {
    readonly operation: string
    readonly source: string
    readonly offset: number
    readonly expected: string
    readonly received: string
  }
  gradientCheck: {
    readonly operation: string
    readonly where: string
    readonly expected: string
    readonly received: string
  }
}

export type ErrorCode = keyof ErrorDetails

const show = (shape: Shape): string => `[${shape.join(', ')}]`
const fixed = (fix: string | undefined): string => (fix === undefined ? '' : ` ${fix}`)

const messages: { readonly [C in ErrorCode]: (d: ErrorDetails[C]) => string } = {
  shape: (d) =>
    `${d.operation}: ${d.expected}, got shape${d.shapes.length === 1 ? '' : 's'} ${d.shapes.map(show).join(' and ')}.${fixed(d.fix)}`,
  dtype: (d) => `${d.operation}: ${d.expected}, got ${d.dtypes.join(' and ')}.${fixed(d.fix)}`,
  axis: (d) =>
    `${d.operation}: axis ${typeof d.axis === 'number' ? d.axis : show(d.axis)} is not valid for an array of shape ${show(d.shape)} (${d.shape.length === 0 ? 'it has no axes' : `axes are ${-d.shape.length} to ${d.shape.length - 1}, each at most once`}).${fixed(d.fix)}`,
  argument: (d) => `${d.operation}: ${d.argument} must be ${d.expected}, got ${d.received}.${fixed(d.fix)}`,
  tree: (d) =>
    `${d.operation}: tree structures differ at ${d.path}: expected ${d.expected}, got ${d.received}.${fixed(d.fix)}`,
  argnums: (d) =>
    `${d.operation}: argnums ${d.argnums} is out of range for a call with ${d.count} argument${d.count === 1 ? '' : 's'}. Use positions 0 to ${d.count - 1}.`,
  asyncFunction: (d) =>
    `${d.operation}: the function${d.name === '' ? '' : ` '${d.name}'`} returned a Promise, but tracing is synchronous. Remove async/await from it and await data before calling it.`,
  leakedTracer: (d) =>
    `${d.operation}: a tracer ${d.aval} of ${d.trace}, made at ${d.madeAt}, was used after its trace ended. Return it from the traced function instead of storing it outside.`,
  concreteValue: (d) =>
    `${d.operation}: the value of tracer ${d.aval} is not known while ${d.trace} is tracing. ${d.fix}`,
  coercion: (d) => `${d.operation}: arrays do not take part in JavaScript operators. Use ${d.instead}.`,
  disposedArray: (d) =>
    `${d.operation}: this array ${d.aval} is gone (${d.reason}). ${d.reason === 'donated' ? 'It was given to a jitted function by donateArgnums; use the value that the function returned.' : d.reason === 'disposed' ? 'Do not use an array after dispose().' : 'Return it from scope(), or copy it, to use it afterwards.'}`,
  syncRead: (d) => `${d.operation}: device '${d.device}' cannot be read synchronously. Use ${d.instead}.`,
  device: (d) => `${d.operation}: device '${d.device}': ${d.reason}. ${d.fix}`,
  notDifferentiable: (d) => `${d.operation} is not differentiable: ${d.reason}. ${d.fix}`,
  notImplemented: (d) => `${d.operation}: ${d.reason}.`,
  data: (d) => `${d.operation}: ${d.source}, byte ${d.offset}: expected ${d.expected}, got ${d.received}.`,
  gradientCheck: (d) => `${d.operation}: ${d.where}: expected ${d.expected}, got ${d.received}.`,
}

/**
 * A mistake in the call of a library function; `code` says which kind, `detail` holds the facts of the message.
 *
 * @example
 * ```ts
 * import { CotangentError, numpy as np } from 'cotangent'
 * try {
 *   np.add(np.zeros([2]), np.zeros([3]))
 * } catch (error) {
 *   if (error instanceof CotangentError && error.code === 'shape') console.log(error.message)
 * }
 * ```
 */
export class CotangentError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CotangentError'
  readonly code: C
  readonly detail: ErrorDetails[C]

  constructor(
    code: C,
    detail: ErrorDetails[C],
    options: { readonly cause?: unknown; readonly origin?: Origin } = {},
  ) {
    const { origin, ...rest } = options
    const where = origin === undefined ? callSite(3) : callSiteOf(origin)
    super(messages[code](detail) + (where === null ? '' : `\n    at ${where}`), rest)
    this.code = code
    this.detail = detail
    const frames = origin?.stack?.split('\n').slice(1)
    if (frames !== undefined) this.stack = [`CotangentError: ${this.message}`, ...frames].join('\n')
  }
}

/** The same error of a call made at `origin`: what fails after an `await` may no longer have its caller on the stack. */
export const calledAt = <C extends ErrorCode>(
  { code, detail, cause }: CotangentError<C>,
  origin: Origin,
): CotangentError<C> => new CotangentError(code, detail, cause === undefined ? { origin } : { cause, origin })

/** Throws a `CotangentError`; an expression, so that rules stay expressions. */
export function fail<C extends ErrorCode>(
  code: C,
  detail: ErrorDetails[C],
  options?: { readonly cause?: unknown },
): never {
  throw new CotangentError(code, detail, options)
}

/** Something that can only be false through a bug of ours. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Asserts what our own code guarantees; `context` names the pass and prints the equation. */
export function invariant(condition: unknown, context: string | (() => string)): asserts condition {
  if (condition) return
  const text = typeof context === 'string' ? context : context()
  throw new InvariantError(`cotangent bug: ${text}. Please report it with the program that caused it.`)
}

/** Narrows away `undefined` where an invariant guarantees a value. */
export function defined<T>(value: T | undefined, context: string): T {
  invariant(value !== undefined, context)
  return value
}

const ownFrame =
  /[/\\](cotangent[/\\](src|dist)|src[/\\](core|transforms|lowering|runtime|numpy|lax|random|nn|optim|io|data|train|testing))[/\\]|node:internal|^\s*at new Promise/

/** A captured stack that nothing has formatted yet: cheap to make, read by `callSiteOf`. */
export interface Origin {
  readonly stack?: string
}

/** Remembers where it was called. */
export function captureOrigin(frames = 40): Origin {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = frames
  const origin = new Error('trace')
  Error.stackTraceLimit = limit
  return origin
}

/** The innermost stack frame outside this library: the user's source line, or null where there is none. */
export const callSite = (skip = 1): string | null => callSiteOf(captureOrigin(), skip + 1)

/** The innermost frame of `origin` outside this library. */
export function callSiteOf(origin: Origin, skip = 1): string | null {
  for (const line of (origin.stack ?? '').split('\n').slice(skip)) {
    if (ownFrame.test(line)) continue
    const match = /\(?((?:file:|https?:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?\s*$/.exec(line)
    if (match?.[1] !== undefined) return match[1]
  }
  return null
}
