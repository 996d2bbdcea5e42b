/**
 * Runs an evaluation over all batches of a source: state and batches → numbers.
 */

import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import * as np from '../numpy/index.js'
import { nextTask } from '../runtime/pressure.js'
import type { Scores } from './callback.js'
import { compiledAs } from './compiled.js'
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

type CompiledStep = (totals: Totals, state: unknown, batch: unknown) => [Totals, NDArray]

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
      return [addTo(totals, outcome, rowsOf(batch), np.array(0, { dtype: 'int32' })), outcome.loss]
    }
    this.#compiled = compiledAs(step, { donateArgnums: 0, name: 'train.evaluate' })
  }

  /** The means of loss and metrics over all rows. */
  async run(state: S, source: Source, batching: BatchingOptions, epoch = 0): Promise<Scores> {
    const { batches, isOwned } = openEpoch(source, epoch, batching)
    const readings = new Readings<number>(Infinity)
    const breather = new Breather()
    let totals: Totals | null = null
    let loss: NDArray | null = null
    for await (const batch of batches) {
      totals ??= keep(startTotals(this.#evaluation, state, batch))
      const [next, current] = this.#compiled(totals, state, batch)
      totals = next
      loss = current
      if (isOwned) disposeBatch(batch)
      if (readings.isDue()) await readings.start(() => current.itemAsync())
      await breather.breathe()
    }
    if (totals === null || loss === null) return noBatches(this.#operation)
    this.#reader ??= readerOf(this.#evaluation, totals, this.#operation)
    return (await this.#reader(totals, loss)).scores
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
