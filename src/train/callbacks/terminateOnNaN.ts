/**
 * terminateOnNaN: ends a run whose loss is no longer a number.
 */

import type { Callback } from '../callback.js'

/**
 * Stops when the loss of a step was NaN or infinite; `stopped` of the run says in which step that began. It is noticed
 * a few times a second and at the end of an epoch, as the loss is read.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train } from 'cotangent'
 * const run = await train.fit({
 *   data: data.fromArrays(np.ones([8])),
 *   state: np.array(1.5),
 *   step: (x) => [x.mul(1e30), { loss: x }],
 *   batchSize: 1,
 *   epochs: 5,
 *   callbacks: [train.terminateOnNaN()],
 * })
 * console.log(run.stopped) // the loss is not finite since step 3
 * ```
 */
export function terminateOnNaN(): Callback {
  const check = ({ nonFiniteAt }: { readonly nonFiniteAt: number | null }): { stop: string } | undefined =>
    nonFiniteAt === null ? undefined : { stop: `the loss is not finite since step ${nonFiniteAt}` }
  return { onProgress: check, onEpochEnd: check }
}
