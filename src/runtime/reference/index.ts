/**
 * The reference backend: the oracle of the tests. Buffers are host typed arrays, an executable interprets its jaxpr.
 */

import type { Aval } from '../../core/aval.js'
import type { HostArray } from '../../core/dtype.js'
import { invariant } from '../../core/errors.js'
import type { Jaxpr } from '../../core/jaxpr.js'
import { printJaxpr } from '../../core/print.js'
import type { Backend, BackendMemory, Buffer, Executable } from '../backend.js'
import { interpret } from './interpret.js'

export { interpret } from './interpret.js'

class HostBuffer implements Buffer {
  readonly bytes: number
  readonly data: HostArray
  freed = false

  constructor(data: HostArray) {
    this.data = data
    this.bytes = data.byteLength
  }
}

class ReferenceBackend implements Backend {
  readonly name = 'reference'
  readonly description =
    'reference interpreter in TypeScript (float64 accumulation; an oracle for tests, not for speed)'
  readonly syncRead = true
  #live = 0
  #peak = 0

  supports(): boolean {
    return true
  }
  put(_: Aval, data: HostArray): Buffer {
    return this.#own(data.slice())
  }
  async read(buffer: Buffer): Promise<HostArray> {
    return this.readSync(buffer)
  }
  readSync(buffer: Buffer): HostArray {
    return this.#data(buffer).slice()
  }
  free(buffer: Buffer): void {
    this.#data(buffer)
    ;(buffer as HostBuffer).freed = true
    this.#live -= buffer.bytes
  }
  compile(jaxpr: Jaxpr): Executable {
    return {
      run: (inputs, donated) => this.#run(jaxpr, inputs, donated),
      explain: () => ({ jaxpr: printJaxpr(jaxpr) }),
      kernelCount: jaxpr.equations.length,
    }
  }
  memory(): BackendMemory {
    return { liveBytes: this.#live, pooledBytes: 0, peakBytes: this.#peak }
  }
  close(): void {
    this.#live = 0
  }

  #run(jaxpr: Jaxpr, inputs: readonly Buffer[], donated: readonly boolean[]): readonly Buffer[] {
    const sources = inputs.map((buffer) => this.#data(buffer))
    const results = this.#interpretOwning(
      jaxpr,
      sources,
      inputs.filter((_, i) => donated[i] === true),
    )
    // An output that is an input, or that appears twice, becomes a buffer of its own.
    const taken = new Set<HostArray>(sources)
    return results.map((data) => {
      const buffer = this.#own(taken.has(data) ? data.slice() : data)
      taken.add(data)
      return buffer
    })
  }
  /** The results; what the program owns is freed, also where it fails. */
  #interpretOwning(
    jaxpr: Jaxpr,
    sources: readonly HostArray[],
    owned: readonly Buffer[],
  ): readonly HostArray[] {
    try {
      return interpret(jaxpr, sources)
    } finally {
      for (const buffer of owned) this.free(buffer)
    }
  }
  #own(data: HostArray): Buffer {
    const buffer = new HostBuffer(data)
    this.#live += buffer.bytes
    this.#peak = Math.max(this.#peak, this.#live)
    return buffer
  }
  #data(buffer: Buffer): HostArray {
    invariant(
      buffer instanceof HostBuffer && !buffer.freed,
      'reference: a buffer was used after it was freed',
    )
    return buffer.data
  }
}

/** A fresh reference backend. */
export const createReferenceBackend = (): Backend => new ReferenceBackend()
