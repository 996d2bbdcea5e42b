/**
 * The WebGPU backend, ready for use: nothing in → Backend out, as a promise that rejects with a `device` error,
 * or as a TaskEither where the failure is data.
 */

import { E, pipe, TE, type TaskEither } from '../../core/fp.js'
import { acquireDevice, acquireError, type AcquireFailure } from './acquire.js'
import { WebgpuBackend } from './webgpuBackend.js'

export { acquireError, type AcquireFailure } from './acquire.js'
export { WebgpuBackend } from './webgpuBackend.js'

export const acquireWebgpu: TaskEither<AcquireFailure, WebgpuBackend> = pipe(
  acquireDevice,
  TE.map((acquired) => new WebgpuBackend(acquired)),
)

/** The backend on the best adapter; rejects with a `device` error that names the fix. */
export async function createWebgpuBackend(): Promise<WebgpuBackend> {
  const result = await acquireWebgpu()
  if (E.isLeft(result)) throw acquireError(result.left)
  return result.right
}
