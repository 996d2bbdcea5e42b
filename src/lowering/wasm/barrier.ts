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
import { FunctionBuilder } from './assembler/module.js'
import { control, failures, takenWords } from './control.js'

/** Looks at the generation before a thread sleeps: about 20 µs, what falling asleep and being woken costs. */
const spins = 20_000
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

/**
 * `barrier(control, thread, threads, patience)`. It traps where a thread has failed, and in thread 0 when patience
 * is at an end: only that thread can be left waiting by a worker that is gone without a word.
 */
export function defineBarrier(): FunctionBuilder {
  const names = ['control', 'thread', 'threads', 'patience'] as const
  const fn = new FunctionBuilder(
    'barrier',
    names.map((name) => [name, 'i32']),
  )
  const [block0, thread, threads, left] = fn.parameters as [Local, Local, Local, Local]
  const [generation, round, unused] = [
    fn.local('i32', 'generation'),
    fn.local('i32', 'round'),
    fn.local('i32', 'unused'),
  ]
  const word = (offset: number): Instruction => atomic('i32.atomic.load', get(block0), offset)
  const write = (offset: number, value: Instruction): Instruction =>
    atomic('i32.atomic.store', get(block0), offset, value)
  const count = (offset: number, by: number): Instruction =>
    atomic('i32.atomic.rmw.add', get(block0), offset, i32(by))

  const next = op('i32.add', get(generation), i32(1))
  const open = [
    write(control.arrived, i32(0)),
    write(control.generation, next),
    when(word(control.sleepers), [
      set(unused, atomic('memory.atomic.notify', get(block0), control.generation, i32(-1))),
    ]),
  ]
  const done = makeLabel('done')
  const passed = branch(done, op('i32.ne', word(control.generation), get(generation)))
  const spin = (times: number): Instruction[] => {
    const again = makeLabel('spin')
    return [
      set(round, i32(times)),
      loop(again, [passed, set(round, op('i32.sub', get(round), i32(1))), branch(again, get(round))]),
    ]
  }
  const sleep = [
    set(unused, count(control.sleepers, 1)),
    set(
      unused,
      atomic('memory.atomic.wait32', get(block0), control.generation, get(generation), constant('i64', nap)),
    ),
    set(unused, count(control.sleepers, -1)),
  ]
  const main = op('i32.eqz', get(thread))
  const again = makeLabel('wait')
  const wait = loop(again, [
    when(word(control.failed), [op('unreachable')]),
    when(main, [
      when(op('i32.eqz', get(left)), [write(control.failed, i32(failures.lateWorker)), op('unreachable')]),
      set(left, op('i32.sub', get(left), i32(1))),
    ]),
    when(op('i32.and', main, word(control.mainSpins)), spin(spinsOfNap), sleep),
    passed,
    branch(again),
  ])
  fn.body.push(
    set(generation, word(control.generation)),
    atomic('i32.atomic.store', takenAddress(get(block0), get(thread), next), 0, i32(0)),
    when(op('i32.eq', op('i32.add', count(control.arrived, 1), i32(1)), get(threads)), open, [
      block(done, [...spin(spins), wait]),
    ]),
  )
  return fn
}
