/**
 * The barrier as a function of generated code: no thread returns from it before all have called it. The last one to
 * arrive starts a new generation; the others watch for that, at first awake and then asleep.
 */

import {
  atomic,
  block,
  branch,
  constant,
  get,
  i32,
  loop,
  makeLabel,
  op,
  scale,
  set,
  when,
  type Instruction,
  type Local,
} from './assembler/instruction.js'
import { type FunctionBuilder, integerFunction } from './assembler/module.js'
import { control, failures, takenWords } from './control.js'

/**
 * Looks at the generation before a thread sleeps: about 100 µs. To fall asleep and be woken costs half of that, and the
 * steps of a loop that others are at take about as long.
 */
const spins = 300_000
/** Sleeping threads look about every so many nanoseconds whether something failed. */
const nap = 100_000_000
/** About as long, for a thread that may not sleep. */
const spinsOfNap = 50_000_000
/** Naps in which a worker must have started a program. */
const patience = 100

/** The address of the counter of units taken from a thread's share, in a generation. */
export function takenAddress(block: Instruction, thread: Instruction, generation: Instruction): Instruction {
  const parity = op('i32.and', generation, i32(1))
  return op(
    'i32.add',
    op('i32.add', block, scale(thread, takenWords.perThread)),
    op('i32.add', scale(parity, takenWords.odd), i32(takenWords.start)),
  )
}

/** So many naps thread 0 waits for workers that have `work` nanoseconds of work: far more than it can take. */
export const patienceFor = (work: number): number =>
  Math.min(0x7fff_ffff, patience + Math.ceil((20 * work) / nap))

/** The variables of the barrier. */
interface Names {
  readonly control: Local
  readonly thread: Local
  /** Naps until thread 0 gives up. */
  readonly left: Local
  readonly generation: Local
  readonly round: Local
  readonly unused: Local
}

const word = (n: Names, offset: number): Instruction => atomic('i32.atomic.load', get(n.control), offset)
const write = (n: Names, offset: number, value: Instruction): Instruction =>
  atomic('i32.atomic.store', get(n.control), offset, value)
const count = (n: Names, offset: number, by: number): Instruction =>
  atomic('i32.atomic.rmw.add', get(n.control), offset, i32(by))

/** What the last thread to arrive does. */
const open = (n: Names): Instruction[] => [
  write(n, control.arrived, i32(0)),
  write(n, control.generation, op('i32.add', get(n.generation), i32(1))),
  when(word(n, control.sleepers), [
    set(n.unused, atomic('memory.atomic.notify', get(n.control), control.generation, i32(-1))),
  ]),
]

/** One nap, or until the generation changes. */
const sleep = (n: Names): Instruction[] => [
  set(n.unused, count(n, control.sleepers, 1)),
  set(
    n.unused,
    atomic(
      'memory.atomic.wait32',
      get(n.control),
      control.generation,
      get(n.generation),
      constant('i64', nap),
    ),
  ),
  set(n.unused, count(n, control.sleepers, -1)),
]

/** What the others do. */
function wait(n: Names): Instruction {
  const done = makeLabel('done')
  const passed = branch(done, op('i32.ne', word(n, control.generation), get(n.generation)))
  const spin = (times: number): Instruction[] => {
    const again = makeLabel('spin')
    return [
      set(n.round, i32(times)),
      loop(again, [passed, set(n.round, op('i32.sub', get(n.round), i32(1))), branch(again, get(n.round))]),
    ]
  }
  const main = op('i32.eqz', get(n.thread))
  const again = makeLabel('wait')
  const turn = [
    when(word(n, control.failed), [op('unreachable')]),
    when(main, [
      when(op('i32.eqz', get(n.left)), [
        write(n, control.failed, i32(failures.lateWorker)),
        op('unreachable'),
      ]),
      set(n.left, op('i32.sub', get(n.left), i32(1))),
    ]),
    when(op('i32.and', main, word(n, control.mainSpins)), spin(spinsOfNap), sleep(n)),
    passed,
    branch(again),
  ]
  return block(done, [...spin(spins), loop(again, turn)])
}

/**
 * `barrier(control, thread, threads, patience)`. It traps where a thread has failed, and in thread 0 when patience
 * is at an end: only that thread can be left waiting by a worker that is gone without a word.
 */
export function defineBarrier(): FunctionBuilder {
  const { fn, parameters } = integerFunction('barrier', ['control', 'thread', 'threads', 'patience'])
  const [block0, thread, threads, left] = parameters
  const local = (name: string): Local => fn.local('i32', name)
  const [generation, round, unused] = [local('generation'), local('round'), local('unused')]
  const n: Names = { control: block0, thread, left, generation, round, unused }
  const next = op('i32.add', get(generation), i32(1))
  const arrived = op('i32.add', count(n, control.arrived, 1), i32(1))
  fn.body.push(
    set(generation, word(n, control.generation)),
    atomic('i32.atomic.store', takenAddress(get(block0), get(thread), next), 0, i32(0)),
    when(op('i32.eq', arrived, get(threads)), open(n), [wait(n)]),
  )
  return fn
}
