// --steps of examples that train for epochs: an end after so many steps, for a short look.

import type { train } from 'cotangent'
import { optionalCount } from './commandLine.js'

export const stepLimit = optionalCount('stop after so many steps of training (default: after the last epoch)')

/** A callback that ends a run after `steps` steps, where there is a limit. */
export const stopAfter = (steps: number | undefined): train.Callback => ({
  onStepEnd: ({ step }) => (steps !== undefined && step >= steps ? { stop: 'limit of --steps' } : undefined),
})
