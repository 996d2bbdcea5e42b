// Streams: laziness, early returns, errors, what is stacked and what is refused.

import { describe, expect, expectTypeOf, it } from 'vitest'
import { CotangentError, data, defaultDevice, numpy as np, type NDArray } from '../../../src/index.js'

defaultDevice('reference')

/** A source that tells what was asked of it. */
function watched(n: number) {
  const log: string[] = []
  function* source(): Generator<number> {
    try {
      for (let i = 0; i < n; i++) {
        log.push(`made ${i}`)
        yield i
      }
    } finally {
      log.push('closed')
    }
  }
  return { source: source(), log }
}

const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('map', () => {
  it('is lazy and hands an early return on', () => {
    const { source, log } = watched(5)
    for (const x of data.map(source, (x, i) => [x, i])) if (x[0] === 1) break
    expect(log).toEqual(['made 0', 'made 1', 'closed'])
  })

  it('can be run through again where its source can', () => {
    const doubled = data.map([1, 2], (x) => 2 * x)
    expect([[...doubled], [...doubled]]).toEqual([
      [2, 4],
      [2, 4],
    ])
  })

  it('awaits over an asynchronous source, and closes it when the function fails', async () => {
    const { source, log } = watched(3)
    const seen: number[] = []
    const mapped = data.map(data.prefetch(source), (x) =>
      x === 1 ? Promise.reject(new Error('no')) : Promise.resolve(10 * x),
    )
    expectTypeOf(mapped).toEqualTypeOf<AsyncIterable<number>>()
    await expect(
      (async () => {
        for await (const x of mapped) seen.push(x)
      })(),
    ).rejects.toThrow('no')
    expect(seen).toEqual([0])
    expect(log.at(-1)).toBe('closed')
  })
})

describe('prefetch', () => {
  it('makes the next item while the consumer is busy, and no more', async () => {
    const { source, log } = watched(5)
    const iterator = data.prefetch(source, { ahead: 2 })[Symbol.asyncIterator]()
    expect(log).toEqual([])
    expect((await iterator.next()).value).toBe(0)
    await turns(10)
    expect(log).toEqual(['made 0', 'made 1', 'made 2'])
    expect((await iterator.next()).value).toBe(1)
    await turns(10)
    expect(log).toEqual(['made 0', 'made 1', 'made 2', 'made 3'])
    await iterator.return?.()
    expect(log.at(-1)).toBe('closed')
    await turns(10)
    expect(log).toEqual(['made 0', 'made 1', 'made 2', 'made 3', 'closed'])
  })

  it('closes its source when the loop is left', async () => {
    const { source, log } = watched(100)
    for await (const x of data.prefetch(source, { ahead: 3 })) if (x === 2) break
    expect(log.at(-1)).toBe('closed')
    expect(log.length).toBeLessThan(9)
  })

  it('asks nothing of an iterator that has ended or failed', async () => {
    let asked = 0
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          asked += 1
          return asked === 1 ? Promise.resolve({ value: 1 }) : Promise.reject(new Error('broken'))
        },
        return: () => expect.unreachable(),
      }),
    }
    const iterator = data.prefetch(source, { ahead: 4 })[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toBe(1)
    await turns(20)
    await expect(iterator.next()).rejects.toThrow('broken')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(asked).toBe(2)
  })

  it('never asks twice at a time', async () => {
    let busy = false
    let count = 0
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          expect(busy).toBe(false)
          busy = true
          await turns(2)
          busy = false
          return count++ < 4 ? { value: count } : { done: true, value: undefined }
        },
      }),
    }
    const seen: number[] = []
    for await (const x of data.prefetch(source, { ahead: 3 })) seen.push(x)
    expect(seen).toEqual([1, 2, 3, 4])
  })
})

describe('batch', () => {
  it('stacks numbers, booleans, tensors and arrays', () => {
    const examples = [0, 1].map((i) => ({
      whole: i,
      fraction: i / 2,
      flag: i === 1,
      large: 2 ** 31 + i,
      tensor: { data: Uint8Array.of(i, 7), shape: [2], dtype: 'uint8' as const },
      list: [np.array([i, i])] as const,
    }))
    const [first] = [...data.batch(examples, 2)]
    expectTypeOf(first!.list).toEqualTypeOf<readonly [NDArray]>()
    expect([first!.whole.dtype, first!.fraction.dtype, first!.flag.dtype, first!.large.dtype]).toEqual([
      'int32',
      'float32',
      'bool',
      'float32',
    ])
    expect(first!.tensor.js()).toEqual([
      [0, 7],
      [1, 7],
    ])
    expect([first!.tensor.dtype, first!.list[0].shape]).toEqual(['uint8', [2, 2]])
  })

  const tensor = (n: number, dtype: 'float32' | 'int32' = 'float32') => ({
    data: dtype === 'float32' ? new Float32Array(n) : new Int32Array(n),
    shape: [n],
    dtype,
  })
  it.each([
    ['other shapes', () => [...data.batch([tensor(1), tensor(2)], 2)], 'examples of one shape'],
    ['other dtypes', () => [...data.batch([tensor(1), tensor(1, 'int32')], 2)], 'examples of one dtype'],
    ['other trees', () => [...data.batch<unknown>([{ a: 1 }, { b: 1 }], 2)], 'tree structures differ'],
    ['text', () => [...data.batch(['a', 'b'], 2)], 'got string'],
    ['a size of 0', () => data.batch([1], 0), 'a whole number >= 1'],
    ['a fractional buffer', () => data.shuffleStream([1], { buffer: 0.5, seed: 0 }), 'a whole number >= 1'],
    ['nothing ahead', () => data.prefetch([1], { ahead: 0 }), 'a whole number >= 1'],
    ['a batch too far', () => data.batches(data.fromArrays(tensor(4)), 2, { from: 3 }), 'batches, 2'],
    ['other rows', () => data.withTensors(data.fromArrays(tensor(4)), () => tensor(3)), '4 rows, as many'],
  ])('reports %s', (_, act, message) => {
    expect(act).toThrow(CotangentError)
    expect(act).toThrow(message)
  })
})

describe('a shuffled stream', () => {
  it('gives every order the same chance with a buffer as long as it', () => {
    const counts = new Map<string, number>()
    for (let seed = 0; seed < 6000; seed++) {
      const order = String([...data.shuffleStream([0, 1, 2], { buffer: 3, seed })])
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(counts.size).toBe(6)
    expect(chi).toBeLessThan(20.5)
  })

  it('holds no more than its buffer', () => {
    const { source, log } = watched(100)
    for (const _ of data.shuffleStream(source, { buffer: 10, seed: 0 })) break
    expect(log.filter((line) => line.startsWith('made')).length).toBe(11)
  })
})
