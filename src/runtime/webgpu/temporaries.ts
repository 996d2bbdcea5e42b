/**
 * Buffers for intermediates, shared by all programs: number n is as large as the n-th largest that any program needs.
 * Programs run one after another on the queue, so none sees another's numbers.
 */

import type { Allocation, BufferPool } from './pool.js'

export class Temporaries {
  readonly #pool: BufferPool
  readonly #buffers: Allocation[] = []
  /** Counts replacements: bind groups made before one are stale. */
  version = 0

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  /** Buffers of at least `bytes`, which decrease. */
  ensure(bytes: readonly number[]): readonly Allocation[] {
    bytes.forEach((size, i) => {
      const known = this.#buffers[i]
      if (known !== undefined && known.bytes >= size) return
      this.#buffers[i] = this.#pool.takeTemporary(size, known)
      this.version++
    })
    return this.#buffers
  }
}
