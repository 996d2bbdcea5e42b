/**
 * Makes the garbage collector notice device memory. Buffers are invisible to it, and finalizers run only between
 * tasks; so allocations are counted. When forgotten ones may have piled up, the collector is told so, and an awaited
 * read provokes a collection and lets some tasks pass.
 */

/** Bytes and arrays that may pile up uncollected before an awaited read does something about it. */
const byteLimit = 64 * 2 ** 20
const arrayLimit = 8192
/** What V8 is told to have been allocated in one turn; the pages are never touched. */
const ballastBytes = 64 * 2 ** 20
/** Turns that follow at once; then the collector's own threads get some milliseconds each. */
const quickTurns = 16
const maxTurns = 128
const slowTurnMilliseconds = 4

/** Allocated and not released by hand since the last collection. */
let bytes = 0
let arrays = 0
/** Grows with what turned out to be alive, so that many live arrays do not cause collections all the time. */
let limits = { bytes: byteLimit, arrays: arrayLimit }
let collected = { bytes: 0, arrays: 0 }
let running: Promise<void> | null = null

/** Told to the collector at this many; later each time, in case the program gives finalizers no turn. */
let tellAt = limits
/** Several times before that many more have piled up: once is often not enough to start a full cycle. */
const tellLater = 1.1

export const noteAllocated = (n: number): void => {
  bytes += n
  arrays++
  if (bytes <= tellAt.bytes && arrays <= tellAt.arrays) return
  tellAt = {
    bytes: tellLater * Math.max(bytes, byteLimit),
    arrays: tellLater * Math.max(arrays, arrayLimit),
  }
  allocateBallast()
}
export const noteReleased = (n: number): void => {
  bytes -= n
  arrays--
}
/** Told of a forgotten array. */
export const noteCollected = (n: number): void => {
  collected = { bytes: collected.bytes + n, arrays: collected.arrays + 1 }
  tellAt = limits
}

export const underPressure = (): boolean => bytes > limits.bytes || arrays > limits.arrays

/** Provokes a collection and waits until finalizers have run. */
export async function relievePressure(): Promise<void> {
  running ??= collect().finally(() => {
    running = null
  })
  return running
}

async function collect(): Promise<void> {
  const before = { bytes, arrays }
  collected = { bytes: 0, arrays: 0 }
  const sentinel = makeSentinel()
  for (let turns = 0; turns < maxTurns && !sentinel.isCollected; turns++) {
    allocateBallast()
    await (turns < quickTurns ? nextTask() : sleep(slowTurnMilliseconds))
  }
  const left = { bytes: before.bytes - collected.bytes, arrays: before.arrays - collected.arrays }
  // What a whole collection left is alive: the next one waits until as much again has been allocated.
  const alive = sentinel.isCollected ? left : { bytes: 0, arrays: 0 }
  limits = {
    bytes: left.bytes + Math.max(byteLimit, alive.bytes),
    arrays: left.arrays + Math.max(arrayLimit, alive.arrays),
  }
}

/** What is held for an object that may be forgotten; it must not hold the object. */
export interface Forgettable {
  /** Called some time after the object was collected. */
  collected(): void
}

const forgotten = new FinalizationRegistry<Forgettable>((held) => held.collected())
export const whenForgotten = (object: object, held: Forgettable): void => forgotten.register(object, held)

/** Something forgotten at once: when it is collected, so is everything that was forgotten before it. */
function makeSentinel(): { readonly isCollected: boolean } {
  const state = { isCollected: false }
  whenForgotten(
    {},
    {
      collected: () => {
        state.isCollected = true
      },
    },
  )
  return state
}

/** External memory that dies at once: it moves the collector's next full cycle forward. */
function allocateBallast(): void {
  try {
    void new ArrayBuffer(ballastBytes)
  } catch {
    // An engine that cannot reserve it is collecting already.
  }
}

/** Resolves in a later task, when finalizers have had their turn. */
export function nextTask(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
