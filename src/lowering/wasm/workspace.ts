/**
 * Memory that kernels need for themselves (packed operands, partial results): where the arena is not in use while they
 * run, else after its end.
 */

import type { Occupied, Program } from '../kernel.js'

const alignment = 64
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

type Range = Pick<Occupied, 'offset' | 'end'>

export class Workspace {
  readonly #program: Program
  /** What is taken while the kernel runs, by offset. */
  #taken: Range[] = []
  #since = NaN
  #kernel = 0
  /** The arena with all workspace. */
  bytes: number
  /** What lives at the moment when most does, workspace included: no arena could be smaller. */
  leastBytes: number

  constructor(program: Program) {
    this.#program = program
    this.bytes = aligned(program.plan.arenaBytes)
    this.leastBytes = program.plan.lowerBoundBytes
  }

  /** The next kernel begins. What kernels of one loop take lives as long as the outermost loop around them. */
  start(inLoop: boolean): void {
    const { times, plan } = this.#program
    const time = times?.[this.#kernel++]
    const isSame = inLoop && time !== undefined && time.first === this.#since
    this.#since = inLoop && time !== undefined ? time.first : NaN
    if (isSame) return
    const whole = [{ offset: 0, end: aligned(plan.arenaBytes) }]
    this.#taken =
      time === undefined || plan.occupied === undefined
        ? whole
        : plan.occupied.filter(({ first, last }) => first <= time.last && time.first <= last)
  }

  /** The offset of so many bytes. */
  take(bytes: number): number {
    const size = aligned(bytes)
    let offset = 0
    for (const range of [...this.#taken].sort((a, b) => a.offset - b.offset))
      if (range.offset < offset + size && offset < range.end) offset = aligned(range.end)
    this.#taken = [...this.#taken, { offset, end: offset + size }]
    this.bytes = Math.max(this.bytes, offset + size)
    const alive = this.#taken.reduce((sum, range) => sum + range.end - range.offset, 0)
    this.leastBytes = Math.max(this.leastBytes, alive)
    return offset
  }
}
