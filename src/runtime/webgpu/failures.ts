/**
 * Errors that WebGPU reports after the fact: work → a serial number; an error → the span of work that it may have
 * spoiled. Reads of what was written in such a span fail with the error.
 */

import { CotangentError } from '../../core/errors.js'

interface Failure {
  readonly from: number
  readonly to: number
  readonly error: CotangentError<'device'>
}

/** Failures kept; older ones are those of arrays long gone. */
const kept = 64

export class Failures {
  #serial = 0
  readonly #failures: Failure[] = []
  readonly #watched = new Set<Promise<void>>()
  /** Work up to this number is known to have gone well. */
  #confirmed = 0
  /** Set once the device is gone. */
  lost: CotangentError<'device'> | null = null

  /** Numbers one piece of work. */
  next(): number {
    return ++this.#serial
  }
  get serial(): number {
    return this.#serial
  }

  /** All work up to `serial` has been done, and its errors reported. */
  confirm(serial: number): void {
    this.#confirmed = Math.max(this.#confirmed, serial)
  }

  /** Everything written since `from` is spoiled by `error`; since the last success where that is not known. */
  spoil(error: CotangentError<'device'>, from = this.#confirmed + 1): void {
    this.#failures.push({ from, to: this.#serial, error })
    if (this.#failures.length > kept) this.#failures.shift()
  }

  /** Waits, beside the work, for what an error scope finds. */
  watch(scope: Promise<GPUError | null>, report: (error: GPUError) => void): void {
    const watched = scope.then(
      (error) => {
        if (error !== null) report(error)
      },
      // The scope of a lost device; `lost` says more.
      () => undefined,
    )
    this.#watched.add(watched)
    void watched.then(() => this.#watched.delete(watched))
  }

  /** When all error scopes so far have answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#watched)
  }

  /** The error that spoiled work number `serial`, if any; of several the one about the shortest span, which is the cause. */
  of(serial: number): CotangentError<'device'> | null {
    const found = this.#failures.filter(({ from, to }) => from <= serial && serial <= to)
    const closest = found.reduce<Failure | null>(
      (best, one) => (best === null || one.from >= best.from ? one : best),
      null,
    )
    return this.lost ?? closest?.error ?? null
  }
}

/** A device error of this backend. */
export const gpuError = (
  operation: string,
  reason: string,
  fix: string,
  cause?: unknown,
): CotangentError<'device'> =>
  new CotangentError(
    'device',
    { operation, device: 'webgpu', reason: reason.trim().replace(/\.$/, ''), fix },
    { cause },
  )
