/**
 * The threads of a machine: workers, the control block through which they get programs, and what happens when one
 * of them is lost. Workers are started by the second run of programs that have work for them; until they are ready,
 * programs run on the threads that are.
 */

import { control, controlBytes, failures, takenWords, workerWords } from '../../lowering/wasm/control.js'
import type { Launch, WorkerHandle } from './environment.js'

/** A program as workers get it. */
export interface SharedProgram {
  /** Never used again for another program. */
  readonly id: number
  readonly moduleAddress: number
  readonly moduleBytes: number
  readonly table: number
  readonly usefulThreads: number
  /** Whether sleeping workers should be waited for. */
  readonly wakes: boolean
}

export interface TeamOptions {
  readonly memory: WebAssembly.Memory
  /** Of `controlBytes` of the memory that nobody else uses. */
  readonly address: number
  /** The main thread included. */
  readonly threads: number
  /** The main thread must not sleep. */
  readonly mainSpins: boolean
  readonly launch: Launch
}

type Run = (table: number, thread: number, threads: number) => void

const word = (offset: number): number => offset >>> 2
/** Where the ticket of a thread is among the words, and how far from it the word that says that it sleeps. */
const [first, second] = [workerWords(1), workerWords(2)]
const ticketOf = (thread: number): number =>
  word(first.ticket + (thread - 1) * (second.ticket - first.ticket))
const asleep = word(first.asleep - first.ticket)

export class Team {
  /** Threads, the main one included, when all workers are ready. */
  readonly size: number
  /** The address of the control block. */
  readonly control: number
  readonly #memory: WebAssembly.Memory
  readonly #words: Int32Array
  readonly #launch: Launch
  #workers: WorkerHandle[] = []
  #lastThreads = 0
  #state: 'idle' | 'started' | 'stopped' = 'idle'
  /** Why workers could not be started; then the main thread works alone. */
  unavailable: string | null = null
  /** Whether a program ran that had work for workers. */
  #wanted = false
  readonly #failed: (reason: string) => void

  /** `failed` is called when the machine is lost: threads may have stopped in the middle of a program. */
  constructor(
    { memory, address, threads, mainSpins, launch }: TeamOptions,
    failed: (reason: string) => void,
  ) {
    this.size = threads
    this.#failed = failed
    this.control = address
    this.#memory = memory
    this.#launch = launch
    this.#words = new Int32Array(memory.buffer, address, controlBytes / 4)
    this.#words.fill(0)
    this.#words[word(control.mainSpins)] = Number(mainSpins)
  }

  /** Threads that can run a program now. */
  get ready(): number {
    return this.unavailable === null ? 1 + Atomics.load(this.#words, word(control.ready)) : 1
  }

  /** Starts the workers, if they are not running yet; they become ready by themselves. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'started'
    try {
      for (let i = 1; i < this.size; i++)
        this.#workers.push(
          this.#launch({ memory: this.#memory, control: this.control }, (reason) => this.#ended(reason)),
        )
    } catch (error) {
      this.unavailable = error instanceof Error ? error.message : String(error)
      this.#stopWorkers()
    }
  }

  /** Resolves when all workers are ready, or will not be, or after `timeout` milliseconds. */
  async whenReady(timeout: number): Promise<void> {
    const until = Date.now() + timeout
    while (this.ready < this.size && this.unavailable === null && this.#state === 'started') {
      if (Date.now() > until) return
      await new Promise((resolve) => {
        setTimeout(resolve, 1)
      })
    }
  }

  /** Runs a program on the threads that are ready and that it has work for. An exception leaves the team failed. */
  run(run: Run, program: SharedProgram): void {
    // To start workers takes longer than most programs run: whoever runs only one does not wait for that in vain.
    if (this.#wanted) this.start()
    this.#wanted = true
    const words = this.#words
    const useful = Math.min(this.ready, program.usefulThreads)
    const threads = program.wakes ? useful : this.#awake(useful)
    if (threads !== this.#lastThreads) this.#clearTaken(threads)
    if (threads > 1) {
      words[word(control.program)] = program.id
      words[word(control.moduleAddress)] = program.moduleAddress
      words[word(control.moduleBytes)] = program.moduleBytes
      words[word(control.table)] = program.table
      words[word(control.threads)] = threads
      for (let thread = 1; thread < threads; thread++) {
        const at = ticketOf(thread)
        Atomics.add(words, at, 1)
        if (Atomics.load(words, at + asleep) !== 0) Atomics.notify(words, at)
      }
    }
    words[word(control.alone)] = Number(threads < useful)
    try {
      run(program.table, 0, threads)
    } catch (error) {
      if (threads > 1) this.#fail(error)
      throw error
    } finally {
      words[word(control.alone)] = 0
    }
  }

  /** How many of the first threads are awake. The others are woken, to be there if another small program follows. */
  #awake(threads: number): number {
    const words = this.#words
    let awake = 1
    for (let thread = 1; thread < threads; thread++) {
      const at = ticketOf(thread)
      if (Atomics.load(words, at + asleep) !== 0) Atomics.notify(words, at)
      else if (awake === thread) awake++
    }
    return awake
  }

  /** Threads clear their counters as they go; those that were not there have not. */
  #clearTaken(threads: number): void {
    const first = word(takenWords.start)
    this.#words.fill(0, first, first + threads * word(takenWords.perThread))
    this.#lastThreads = threads
  }

  /** Ends all workers. Nobody may use the control block any more, and it must not be given to another team. */
  stop(): void {
    this.#state = 'stopped'
    Atomics.compareExchange(this.#words, word(control.failed), 0, failures.threw)
    this.#stopWorkers()
  }

  #stopWorkers(): void {
    for (const worker of this.#workers) worker.stop()
    this.#workers = []
  }

  #fail(error: unknown): void {
    const before = Atomics.compareExchange(this.#words, word(control.failed), 0, failures.threw)
    Atomics.notify(this.#words, word(control.generation))
    const message = error instanceof Error ? error.message : String(error)
    this.#state = 'stopped'
    this.#failed(
      before === failures.lateWorker
        ? 'a worker thread did not do its part'
        : before === failures.threw
          ? 'a worker thread failed'
          : `a program failed while several threads ran it (${message})`,
    )
  }

  /** A worker that is gone: before any was ready there is just no help, afterwards nothing can be relied on. */
  #ended(reason: string): void {
    if (this.#state !== 'started') return
    if (this.ready === 1) {
      this.unavailable ??= reason
      this.stop()
      return
    }
    this.#state = 'stopped'
    this.#failed(`a worker thread is gone: ${reason}`)
  }
}
