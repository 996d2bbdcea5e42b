/**
 * earlyStopping: ends training when a number no longer gets better, and gives back the best state.
 */

import { fail } from '../../core/errors.js'
import type { Callback } from '../callback.js'
import { keep } from '../keep.js'
import { comparison, type MonitorOptions } from '../monitor.js'

export interface EarlyStoppingOptions extends MonitorOptions {
  /** It stops after so many epochs in a row without a better one; default 1. */
  readonly patience?: number
  /** Whether the run gives the state of the best epoch; default true. */
  readonly restoreBest?: boolean
}

interface Memory {
  readonly best: number | null
  readonly bestEpoch: number
}

/**
 * Stops after `patience` epochs in a row in which the monitored number did not get better by more than `minDelta`. The result of
 * the run is the state of the best epoch, whether it was stopped or not (not where a signal aborted it: then it is the
 * state so far). What it knows is part of checkpoints. A NaN is never better.
 *
 * @example
 * ```ts
 * import { train } from 'cotangent'
 * const callbacks = [train.earlyStopping({ monitor: 'validation.accuracy', mode: 'max', patience: 3 })]
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const operation = 'train.earlyStopping'
  const { patience = 1, restoreBest = true } = options
  const { check, valueOf, isBetter } = comparison(options, operation)
  if (!(Number.isInteger(patience) && patience >= 1)) {
    fail('argument', {
      operation,
      argument: 'patience',
      received: String(patience),
      expected: 'a whole number >= 1',
    })
  }
  let memory: Memory = { best: null, bestEpoch: 0 }
  let bestState: unknown = null
  return {
    name: 'earlyStopping',
    onStart({ step, names }) {
      check(names)
      // The same callback may be given to another run.
      if (step > 0) return
      memory = { best: null, bestEpoch: 0 }
      bestState = null
    },
    onEpochEnd({ record, state }) {
      const value = valueOf(record)
      if (isBetter(value, memory.best)) {
        memory = { best: value, bestEpoch: record.epoch }
        if (restoreBest) bestState = keep(state)
        return
      }
      const waited = record.epoch - memory.bestEpoch
      if (waited < patience) return
      return { stop: `${waited} epochs without a better one than epoch ${memory.bestEpoch}` }
    },
    onEnd({ stopped, restore }) {
      if (bestState !== null && stopped !== 'aborted') restore(bestState)
    },
    save: () => ({ json: { ...memory }, states: bestState === null ? {} : { best: bestState } }),
    restore({ json, states }) {
      memory = json as unknown as Memory
      bestState = states['best'] ?? null
    },
  }
}
