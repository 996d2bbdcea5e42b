/**
 * Runs an evaluation over all batches of a source: state and batches → numbers.
 */

import { fail } from '../core/errors.js'
import * as np from '../numpy/index.js'
import { nextTask } from '../runtime/pressure.js'
import type { Scores } from './callback.js'
import { compiledStep } from './compiled.js'
import { keep } from './keep.js'
import { addTo, readerOf, startTotals, type Evaluation, type Reader, type Totals } from './program.js'
import { Readings } from './readings.js'
import { disposeBatch, openEpoch, rowsOf, type BatchingOptions, type Source } from './source.js'

/** Other tasks get their turn after so much work. */
export const millisecondsOfWork = 16

/** Lets other tasks (timers, signals, the page) have their turn now and then. */
export class Breather {
  #since = performance.now()

  async breathe(): Promise<void> {
    if (performance.now() - this.#since < millisecondsOfWork) return
    await nextTask()
    this.#since = performance.now()
  }
}

type CompiledStep = (totals: Totals, state: unknown, batch: unknown) => Totals

/** An evaluation that is compiled once and run many times. */
export class Evaluator<S> {
  readonly #evaluation: Evaluation<S>
  readonly #operation: string
  readonly #compiled: CompiledStep
  #reader: Reader | null = null

  constructor(evaluation: Evaluation<S>, operation: string) {
    this.#evaluation = evaluation
    this.#operation = operation
    const step: CompiledStep = (totals, state, batch) => {
      const outcome = evaluation.step(state as S, totals.others, batch)
      return addTo(totals, outcome, rowsOf(batch), np.array(0, { dtype: 'int32' }))
    }
    this.#compiled = compiledStep(step, 'train.evaluate')
  }

  /** The means of loss and metrics over all rows; null where the signal stops it. */
  async run(
    state: S,
    source: Source,
    batching: BatchingOptions,
    epoch = 0,
    signal?: AbortSignal,
  ): Promise<Scores | null> {
    const { batches, isOwned } = openEpoch(source, epoch, batching)
    const readings = new Readings<number>(Infinity)
    const breather = new Breather()
    let totals: Totals | null = null
    for await (const batch of batches) {
      totals ??= keep(startTotals(this.#evaluation, state, batch))
      const next: Totals = this.#compiled(totals, state, batch)
      totals = next
      if (isOwned) disposeBatch(batch)
      if (readings.isDue()) await readings.start(() => next.last.itemAsync())
      await breather.breathe()
      if (signal?.aborted === true) return null
    }
    if (totals === null) return noBatches(this.#operation)
    this.#reader ??= readerOf(this.#evaluation, totals, this.#operation)
    return (await this.#reader(totals)).scores
  }
}

export const noBatches = (operation: string, what = 'data'): never =>
  fail('argument', {
    operation,
    argument: what,
    received: 'no batches',
    expected: 'a source of at least one batch in each epoch',
    fix: 'Give a function epoch => batches that makes them anew whenever it is called.',
  })
