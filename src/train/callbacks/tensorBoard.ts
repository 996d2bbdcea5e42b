/**
 * tensorBoard: event files of losses and metrics.
 */

import type { Callback } from '../callback.js'
import { requireNode } from '../nodeFiles.js'
import { encodeEvent, type Event } from '../tensorBoard/events.js'

const operation = 'train.tensorBoard'

/** Makes names of files differ that are begun within one second. */
let files = 0

/** An event file that is made when there is something to write. */
class EventFile {
  readonly #folder: string
  readonly #firstStep: number
  #path: string | null = null

  constructor(folder: string, firstStep: number) {
    this.#folder = folder
    this.#firstStep = firstStep
  }

  async write(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const wallTime = Date.now() / 1000
    const events: Event[] = [{ kind: 'scalars', wallTime, step, values }]
    const { fs, path } = requireNode(operation)
    if (this.#path === null) {
      await fs.mkdir(this.#folder, { recursive: true })
      const seconds = String(Math.floor(wallTime)).padStart(10, '0')
      this.#path = path.join(
        this.#folder,
        `events.out.tfevents.${seconds}.cotangent.${process.pid}.${files++}`,
      )
      const start: readonly Event[] =
        this.#firstStep === 0 ? [] : [{ kind: 'start', wallTime, step: this.#firstStep + 1 }]
      events.unshift({ kind: 'version', wallTime }, ...start)
    }
    await fs.appendFile(this.#path, Buffer.concat(events.map(encodeEvent)))
  }
}

/**
 * Writes scalars for TensorBoard to `folder/train` and `folder/validation`, by the number of the step: `loss` and the
 * metrics of each epoch, and on the way, a few times a second, `batch/loss` of single batches. What a resumed run does
 * again replaces what the stopped one wrote. `tensorboard --logdir folder` shows it. Node only.
 *
 * @example
 * ```ts
 * import { data, numpy as np, train } from 'cotangent'
 * import { mkdtempSync, readdirSync } from 'node:fs'
 * const folder = mkdtempSync('/tmp/run-')
 * await train.fit({
 *   data: data.fromArrays(np.ones([8])),
 *   state: np.array(0.5),
 *   step: (sum, x) => [sum.add(x.sum()), { loss: x.mean() }],
 *   callbacks: [train.tensorBoard(folder)],
 * })
 * console.log(readdirSync(folder)) // ['train']
 * ```
 */
export function tensorBoard(folder: string): Callback {
  let writers: { readonly train: EventFile; readonly validation: EventFile } | null = null
  return {
    onStart({ step }) {
      const { path } = requireNode(operation)
      writers = {
        train: new EventFile(path.join(folder, 'train'), step),
        validation: new EventFile(path.join(folder, 'validation'), step),
      }
    },
    onProgress: ({ step, loss }) => writers?.train.write(step, { 'batch/loss': loss }),
    async onEpochEnd({ record: { step, training, validation } }) {
      await writers?.train.write(step, training)
      if (validation !== null) await writers?.validation.write(step, validation)
    },
  }
}
