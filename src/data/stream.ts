/**
 * Iterables of items, at once or awaited: map, batch, shuffle. A stage takes items one by one and says what comes out;
 * it does not know whether its source is asynchronous. What comes out is as its source is, can be run through
 * again if that can, and hands early returns and errors on.
 */

import { checkCount } from './checks.js'
import { collate, type Collated } from './collate.js'
import { generator } from './permutation.js'

/** A source of items: an array, a generator, batches, a stream of a file. */
export type Source<T> = Iterable<T> | AsyncIterable<T>

/** One run of a transformation of a sequence. */
interface Stage<T, R> {
  /** What comes out when `item` goes in. */
  push(item: T): Iterable<R>
  /** What comes out at the end. */
  end(): Iterable<R>
}

export const isAsync = <T>(source: Source<T>): source is AsyncIterable<T> => Symbol.asyncIterator in source

/** Sends a source through a stage, a new one for each run. */
export function through<T, R>(source: Source<T>, stage: () => Stage<T, R>): Source<R> {
  if (isAsync(source))
    return {
      async *[Symbol.asyncIterator]() {
        const { push, end } = stage()
        for await (const item of source) yield* push(item)
        yield* end()
      },
    }
  return {
    *[Symbol.iterator]() {
      const { push, end } = stage()
      for (const item of source) yield* push(item)
      yield* end()
    },
  }
}

/**
 * `f` of every item and its number. Over an asynchronous source `f` may be asynchronous too.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * const batches = data.batches(data.fromArrays({ x: np.arange(4) }), 2)
 * for (const x of data.map(batches, ({ x }) => x.mul(10))) console.log(x.js()) // [0, 10], then [20, 30]
 * ```
 */
export function map<T, R>(source: Iterable<T>, f: (item: T, index: number) => R): Iterable<R>
export function map<T, R>(
  source: AsyncIterable<T>,
  f: (item: T, index: number) => R | Promise<R>,
): AsyncIterable<R>
export function map<T, R>(
  source: Source<T>,
  f: (item: T, index: number) => R | Promise<R>,
): Source<R | Promise<R>> {
  return through(source, () => {
    let index = 0
    // Generators that are asynchronous await what they yield.
    return { push: (item: T) => [f(item, index++)], end: () => [] }
  })
}

/**
 * Examples of a stream in batches of `size`: trees of host tensors, arrays and numbers, stacked along a new first axis
 * (`data.batches` does this for datasets, and faster). A last batch of fewer comes at the end, unless `dropRemainder`
 * is set. Errors: `shape` where the shapes of examples in a batch differ (`data.paddedBatches` pads them).
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * function* examples() {
 *   for (let i = 0; i < 3; i++) yield { x: i / 2, label: i }
 * }
 * for (const { x, label } of data.batch(examples(), 2)) console.log(x.js(), label.dtype) // [0, 0.5] int32, then [1] int32
 * ```
 */
export function batch<T>(
  source: Iterable<T>,
  size: number,
  options?: { readonly dropRemainder?: boolean },
): Iterable<Collated<T>>
export function batch<T>(
  source: AsyncIterable<T>,
  size: number,
  options?: { readonly dropRemainder?: boolean },
): AsyncIterable<Collated<T>>
export function batch<T>(
  source: Source<T>,
  size: number,
  { dropRemainder = false }: { readonly dropRemainder?: boolean } = {},
): Source<Collated<T>> {
  checkCount('data.batch', 'size', size)
  return through(source, () => {
    let items: T[] = []
    const flush = (): Collated<T>[] => {
      const full = items
      items = []
      return [collate(full)]
    }
    return {
      push: (item: T) => (items.push(item) === size ? flush() : []),
      end: () => (items.length > 0 && !dropRemainder ? flush() : []),
    }
  })
}

/**
 * The items of a stream in another order, which `seed` and `epoch` determine: each place is taken by one of `buffer`
 * items, which are held in memory, and the next item of the stream takes its place among them. A buffer as
 * long as the stream gives every order the same chance; `data.shuffle` does that for datasets.
 *
 * @example
 * ```ts
 * import { data } from 'cotangent'
 * const order = [...data.shuffleStream([0, 1, 2, 3, 4], { buffer: 3, seed: 1 })]
 * console.log(order.toSorted()) // [0, 1, 2, 3, 4]
 * ```
 */
export function shuffleStream<T>(source: Iterable<T>, options: StreamShuffle): Iterable<T>
export function shuffleStream<T>(source: AsyncIterable<T>, options: StreamShuffle): AsyncIterable<T>
export function shuffleStream<T>(source: Source<T>, { buffer, seed, epoch = 0 }: StreamShuffle): Source<T> {
  checkCount('data.shuffleStream', 'buffer', buffer)
  return through(source, () => {
    const below = generator(seed, epoch)
    const held: T[] = []
    /** One of those held, whose place `item` takes. */
    const exchange = (item: T): T => {
      const i = below(held.length)
      const out = held[i] as T
      held[i] = item
      return out
    }
    return {
      push: (item: T) => (held.length < buffer ? (held.push(item), []) : [exchange(item)]),
      *end() {
        while (held.length > 0) {
          const i = below(held.length)
          const out = held[i] as T
          const last = held.pop() as T
          if (i < held.length) held[i] = last
          yield out
        }
      },
    }
  })
}

export interface StreamShuffle {
  /** How many items are held in memory. */
  readonly buffer: number
  readonly seed: number
  /** default 0 */
  readonly epoch?: number
}
