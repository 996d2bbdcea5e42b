// Laws of data: shuffling permutes, splitting partitions, batches go on where they were left, prefetching changes nothing.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { data, defaultDevice } from 'cotangent'
import { law } from './support.js'

defaultDevice('reference')

const numbered = (n: number): data.Dataset<data.HostTensor> =>
  data.fromArrays({ data: Int32Array.from({ length: n }, (_, i) => i), shape: [n], dtype: 'int32' })

const options = fc.record({
  n: fc.integer({ min: 0, max: 40 }),
  size: fc.integer({ min: 1, max: 12 }),
  dropRemainder: fc.boolean(),
  seed: fc.nat(),
  epoch: fc.nat(9),
  buffer: fc.integer({ min: 1, max: 50 }),
})

const sorted = (items: Iterable<number>): number[] => [...items].sort((a, b) => a - b)
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** A source that is asynchronous, or fails after some items. */
async function* later<T>(items: readonly T[], failing = false): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
  if (failing) throw new Error('the source failed')
}

async function collect<T>(source: data.Source<T>): Promise<{ items: T[]; error: string | null }> {
  const items: T[] = []
  try {
    for await (const item of source) items.push(item)
  } catch (error) {
    return { items, error: String(error) }
  }
  return { items, error: null }
}

law('a shuffled dataset has the same rows', options, 200, ({ n, seed, epoch }) => {
  expect(sorted(data.shuffle(numbered(n), seed, epoch).rows)).toEqual(upTo(n))
})

law('a shuffled stream has the same items, and the same order again', options, 200, async (given) => {
  const once = [...data.shuffleStream(upTo(given.n), given)]
  expect(sorted(once)).toEqual(upTo(given.n))
  expect([...data.shuffleStream(upTo(given.n), given)]).toEqual(once)
  expect((await collect(data.shuffleStream(later(upTo(given.n)), given))).items).toEqual(once)
  // An item moves forward by less than the buffer.
  once.forEach((item, at) => expect(item - at).toBeLessThan(given.buffer))
})

const cuts = fc.tuple(
  fc.integer({ min: 0, max: 30 }),
  fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 4 }),
)
law('the parts of a split are the whole', cuts, 200, ([rest, sizes]) => {
  const n = rest + sizes.reduce((a, b) => a + b, 0)
  const parts = data.split(numbered(n), sizes)
  expect(parts.flatMap((part) => [...part.rows])).toEqual(upTo(n))
  expect(parts.slice(0, sizes.length).map(({ length }) => length)).toEqual(sizes)
})

law('batches from a number on are the last of all batches', options, 100, ({ n, size, ...given }) => {
  const dataset = data.shuffle(numbered(n), given.seed, given.epoch)
  const all = [...data.batches(dataset, size, given)].map((batch) => batch.js())
  for (let from = 0; from <= all.length; from++) {
    const rest = data.batches(dataset, size, { ...given, from })
    expect([...rest].map((batch) => batch.js())).toEqual(all.slice(from))
    expect(rest.length).toBe(all.length - from)
  }
})

law('batches of a stream are those of a dataset', options, 100, async ({ n, size, dropRemainder }) => {
  const expected = [...data.batches(numbered(n), size, { dropRemainder })].map((batch) => batch.js())
  const atOnce = data.batch(upTo(n), size, { dropRemainder })
  const awaited = data.batch(later(upTo(n)), size, { dropRemainder })
  expect([...atOnce].map((batch) => batch.js())).toEqual(expected)
  expect((await collect(awaited)).items.map((batch) => batch.js())).toEqual(expected)
})

const prefetching = fc.record({
  items: fc.array(fc.integer()),
  ahead: fc.integer({ min: 1, max: 5 }),
  failing: fc.boolean(),
  awaited: fc.boolean(),
})
law(
  'prefetching gives the same items and errors',
  prefetching,
  100,
  async ({ items, ahead, failing, awaited }) => {
    function* now(): Generator<number> {
      yield* items
      if (failing) throw new Error('the source failed')
    }
    const source = (): data.Source<number> => (awaited ? later(items, failing) : now())
    expect(await collect(data.prefetch(source(), { ahead }))).toEqual(await collect(source()))
  },
)

const sequences = fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 12 }), {
  minLength: 1,
  maxLength: 20,
})
law('padded sequences are the sequences where the mask is true', sequences, 100, (lists) => {
  const { values, mask, lengths } = data.padSequences(lists, { multipleOf: 4, value: 99 })
  const width = values.shape[1] ?? 0
  expect([...lengths.data]).toEqual(lists.map((list) => list.length))
  expect(width % 4).toBe(0)
  const rows = lists.map((_, i) => {
    const at = upTo(width).map((j) => i * width + j)
    for (const j of at) if (mask.data[j] === 0) expect(values.data[j]).toBe(99)
    return at.filter((j) => mask.data[j] === 1).map((j) => values.data[j])
  })
  expect(rows).toEqual(lists)
})

const bucketed = fc.record({ lists: sequences, size: fc.integer({ min: 1, max: 5 }) })
law('buckets lose no sequence, and pad to a bound', bucketed, 100, ({ lists, size }) => {
  const examples = lists.map((tokens, id) => ({ tokens, id }))
  const batches = [...data.paddedBatches(examples, size, { buckets: [4, 8, 12] })]
  const seen = batches.flatMap(({ id, tokens }) => {
    expect([4, 8, 12]).toContain(tokens.values.shape[1])
    expect(id.size).toBeLessThanOrEqual(size)
    const [rows, counts] = [tokens.values.js() as number[][], tokens.lengths.js() as number[]]
    return (id.js() as number[]).map((i, row) => [i, rows[row]?.slice(0, counts[row])])
  })
  expect(seen.sort(([a], [b]) => Number(a) - Number(b))).toEqual(lists.map((list, i) => [i, list]))
})
