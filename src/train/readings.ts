/**
 * Reads losses without waiting for them: a read is started now and then, and its number is there some steps later. At
 * most one read is under way, so that the device is never more than a few dozen steps behind.
 */

/** A loss is read at least every so many steps. */
const stepsBetween = 32

export class Readings<T> {
  readonly #milliseconds: number
  #pending: Promise<void> | null = null
  #latest: T | null = null
  #steps = 0
  #time = performance.now()

  /** At least so often, where steps take long. */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** Whether it is time for another one, after one more step. */
  isDue(): boolean {
    this.#steps += 1
    return this.#steps >= stepsBetween || performance.now() - this.#time >= this.#milliseconds
  }

  /** Starts a read, after the last one has come. */
  async start(read: () => Promise<T>): Promise<void> {
    await this.#pending
    this.#steps = 0
    this.#time = performance.now()
    const pending = read().then((value) => {
      this.#latest = value
    })
    // An error is thrown where the read is waited for.
    pending.catch(() => undefined)
    this.#pending = pending
  }

  /** The newest number, once. */
  take(): T | null {
    const latest = this.#latest
    this.#latest = null
    return latest
  }

  /** Waits for the read that is under way. */
  async settle(): Promise<void> {
    await this.#pending
    this.#pending = null
  }
}
