/**
 * How fast a run is and how long it will take.
 */

import type { Position } from './callback.js'

/** How much a new measurement counts against the ones before. */
const freshness = 0.3

export class Pace {
  #step: number
  #time = performance.now()
  /** Smoothed. */
  #stepsPerSecond: number | null = null

  constructor(step: number) {
    this.#step = step
  }

  /** Whether so much time has gone by since the last measurement. */
  isDue(milliseconds: number): boolean {
    return performance.now() - this.#time >= milliseconds
  }

  measure({ step, epoch, epochs, batch, batches }: Position): {
    readonly stepsPerSecond: number
    readonly secondsLeft: number | null
  } {
    const now = performance.now()
    const current = ((step - this.#step) * 1000) / Math.max(now - this.#time, 1e-3)
    const before = this.#stepsPerSecond
    const stepsPerSecond = before === null ? current : before + freshness * (current - before)
    this.#stepsPerSecond = stepsPerSecond
    this.#step = step
    this.#time = now
    if (batches === null) return { stepsPerSecond, secondsLeft: null }
    const left = (epochs - epoch) * batches + batches - batch
    return { stepsPerSecond, secondsLeft: left / Math.max(stepsPerSecond, 1e-9) }
  }
}
