/**
 * Steps that a loop need not repeat: a step that only prepares an operand (packs a matrix into panels) from buffers
 * that the loop does not write runs once, before the outermost such loop.
 */

import { leavesOf, writesOf, type RepeatKernel, type WhileKernel } from '../kernel.js'
import type { BufferPlace, Step } from './context.js'

interface Frame<T> {
  /** The places that the loop writes: the next value of a carry may be another buffer in the same memory. */
  readonly written: ReadonlySet<string>
  readonly before: T[]
}

/** The loops around the place where code is being written; `T` is a piece of code. */
export class BeforeLoops<T> {
  readonly #frames: Frame<T>[] = []
  readonly #placeOf: (buffer: number) => string

  constructor(place: (buffer: number) => BufferPlace) {
    this.#placeOf = (buffer) => {
      const { slot, offset } = place(buffer)
      return `${slot}+${offset}`
    }
  }

  get depth(): number {
    return this.#frames.length
  }

  /** Puts what was taken out of the loop before what `body` gives. */
  around(loop: RepeatKernel | WhileKernel, body: () => readonly T[]): T[] {
    const frame: Frame<T> = {
      written: new Set(leavesOf(loop).flatMap(writesOf).map(this.#placeOf)),
      before: [],
    }
    this.#frames.push(frame)
    const code = body()
    this.#frames.pop()
    return [...frame.before, ...code]
  }

  /** The code of a step where it has to run, which may be before a loop. */
  place({ prepares }: Step, code: readonly T[]): readonly T[] {
    const frame =
      prepares === undefined
        ? undefined
        : this.#frames.find(({ written }) => prepares.every((buffer) => !written.has(this.#placeOf(buffer))))
    if (frame === undefined) return code
    frame.before.push(...code)
    return []
  }
}
