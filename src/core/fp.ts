/**
 * The one door to fp-ts: failures of the outside world travel as Either and TaskEither at the edges.
 * The `lib` paths are needed because fp-ts's bare subpaths do not resolve in native Node ESM.
 */

export * as E from 'fp-ts/lib/Either.js'
export * as TE from 'fp-ts/lib/TaskEither.js'
export { pipe } from 'fp-ts/lib/function.js'
export type { Either } from 'fp-ts/lib/Either.js'
export type { TaskEither } from 'fp-ts/lib/TaskEither.js'
