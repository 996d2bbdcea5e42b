/**
 * Who runs what: the steps of a program → the code of `run(table, thread, threads)`, which every thread executes.
 * A step that is worth it is shared among the threads; the others are run by thread 0 alone. A barrier stands before
 * a shared step if anything ran since the last one, and before a lone step if a shared one did: no thread touches
 * memory that another one may still be using, whatever the memory plan put there.
 */

import type { Kernel, LeafKernel, RepeatKernel, WhileKernel } from '../kernel.js'
import { defined } from '../../core/errors.js'
import {
  atomic,
  block,
  branch,
  call,
  get,
  i32,
  load,
  loop,
  makeLabel,
  op,
  set,
  smaller,
  when,
  type FunctionReference,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { countedLoop, FunctionBuilder, type ModuleBuilder } from './assembler/module.js'
import { defineBarrier, patienceFor, takenAddress } from './barrier.js'
import { BeforeLoops } from './beforeLoops.js'
import type { BufferPlace, Step } from './context.js'
import { control } from './control.js'

/** What the threads of a module are like. */
export interface ThreadOptions {
  /** The most threads that will run the program. */
  readonly threads: number
  /** Steps of less work than this are run by one thread: to meet and to wake up costs about as much. */
  readonly serialBelow: number
}

/** Nanoseconds. Threads that are awake meet within one or two µs. */
export const defaultSerialBelow = 20_000
/**
 * A program of less than so many times that work is over before a sleeping worker is awake; where one thread does most
 * of it anyway, workers that are awake only stand in its way.
 */
const wakingWorth = 10

type Part =
  | { readonly kind: 'alone'; readonly code: readonly Instruction[]; readonly work: number }
  | { readonly kind: 'shared'; readonly step: Step }
  | { readonly kind: 'repeat'; readonly times: number; readonly body: readonly Part[] }
  | {
      readonly kind: 'while'
      readonly test: readonly Part[]
      readonly predicate: number
      readonly body: readonly Part[]
    }

const isAlone = (part: Part): boolean => part.kind === 'alone'

interface Work {
  readonly shared: number
  readonly alone: number
}
const sum = (all: readonly Work[], times = 1): Work => ({
  shared: times * all.reduce((total, { shared }) => total + shared, 0),
  alone: times * all.reduce((total, { alone }) => total + alone, 0),
})

/** The work of all steps; a `while` may go on for any time. */
function workOf(part: Part): Work {
  if (part.kind === 'alone') return { shared: 0, alone: part.work }
  if (part.kind === 'shared') return { shared: part.step.work, alone: 0 }
  if (part.kind === 'repeat') return part.times === 0 ? sum([]) : sum(part.body.map(workOf), part.times)
  return { shared: Infinity, alone: 0 }
}

/** Whether code can get to a function of the host, which workers do not have. */
export function reachesHost(builder: ModuleBuilder, target: FunctionReference): boolean {
  if (builder.imports.length === 0) return false
  const seen = new Set<FunctionReference>()
  const visit = (f: FunctionReference): boolean => {
    if (builder.imports.includes(f)) return true
    if (seen.has(f)) return false
    seen.add(f)
    return f instanceof FunctionBuilder && f.body.some(inside)
  }
  const inside = (i: Instruction): boolean =>
    (i.kind === 'call' && visit(i.target)) ||
    ('args' in i && i.args.some(inside)) ||
    ('body' in i && i.body.some(inside)) ||
    ('otherwise' in i && i.otherwise.some(inside))
  return visit(target)
}

/** What scheduling asks of the module that it writes into. */
export interface Surroundings {
  readonly builder: ModuleBuilder
  /** The entry of the table that holds the address of the control block. */
  readonly controlSlot: number
  /** Scratch memory of kernels in a loop lives as long as the outermost loop. */
  emit(kernel: LeafKernel, inLoop: boolean): readonly Step[]
  place(buffer: number): BufferPlace
}

export class Schedule {
  readonly #around: Surroundings
  readonly #options: ThreadOptions
  readonly run = new FunctionBuilder('run', [
    ['table', 'i32'],
    ['thread', 'i32'],
    ['threads', 'i32'],
  ])
  readonly #table: Instruction
  readonly #thread: Instruction
  readonly #threads: Instruction
  readonly #loops: BeforeLoops<Part>
  #barrier: FunctionBuilder | null = null
  /** Who has run anything since the last barrier. */
  #since: 'nobody' | 'alone' | 'shared' = 'nobody'
  /** The work of the shared step before the next barrier. */
  #sharedWork = 0
  /** The most threads that a step has work for; 1 where no step is shared. */
  usefulThreads = 1
  /** Whether there is so much to share that sleeping workers should be waited for. */
  wakes = false

  constructor(around: Surroundings, options: ThreadOptions) {
    this.#around = around
    this.#loops = new BeforeLoops((buffer) => around.place(buffer))
    this.#options = options
    const [table, thread, threads] = this.run.parameters.map(get)
    this.#table = defined(table, 'wasm: run without a table')
    this.#thread = defined(thread, 'wasm: run without a thread')
    this.#threads = defined(threads, 'wasm: run without a number of threads')
  }

  /** Writes the body of `run`, and the barrier if there is one. */
  write(kernels: readonly Kernel[]): void {
    const found = this.#parts(kernels)
    const { shared, alone } = sum(found.map(workOf))
    this.wakes = shared >= wakingWorth * this.#options.serialBelow
    const isWorthwhile = this.wakes || shared >= alone
    if (!isWorthwhile) this.usefulThreads = 1
    const parts = isWorthwhile ? found : found.map((part) => this.#serial(part))
    if (parts.every(isAlone)) {
      this.run.body.push(...parts.flatMap((part) => (part.kind === 'alone' ? part.code : [])))
    } else {
      this.run.body.push(...this.#code(parts))
      // A lone step at the end is the caller's; a shared one is over when all have done their part.
      if (this.#since === 'shared') this.run.body.push(this.#meet())
    }
    this.#around.builder.functions.push(this.run)
    this.#around.builder.exports.push(this.run)
  }

  /** Neighbours that thread 0 runs are one part, and so is a loop with nothing to share in it. */
  #parts(kernels: readonly Kernel[]): Part[] {
    const parts: Part[] = []
    for (const part of kernels.flatMap((kernel) => this.#partsOf(kernel))) {
      const last = parts.at(-1)
      if (part.kind === 'alone' && last?.kind === 'alone')
        parts[parts.length - 1] = {
          kind: 'alone',
          code: [...last.code, ...part.code],
          work: last.work + part.work,
        }
      else parts.push(part)
    }
    return parts
  }

  #partsOf(kernel: Kernel): readonly Part[] {
    if (kernel.kind === 'repeat' || kernel.kind === 'while')
      return this.#loops.around(kernel, () => [this.#loop(kernel)])
    const steps = this.#around.emit(kernel, this.#loops.depth > 0)
    return steps.flatMap((step) => this.#loops.place(step, [this.#partOf(step)]))
  }

  #partOf(step: Step): Part {
    return this.#isShared(step) ? { kind: 'shared', step } : this.#lone(step)
  }

  #lone(step: Step): Part {
    const single = this.#options.threads === 1
    // A module for one thread still knows shares: tests run them one after another.
    const code = single ? this.#share(step, this.#thread, this.#threads) : this.#whole(step)
    return { kind: 'alone', code, work: step.work }
  }

  /** The part without shared steps. */
  #serial(part: Part): Part {
    const all = (parts: readonly Part[]): Part[] => parts.map((inner) => this.#serial(inner))
    switch (part.kind) {
      case 'alone':
        return part
      case 'shared':
        return this.#lone(part.step)
      case 'repeat':
        return this.#repeated(part.times, all(part.body))
      case 'while':
        return this.#untilDone(all(part.test), part.predicate, all(part.body))
    }
  }

  #loop(kernel: RepeatKernel | WhileKernel): Part {
    if (kernel.kind === 'repeat') {
      return this.#repeated(kernel.times, this.#parts(kernel.body))
    }
    return this.#untilDone(this.#parts(kernel.test), kernel.predicate, this.#parts(kernel.body))
  }

  #untilDone(test: readonly Part[], predicate: number, body: readonly Part[]): Part {
    if (![...test, ...body].every(isAlone)) return { kind: 'while', test, predicate, body }
    const code = this.#while(this.#code(test, true), predicate, this.#code(body, true))
    return { kind: 'alone', code, work: sum([...test, ...body].map(workOf)).alone }
  }

  #repeated(times: number, body: readonly Part[]): Part {
    if (!body.every(isAlone)) return { kind: 'repeat', times, body }
    const code = this.#repeat(times, this.#code(body, true))
    return { kind: 'alone', code, work: sum(body.map(workOf), times).alone }
  }

  #isShared(step: Step): boolean {
    const { threads, serialBelow } = this.#options
    if (threads === 1 || step.units < 2 || step.work < serialBelow) return false
    if (reachesHost(this.#around.builder, step.target)) return false
    const worthwhile = serialBelow === 0 ? step.units : Math.ceil((2 * step.work) / serialBelow)
    this.usefulThreads = Math.max(this.usefulThreads, Math.min(threads, step.units, worthwhile))
    return true
  }

  /** Code of parts that all threads run together; `inside`, of parts that are all thread 0's and that only it runs. */
  #code(parts: readonly Part[], inside = false): Instruction[] {
    return parts.flatMap((part) => {
      if (part.kind === 'alone') return inside ? part.code : this.#alone(part.code)
      if (part.kind === 'shared') return this.#shared(part.step)
      const before = this.#settle()
      if (part.kind === 'repeat') {
        const body = [...this.#code(part.body), ...this.#settle()]
        return [...before, ...this.#repeat(part.times, body)]
      }
      // All threads read the same predicate, and have read it before the next one is computed.
      const test = [...this.#code(part.test), ...this.#settle()]
      const body = [...this.#code(part.body), this.#meet()]
      return [...before, ...this.#while(test, part.predicate, body)]
    })
  }

  #alone(code: readonly Instruction[]): Instruction[] {
    const before = this.#since === 'shared' ? this.#settle() : []
    this.#since = 'alone'
    return [...before, when(op('i32.eqz', this.#thread), code)]
  }

  /**
   * Every thread takes pieces of its own share, so that it finds in its caches what it left there in the step before,
   * and then pieces of what others have not got round to: they may be slower, or not running at all.
   */
  #shared(step: Step): Instruction[] {
    const { target, units, grain, work } = step
    const before = this.#settle()
    this.#since = 'shared'
    this.#sharedWork = work
    const local = (name: string): Local => this.run.local('i32', name)
    const [share, piece, owner, left] = [local('share'), local('piece'), local('owner'), local('left')]
    const [taken, at, end] = [local('taken'), local('at'), local('end')]
    const [nextOwner, nextPiece, nothing] = [
      makeLabel('owner'),
      makeLabel('piece'),
      makeLabel('nothing_left'),
    ]
    const generation = atomic('i32.atomic.load', this.#control(), control.generation)
    const pieces = loop(nextPiece, [
      set(
        at,
        op(
          'i32.add',
          op('i32.mul', get(owner), get(share)),
          atomic('i32.atomic.rmw.add', get(taken), 0, get(piece)),
        ),
      ),
      branch(nothing, op('i32.ge_s', get(at), get(end))),
      call(
        target,
        this.#tableOf(step),
        get(at),
        smaller(op('i32.add', get(at), get(piece)), get(end)),
        this.#thread,
      ),
      branch(nextPiece),
    ])
    return [
      ...before,
      set(share, op('i32.div_u', op('i32.add', i32(units - 1), this.#threads), this.#threads)),
      // Some pieces for each share, lest one thread finish late.
      set(piece, smaller(op('i32.add', op('i32.shr_u', get(share), i32(2)), i32(1)), i32(grain))),
      set(owner, this.#thread),
      set(left, this.#threads),
      loop(nextOwner, [
        set(taken, takenAddress(this.#control(), get(owner), generation)),
        set(end, smaller(op('i32.mul', op('i32.add', get(owner), i32(1)), get(share)), i32(units))),
        block(nothing, [pieces]),
        set(owner, op('i32.add', get(owner), i32(1))),
        set(owner, op('select', get(owner), i32(0), op('i32.lt_u', get(owner), this.#threads))),
        set(left, op('i32.sub', get(left), i32(1))),
        branch(nextOwner, get(left)),
      ]),
    ]
  }

  /** A barrier, if anything ran since the last one. */
  #settle(): Instruction[] {
    return this.#since === 'nobody' ? [] : [this.#meet()]
  }

  #meet(): Instruction {
    if (this.#barrier === null) {
      this.#barrier = defineBarrier()
      this.#around.builder.functions.push(this.#barrier)
    }
    const patience = i32(patienceFor(this.#sharedWork))
    this.#since = 'nobody'
    this.#sharedWork = 0
    return call(this.#barrier, this.#control(), this.#thread, this.#threads, patience)
  }

  #tableOf({ table = 0 }: Step): Instruction {
    return table === 0 ? this.#table : op('i32.add', this.#table, i32(4 * table))
  }

  /** The address of the control block. */
  #control(): Instruction {
    return load('i32.load', this.#table, 4 * this.#around.controlSlot)
  }

  #repeat(times: number, body: readonly Instruction[]): Instruction[] {
    return countedLoop(this.run.local('i32', 'turn'), i32(0), i32(times), 1, body, true)
  }

  #while(test: readonly Instruction[], predicate: number, body: readonly Instruction[]): Instruction[] {
    const [top, done] = [makeLabel('while'), makeLabel('while_done')]
    const { slot, offset } = this.#around.place(predicate)
    const flag = load('i32.load', op('i32.add', load('i32.load', this.#table, 4 * slot), i32(offset)))
    return [block(done, [loop(top, [...test, branch(done, op('i32.eqz', flag)), ...body, branch(top)])])]
  }

  /** Calls the step's function for one thread's share of its units. */
  #share(step: Step, thread: Instruction, threads: Instruction): Instruction[] {
    const { units } = step
    const [start, end] = [this.run.local('i32', 'start'), this.run.local('i32', 'end')]
    return [
      set(end, op('i32.div_u', op('i32.add', i32(units - 1), threads), threads)),
      set(start, op('i32.mul', thread, get(end))),
      set(end, smaller(op('i32.add', get(start), get(end)), i32(units))),
      ...this.#grains(step, get(start), get(end), false),
    ]
  }

  /** Calls the step's function for all of its units. */
  #whole(step: Step): Instruction[] {
    return this.#grains(step, i32(0), i32(step.units), step.units > 0)
  }

  /** A grain at a time; `runs` says that there is at least one unit. */
  #grains(step: Step, start: Instruction, end: Instruction, runs: boolean): Instruction[] {
    const { target, units, grain } = step
    const part = (from: Instruction, to: Instruction): Instruction =>
      call(target, this.#tableOf(step), from, to, this.#thread)
    if (units <= grain) return [part(start, end)]
    const at = this.run.local('i32', 'at')
    const turn = part(get(at), smaller(op('i32.add', get(at), i32(grain)), end))
    return countedLoop(at, start, end, grain, [turn], runs)
  }
}
