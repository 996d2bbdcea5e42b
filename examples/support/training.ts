// What the examples show of a training run: progress while it goes on, then the curve of its loss.
// The loss is read now and then only: reading waits for the device, which otherwise runs ahead.

import type { NDArray } from 'cotangent'
import { chart } from './chart.js'
import { Progress } from './progress.js'

/** How often the loss is read in a run. */
const readings = 100

export interface TrainingRun {
  readonly steps: number
  readonly seconds: number
  /** The losses that were read, evenly over the run. */
  readonly losses: readonly number[]
}

export class TrainingLog {
  readonly #progress: Progress
  readonly #total: number
  readonly #losses: number[] = []
  readonly #start = performance.now()
  #steps = 0

  /** For a run of `total` steps. */
  constructor(total: number) {
    this.#total = total
    this.#progress = new Progress(total)
  }

  /** To be called after each step with the loss that it gave. */
  async step(loss: NDArray): Promise<void> {
    this.#steps += 1
    const due = Math.floor((this.#steps * readings) / this.#total) > this.#losses.length
    if (!due && this.#steps !== this.#total) return
    const value = await loss.itemAsync()
    this.#losses.push(value)
    this.#progress.update(this.#steps, value)
  }

  /** Draws the losses, and gives what was measured. */
  finish(): TrainingRun {
    const seconds = (performance.now() - this.#start) / 1000
    const rate = (this.#steps / seconds).toFixed(0)
    console.log(`${this.#steps} steps, ${rate} steps/s\n\n${chart(this.#losses, { title: 'loss' })}\n`)
    return { steps: this.#steps, seconds, losses: this.#losses }
  }
}
