/**
 * Workers for the limits, in Node and in pages: a program as text, because it has to run in either without a bundler.
 * A worker waits at a barrier in shared memory until all are there, does its part, and tells how long it took.
 */

/** One part of a measurement: a function of the module with its arguments. */
export interface Part {
  readonly name: string
  readonly args: readonly number[]
}

export interface WorkerLike {
  run(part: Part, barrier: number): Promise<number>
  close(): void
}

/** Words 0 … 63 of the memory are barriers; a new one for each measurement. */
const program = `
  let instance
  let words
  let count
  const handle = (message, reply) => {
    if (message.module) {
      instance = new WebAssembly.Instance(message.module, { env: { memory: message.memory } })
      words = new Int32Array(message.memory.buffer, 0, 64)
      count = message.count
      return reply(0)
    }
    const { part, barrier } = message
    const run = instance.exports[part.name]
    run(...part.args)
    Atomics.add(words, barrier, 1)
    while (Atomics.load(words, barrier) < count);
    const start = performance.now()
    run(...part.args)
    reply(performance.now() - start)
  }
`
const inNode = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', (message) => handle(message, (ms) => parentPort.postMessage(ms)))
`
const inPage = `
  onmessage = ({ data }) => handle(data, (ms) => postMessage(ms))
`

interface Channel {
  send(message: unknown): void
  receive(): Promise<number>
  close(): void
}

async function channelInNode(): Promise<Channel> {
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(program + inNode, { eval: true })
  return {
    send: (message) => worker.postMessage(message),
    receive: () =>
      new Promise((resolve, reject) => {
        worker.removeAllListeners()
        worker.once('message', resolve)
        worker.once('error', reject)
      }),
    close: () => void worker.terminate(),
  }
}

function channelInPage(): Channel {
  const url = URL.createObjectURL(new Blob([program + inPage], { type: 'text/javascript' }))
  const worker = new Worker(url)
  return {
    send: (message) => worker.postMessage(message),
    receive: () =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data as number)
        worker.onerror = ({ message }) => reject(new Error(message))
      }),
    close: () => worker.terminate(),
  }
}

/** A worker of a team of `count`. */
export async function openWorker(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  count: number,
): Promise<WorkerLike> {
  const channel = typeof Worker === 'undefined' ? await channelInNode() : channelInPage()
  const ask = (message: unknown): Promise<number> => {
    const reply = channel.receive()
    channel.send(message)
    return reply
  }
  await ask({ module, memory, count })
  return { run: (part, barrier) => ask({ part, barrier }), close: () => channel.close() }
}
