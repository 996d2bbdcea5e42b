/** Blocks of matrix products cover the product once, whatever its sizes and the number of threads. */

import { assert, integer, nat, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockingOf, tileColumns, tileRows } from '../../../src/lowering/wasm/blocking.js'

const sizes = record({
  batch: integer({ min: 1, max: 5 }),
  m: integer({ min: 2, max: 3000 }),
  n: integer({ min: 2, max: 3000 }),
  k: integer({ min: 1, max: 30_000 }),
})

describe('blocking', () => {
  it('covers rows, columns and depth', () => {
    assert(
      property(sizes, integer({ min: 1, max: 9 }), nat(200), (s, threads, most) => {
        const b = blockingOf(s, threads, most < 12 ? Infinity : most)
        expect(b.rows % tileRows).toBe(0)
        expect(b.columns % tileColumns).toBe(0)
        expect(b.rows * b.rowBlocks).toBeGreaterThanOrEqual(s.m - (s.m % tileRows))
        expect(b.rows * (b.rowBlocks - 1)).toBeLessThan(s.m)
        expect(b.columns * b.columnBlocks).toBeGreaterThanOrEqual(s.n)
        expect(b.columns * (b.columnBlocks - 1)).toBeLessThan(s.n)
        expect(b.partDepth * b.parts).toBeGreaterThanOrEqual(s.k)
        expect(b.partDepth * (b.parts - 1)).toBeLessThan(s.k)
        expect(b.depth).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
  })
  it('rounds alike on any number of threads', () => {
    assert(
      property(sizes, integer({ min: 2, max: 9 }), (s, threads) => {
        const [one, many] = [blockingOf(s, 1, Infinity), blockingOf(s, threads, Infinity)]
        expect([many.depth, many.parts, many.partDepth]).toEqual([one.depth, one.parts, one.partDepth])
      }),
    )
  })
  it('spreads small products over the threads', () => {
    const units = (m: number, n: number): number => {
      const b = blockingOf({ batch: 1, m, n, k: 160 }, 2, Infinity)
      return b.rowBlocks * b.columnBlocks
    }
    expect(units(64, 512) % 2).toBe(0)
    expect(units(10, 200) % 2).toBe(0)
  })
})
