/**
 * The loop: batches → compiled steps → epochs. It knows a program (see program.ts), where batches come from, and
 * callbacks; it does not know what a model is.
 */

import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { foldIn, type Key } from '../random/index.js'
import { notify, type Callback, type EpochRecord, type Position } from './callback.js'
import { compiledAs } from './compiled.js'
import { Breather, Evaluator, noBatches } from './evaluation.js'
import { keep } from './keep.js'
import { Pace } from './pace.js'
import {
  addTo,
  readerOf,
  startTotals,
  type Program,
  type Reader,
  type Reading,
  type Totals,
} from './program.js'
import { Readings } from './readings.js'
import { batchCount, disposeBatch, openEpoch, rowsOf, type BatchingOptions, type Source } from './source.js'

/** What a run is made of, checked and with its defaults. */
export interface Plan<S> {
  readonly operation: string
  readonly program: Program<S>
  readonly data: Source
  readonly validation: Source | null
  readonly batching: BatchingOptions
  readonly epochs: number
  readonly callbacks: readonly Callback<S>[]
  readonly signal: AbortSignal | undefined
  /** Of the order of the rows. */
  readonly seed: number
  readonly key: Key
}

/** Where a run begins, or continues. */
export interface Beginning<S> {
  readonly state: S
  readonly step: number
  /** Whole epochs done. */
  readonly epoch: number
  /** Batches done of the epoch after those. */
  readonly batch: number
  /** What these batches have added up to. */
  readonly totals: Totals | null
  readonly history: readonly EpochRecord[]
  readonly stopped: string | null
}

interface Carry<S> {
  readonly state: S
  readonly totals: Totals
}
type CompiledStep<S> = (carry: Carry<S>, batch: unknown, key: Key, step: NDArray) => [Carry<S>, NDArray]

/** Numbers are read for callbacks a few times a second. */
const millisecondsBetween = 250

/** The step as one compiled function that takes over the memory of the state. */
function compile<S>(program: Program<S>): CompiledStep<S> {
  const step = (
    { state, totals }: Carry<S>,
    batch: unknown,
    key: Key,
    number: NDArray,
  ): [Carry<S>, NDArray] => {
    const [next, outcome] = program.step(state, totals.others, batch, foldIn(key, number))
    return [{ state: next, totals: addTo(totals, outcome, rowsOf(batch), number) }, outcome.loss]
  }
  return compiledAs(step, { donateArgnums: 0, name: 'train.step' })
}

/** A run on its way. */
export class Loop<S> {
  state: S
  step: number
  epoch: number
  batch: number
  stopped: string | null
  readonly history: EpochRecord[]
  readonly #plan: Plan<S>
  readonly #compiled: CompiledStep<S>
  readonly #evaluator: Evaluator<S> | null
  readonly #pace: Pace
  readonly #breather = new Breather()
  #totals: Totals | null
  #reader: Reader | null = null
  #batches: number | null

  constructor(plan: Plan<S>, beginning: Beginning<S>) {
    const { evaluation } = plan.program
    this.#plan = plan
    this.#compiled = compile(plan.program)
    this.#evaluator = evaluation === null ? null : new Evaluator(evaluation, plan.operation)
    this.#batches = batchCount(plan.data, plan.batching)
    this.#totals = beginning.totals
    this.#pace = new Pace(beginning.step)
    this.state = beginning.state
    this.step = beginning.step
    this.epoch = beginning.epoch
    this.batch = beginning.batch
    this.stopped = beginning.stopped
    this.history = [...beginning.history]
  }

  /** Where it is, as callbacks are told. */
  position(): Position {
    const { epochs } = this.#plan
    const epoch = Math.min(this.epoch + 1, epochs)
    return { epoch, epochs, step: this.step, batch: this.batch, batches: this.#batches }
  }

  /** Trains until the last epoch is done or somebody stops it. */
  async run(): Promise<void> {
    if (this.#plan.signal?.aborted === true) this.stopped = 'aborted'
    while (this.epoch < this.#plan.epochs && this.stopped === null) await this.#runEpoch()
  }

  async #runEpoch(): Promise<void> {
    const { data, batching, seed, operation } = this.#plan
    const start = performance.now()
    const readings = new Readings<Reading>(millisecondsBetween)
    const { batches, isOwned } = openEpoch(data, this.epoch, batching, { seed, first: this.batch })
    for await (const batch of batches) {
      await this.#runStep(batch, readings)
      if (isOwned) disposeBatch(batch)
      await this.#afterStep(readings)
      if (this.stopped !== null) break
    }
    await readings.settle()
    if (this.stopped !== null) return
    if (this.#totals === null) return noBatches(operation)
    await this.#endEpoch(this.#totals, start)
  }

  async #runStep(batch: unknown, readings: Readings<Reading>): Promise<void> {
    const { program, key, operation } = this.#plan
    const before = this.#totals ?? keep(startTotals(program, this.state, batch))
    const reader = (this.#reader ??= readerOf(program, before, operation))
    const carry = { state: this.state, totals: before }
    const [{ state, totals }, loss] = this.#compiled(
      carry,
      batch,
      key,
      np.array(this.step + 1, { dtype: 'int32' }),
    )
    this.state = state
    this.#totals = totals
    this.step += 1
    this.batch += 1
    if (readings.isDue()) await readings.start(() => reader(totals, loss))
  }

  async #afterStep(readings: Readings<Reading>): Promise<void> {
    const { callbacks, signal } = this.#plan
    const event = { ...this.position(), state: this.state }
    this.#stopFor(await notify(callbacks, (callback) => callback.onStepEnd?.(event)))
    const reading = readings.take()
    if (reading !== null && this.#pace.isDue(millisecondsBetween)) await this.#report(reading)
    await this.#breather.breathe()
    if (signal?.aborted === true) this.stopped ??= 'aborted'
  }

  /** Tells callbacks what was read. */
  async #report({ scores, loss, nonFiniteAt }: Reading): Promise<void> {
    const position = this.position()
    const pace = this.#pace.measure(position)
    const event = { ...position, ...pace, loss, training: scores, nonFiniteAt }
    this.#stopFor(await notify(this.#plan.callbacks, (callback) => callback.onProgress?.(event)))
  }

  async #endEpoch(totals: Totals, start: number): Promise<void> {
    const { program, operation, callbacks, validation, batching } = this.#plan
    const reader = (this.#reader ??= readerOf(program, totals, operation))
    const reading = await reader(totals, np.astype(totals.loss.mean, 'float32'))
    const evaluator = validation === null ? null : this.#evaluator
    const validated =
      evaluator === null || validation === null
        ? null
        : await evaluator.run(this.state, validation, { ...batching, dropRemainder: false }, this.epoch)
    this.#batches ??= this.batch
    const position = this.position()
    const seconds = (performance.now() - start) / 1000
    const record = {
      epoch: position.epoch,
      step: this.step,
      seconds,
      training: reading.scores,
      validation: validated,
    }
    this.history.push(record)
    this.epoch += 1
    this.batch = 0
    this.#totals = null
    const { nonFiniteAt } = reading
    const event = { ...position, state: this.state, record, history: this.history, nonFiniteAt }
    this.#stopFor(await notify(callbacks, (callback) => callback.onEpochEnd?.(event)))
    await this.#breather.breathe()
    if (this.#plan.signal?.aborted === true) this.stopped ??= 'aborted'
  }

  #stopFor(reason: string | null): void {
    this.stopped ??= reason
  }
}
