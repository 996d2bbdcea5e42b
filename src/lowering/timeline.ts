/**
 * When a program's kernels run, as numbers: kernels in order, the bodies of loops laid out once. Gives the time
 * from a buffer's first touch to its last; what a loop shares with its surroundings lives through the whole loop.
 */

import {
  readsOf,
  writesOf,
  type Kernel,
  type LeafKernel,
  type RepeatKernel,
  type WhileKernel,
} from './kernel.js'

export interface Life {
  readonly first: number
  readonly last: number
}

export interface Timeline {
  readonly leaves: readonly { readonly kernel: LeafKernel; readonly at: number }[]
  readonly loops: readonly { readonly kernel: RepeatKernel | WhileKernel; readonly span: Life }[]
  readonly lives: ReadonlyMap<number, Life>
  readonly length: number
}

export function timelineOf(kernels: readonly Kernel[]): Timeline {
  const leaves: { kernel: LeafKernel; at: number }[] = []
  const loops: { kernel: RepeatKernel | WhileKernel; span: Life }[] = []
  const lives = new Map<number, Life>()
  let now = 0
  const touch = (buffer: number, first: number, last: number): void => {
    const known = lives.get(buffer) ?? { first, last }
    lives.set(buffer, { first: Math.min(known.first, first), last: Math.max(known.last, last) })
  }
  const visit = (kernel: Kernel): void => {
    if (kernel.kind !== 'repeat' && kernel.kind !== 'while') {
      for (const buffer of [...readsOf(kernel), ...writesOf(kernel)]) touch(buffer, now, now)
      leaves.push({ kernel, at: now++ })
      return
    }
    const first = now
    if (kernel.kind === 'while') kernel.test.forEach(visit)
    kernel.body.forEach(visit)
    // The moment after the last kernel of the body belongs to the loop: what comes from outside is needed again.
    const last = now++
    for (const buffer of [...readsOf(kernel), ...writesOf(kernel)]) touch(buffer, first, last)
    loops.push({ kernel, span: { first, last } })
  }
  kernels.forEach(visit)
  return { leaves, loops, lives, length: now }
}
