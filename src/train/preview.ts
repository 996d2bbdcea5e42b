/**
 * A look at the first batch of a source before it is used. A function that makes batches is not called again for it: who
 * opens that epoch afterwards gets the batches that were begun.
 */

import { noBatches } from './evaluation.js'
import { isDataset, openEpoch, type BatchingOptions, type Source } from './source.js'

/** An epoch of which the first batch was taken. */
interface Begun {
  readonly epoch: number
  readonly first: unknown
  readonly rest: AsyncGenerator<unknown, undefined>
}

export class Preview {
  /** The source, to be used in the place of the one that is looked at. */
  readonly source: Source
  readonly #given: Source
  readonly #epoch: number
  #begun: Begun | null = null

  /** `epoch` is the one whose batches are used first. */
  constructor(given: Source, epoch: number) {
    this.#given = given
    this.#epoch = epoch
    this.source = isDataset(given) ? given : (number) => this.#open(given, number)
  }

  /** The first batch; of a dataset a new one, of which `batching` says the rows. */
  async firstBatch(batching: BatchingOptions, operation: string): Promise<unknown> {
    if (this.#begun !== null) return this.#begun.first
    const { batches } = openEpoch(this.#given, this.#epoch, batching)
    const first = await batches.next()
    if (first.done === true) return noBatches(operation)
    if (isDataset(this.#given)) await batches.return(undefined)
    else this.#begun = { epoch: this.#epoch, first: first.value, rest: batches }
    return first.value
  }

  /** Ends the epoch that was begun, if nobody has opened it. */
  async close(): Promise<void> {
    const begun = this.#begun
    this.#begun = null
    await begun?.rest.return(undefined)
  }

  #open(given: Extract<Source, (epoch: number) => unknown>, epoch: number): ReturnType<typeof given> {
    const begun = this.#begun
    if (begun === null || begun.epoch !== epoch) return given(epoch)
    this.#begun = null
    return continued(begun)
  }
}

async function* continued({ first, rest }: Begun): AsyncGenerator<unknown, undefined> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
