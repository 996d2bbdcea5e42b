/**
 * The control block: the words of shared memory through which threads meet. Emission knows them for barriers, the
 * runtime for handing out programs. Byte offsets from the start of the block; words that different threads write at
 * the same time are a cache line apart.
 */

const line = 64

/** The most threads that a control block has room for. */
export const mostThreads = 64

export const control = {
  /** Threads that have reached the barrier. */
  arrived: 0,
  /** Barriers passed; threads wait for it to change. */
  generation: line,
  /** Threads that sleep at the barrier. */
  sleepers: 2 * line,
  /** Why nobody should wait any longer, one of `failures`; 0 if all is well. */
  failed: 3 * line,
  /** 1 where thread 0 must not sleep (the main thread of a page): it spins instead. */
  mainSpins: 3 * line + 4,
  /** Workers that are ready: thread numbers go from 1 to this. */
  ready: 4 * line,
  /** What to run: the program's number, the address and length of its module, the address of its table, how many run it. */
  program: 5 * line,
  moduleAddress: 5 * line + 4,
  moduleBytes: 5 * line + 8,
  table: 5 * line + 12,
  threads: 5 * line + 16,
  /** 1 while thread 0 runs a program alone that it would share with workers that were awake. */
  alone: 5 * line + 20,
} as const

/** The words of a worker: one that changes when there is something to run for it, and whether it sleeps. */
const firstWorker = 6 * line
export const workerWords = (thread: number): { readonly ticket: number; readonly asleep: number } => ({
  ticket: firstWorker + (thread - 1) * line,
  asleep: firstWorker + (thread - 1) * line + 4,
})

/**
 * For each thread, how many units of its share of a shared step have been taken. There are two such counters, used in
 * turn: generations with an even number have the first one. A thread clears its other one when it comes to a barrier;
 * nobody looks at that one then.
 */
const firstTaken = firstWorker + (mostThreads - 1) * line
export const takenWords = { start: firstTaken, perThread: 2 * line, odd: line } as const

export const controlBytes = firstTaken + mostThreads * takenWords.perThread

/** Values of `failed`. */
export const failures = { threw: 1, lateWorker: 2 } as const
