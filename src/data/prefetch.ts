/**
 * Prefetching: while the consumer works on one item, the next ones are made. Same items, same order, same errors.
 */

import { checkCount } from './checks.js'
import { isAsync, type Source } from './stream.js'

/** Lets what is waiting (the consumer, which starts the device's work) go first. */
const afterOthers = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })

/** A settled item, kept until its turn: an error is thrown when the consumer gets there, not before. */
type Settled<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown }

/**
 * The items of `source`, of which up to `ahead` are made before they are asked for, while a device works on the one
 * before (WebGPU works beside JavaScript) or a file is read. Order and items stay the same. An error comes where the
 * source threw it; leaving the loop early ends the source, after the item that is being made.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const batches = data.batches(data.fromArrays(np.arange(6)), 2)
 * for await (const batch of data.prefetch(batches)) console.log(batch.shape) // [2], three times
 * ```
 */
export function prefetch<T>(
  source: Source<T>,
  { ahead = 1 }: { readonly ahead?: number } = {},
): AsyncIterable<T> {
  checkCount('data.prefetch', 'ahead', ahead)
  return { [Symbol.asyncIterator]: () => prefetching(source, ahead) }
}

async function* prefetching<T>(source: Source<T>, ahead: number): AsyncGenerator<T> {
  const iterator = isAsync(source) ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const queue: Promise<Settled<T>>[] = []
  let last: Promise<unknown> = Promise.resolve()
  let ended = false
  const make = async (): Promise<Settled<T>> => {
    // An iterator need not bear a second question before it has answered the first.
    await last
    await afterOthers()
    if (ended) return { result: { done: true, value: undefined } }
    try {
      const result = await iterator.next()
      ended ||= result.done === true
      return { result }
    } catch (error) {
      ended = true
      return { error }
    }
  }
  const following = (): Promise<Settled<T>> => {
    const made = make()
    last = made
    return made
  }
  try {
    for (;;) {
      while (queue.length <= ahead) queue.push(following())
      const settled = await queue.shift()
      if (settled === undefined) return
      if ('error' in settled) throw settled.error
      if (settled.result.done === true) return
      yield settled.result.value
    }
  } finally {
    const wasOpen = !ended
    ended = true
    await last
    if (wasOpen) await iterator.return?.()
  }
}
