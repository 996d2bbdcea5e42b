/**
 * What a worker thread runs, as source text: Node's worker_threads and the browser's Worker take it as it is, so that
 * neither bundlers nor loaders of TypeScript have to know about it. A worker gets the memory once, as its first
 * message; from then on it waits for its ticket in the control block to change and never returns to its event loop.
 */

import { control, failures, workerWords } from '../../lowering/wasm/control.js'

/** What a worker is told at its start. */
export interface WorkerData {
  readonly memory: WebAssembly.Memory
  /** The address of the control block. */
  readonly control: number
}

/** Milliseconds for which a worker looks for its next program before it sleeps. */
const awake = 0.2
/** The same at most, while the main thread runs a small program alone. */
const longAwake = 1
/** Programs that a worker keeps; others are compiled again, which costs little: the engine knows their code. */
const kept = 512

const { ticket, asleep } = workerWords(1)
const stride = workerWords(2).ticket - ticket

export const workerSource = `'use strict'
const serve = ({ memory, control }) => {
  // Words of the control block. They stay where they are when the memory grows, and so does this view.
  const words = new Int32Array(memory.buffer, control)
  const word = (offset) => Atomics.load(words, offset >>> 2)
  const programs = new Map()

  // The host's functions stay with the host: steps that may call one are not shared.
  const refuse = () => { throw new Error('a worker thread called a function of the host') }
  const load = (id) => {
    // Growing by nothing makes the buffer as long as the memory is by now.
    memory.grow(0)
    const bytes = new Uint8Array(memory.buffer, word(${control.moduleAddress}) >>> 0, word(${control.moduleBytes}))
    const module = new WebAssembly.Module(bytes.slice())
    const env = { memory }
    for (const { kind, name } of WebAssembly.Module.imports(module)) if (kind === 'function') env[name] = refuse
    const { run } = new WebAssembly.Instance(module, { env }).exports
    programs.set(id, run)
    if (programs.size > ${kept}) programs.delete(programs.keys().next().value)
    return run
  }

  // Numbers go to workers in the order in which they become ready: the first n are always those that can be used.
  const number = Atomics.add(words, ${control.ready >>> 2}, 1) + 1
  const ticket = (${ticket} + (number - 1) * ${stride}) >>> 2
  const asleep = (${asleep} + (number - 1) * ${stride}) >>> 2
  let seen = 0
  const wait = () => {
    let start = performance.now()
    let until = start + ${awake}
    for (let round = 1; Atomics.load(words, ticket) === seen; round++) {
      if (round % 256 !== 0) continue
      const now = performance.now()
      // Woken while a program runs without this thread: the next one may want it.
      if (word(${control.alone}) !== 0 && now < start + ${longAwake}) until = now + ${awake}
      if (now < until) continue
      Atomics.store(words, asleep, 1)
      Atomics.wait(words, ticket, seen)
      Atomics.store(words, asleep, 0)
      start = performance.now()
      until = start + ${awake}
    }
    seen = Atomics.load(words, ticket)
  }
  try {
    for (;;) {
      wait()
      if (word(${control.failed}) !== 0) return
      const id = word(${control.program})
      const run = programs.get(id) ?? load(id)
      run(word(${control.table}), number, word(${control.threads}))
    }
  } catch (error) {
    // Threads that wait for this one learn it from the word, the runtime from the error.
    if (Atomics.compareExchange(words, ${control.failed >>> 2}, 0, ${failures.threw}) !== 0) return
    Atomics.notify(words, ${control.generation >>> 2})
    throw error
  }
}
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads')
if (node) serve(node.workerData)
else self.onmessage = ({ data }) => serve(data)
`
