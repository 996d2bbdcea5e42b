/**
 * One number of an epoch that callbacks look at, and when it is better than another.
 */

import { fail } from '../core/errors.js'
import type { EpochRecord } from './callback.js'

/** Which number of an epoch: `training.loss`, `validation.accuracy`, … */
export type Monitor = `training.${string}` | `validation.${string}`

export interface MonitorOptions {
  /** What to look at; default `validation.loss`, or `training.loss` where nothing is validated. */
  readonly monitor?: Monitor
  /** Whether less or more is better; default `min` for losses, for anything else it must be given. */
  readonly mode?: 'min' | 'max'
  /** What a number must be better by; default 0. */
  readonly minDelta?: number
}

/** How epochs are compared. */
export interface Comparison {
  /** Throws where it is known before training that there will be no such number. */
  check(names: readonly string[] | null): void
  valueOf(record: EpochRecord): number
  /** Whether `value` is better than the best so far; NaN never is. */
  isBetter(value: number, best: number | null): boolean
}

const defaultMonitor = ({ validation }: EpochRecord): Monitor =>
  validation === null ? 'training.loss' : 'validation.loss'

export function comparison({ monitor, mode, minDelta = 0 }: MonitorOptions, operation: string): Comparison {
  if (mode === undefined && monitor !== undefined && !monitor.endsWith('.loss')) {
    fail('argument', {
      operation,
      argument: 'mode',
      received: 'nothing',
      expected: `'min' or 'max' for the monitor '${monitor}'`,
      fix: "Give mode: 'max' if more is better.",
    })
  }
  if (!(minDelta >= 0))
    fail('argument', { operation, argument: 'minDelta', received: String(minDelta), expected: 'at least 0' })
  const sign = mode === 'max' ? -1 : 1
  return {
    check(names) {
      if (monitor !== undefined && names !== null && !names.includes(monitor))
        unknownMonitor(monitor, names, operation)
    },
    valueOf: (record) => valueAt(record, monitor ?? defaultMonitor(record), operation),
    isBetter: (value, best) => (best === null ? !Number.isNaN(value) : sign * value < sign * best - minDelta),
  }
}

function valueAt(record: EpochRecord, monitor: Monitor, operation: string): number {
  const dot = monitor.indexOf('.')
  const scores = record[monitor.slice(0, dot) as 'training' | 'validation']
  return scores?.[monitor.slice(dot + 1)] ?? unknownMonitor(monitor, namesOf(record), operation)
}

function unknownMonitor(monitor: Monitor, names: readonly string[], operation: string): never {
  const isValidated = names.some((name) => name.startsWith('validation'))
  return fail('argument', {
    operation,
    argument: 'monitor',
    received: `'${monitor}'`,
    expected: `one of ${names.join(', ')}`,
    ...(monitor.startsWith('validation') && !isValidated ? { fix: 'Give fit the option validation.' } : {}),
  })
}

/** The names of all numbers of an epoch: `training.loss`, … */
export const namesOf = ({ training, validation }: EpochRecord): string[] => [
  ...Object.keys(training).map((name) => `training.${name}`),
  ...Object.keys(validation ?? {}).map((name) => `validation.${name}`),
]
