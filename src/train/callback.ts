/**
 * What a callback is: functions that a run calls with plain data at its start, on its way and at its end.
 */

/** Numbers by name: `loss`, and the metrics. */
export type Scores = Readonly<Record<string, number>>

/** What is known of one epoch after it. */
export interface EpochRecord<N extends string = string> {
  /** From 1. */
  readonly epoch: number
  /** Steps since the beginning of training. */
  readonly step: number
  /** How long the epoch took, validation included. */
  readonly seconds: number
  /** Means over all rows of the epoch, each row with the parameters of its step. */
  readonly training: Readonly<Record<N, number>>
  /** The same of the validation data, with the parameters at the end of the epoch; null without such data. */
  readonly validation: Readonly<Record<N, number>> | null
}

/** Where a run is. */
export interface Position {
  /** The epoch that runs, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** Steps done since the beginning of training. */
  readonly step: number
  /** Batches done in this epoch. */
  readonly batch: number
  /** Batches in an epoch; null while that is not known. */
  readonly batches: number | null
}

export interface StartEvent<S> extends Position {
  readonly state: S
  /** The epochs of the run that this one continues. */
  readonly history: readonly EpochRecord[]
}

/** After each step. The state is alive until the next one, which takes its memory: `train.keep(state)` has it longer. */
export interface StepEvent<S> extends Position {
  readonly state: S
}

/** A few times a second, when the device has told how far it is. */
export interface ProgressEvent extends Position {
  /** The loss of the last batch that was read. */
  readonly loss: number
  /** Means of this epoch so far. */
  readonly training: Scores
  /** The first step whose loss was NaN or infinite, null where all were finite. */
  readonly nonFiniteAt: number | null
  readonly stepsPerSecond: number
  /** Until the last epoch ends; null while that cannot be told. */
  readonly secondsLeft: number | null
}

export interface EpochEvent<S> extends StepEvent<S> {
  readonly record: EpochRecord
  /** All epochs so far, this one included. */
  readonly history: readonly EpochRecord[]
  /** The first step whose loss was NaN or infinite, null where all were finite. */
  readonly nonFiniteAt: number | null
}

export interface EndEvent<S> extends Position {
  readonly state: S
  readonly history: readonly EpochRecord[]
  /** Why the run ended before its last epoch; null where it did not. */
  readonly stopped: string | null
  /** Makes another state the result of the run. */
  restore(state: S): void
}

/** Nothing, or why to stop. */
export type Reply = void | { readonly stop: string }

/**
 * Functions that a run calls, each with plain data, each optional, each possibly async (the run waits). What they
 * return may ask the run to stop. An error that one throws ends the run.
 *
 * @example
 * ```ts
 * import type { train } from 'cotangent'
 * const good: train.Callback = {
 *   onEpochEnd: ({ record }) => ((record.validation?.['accuracy'] ?? 0) > 0.99 ? { stop: 'good enough' } : undefined),
 * }
 * ```
 */
export interface Callback<S = unknown> {
  onStart?(event: StartEvent<S>): void | Promise<void>
  onStepEnd?(event: StepEvent<S>): Reply | Promise<Reply>
  onProgress?(event: ProgressEvent): Reply | Promise<Reply>
  onEpochEnd?(event: EpochEvent<S>): Reply | Promise<Reply>
  onEnd?(event: EndEvent<S>): void | Promise<void>
  /** Called after the others, to see what they have made of the event. */
  readonly isLate?: boolean
}

/** Calls one function of each callback in turn; gives the first reason to stop. */
export async function notify<S>(
  callbacks: readonly Callback<S>[],
  call: (callback: Callback<S>) => Reply | Promise<Reply>,
): Promise<string | null> {
  let stop: string | null = null
  for (const callback of callbacks) {
    const reply = call(callback)
    const settled = reply instanceof Promise ? await reply : reply
    if (typeof settled === 'object') stop ??= settled.stop
  }
  return stop
}
