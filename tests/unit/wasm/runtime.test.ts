/** Memory and executables: reuse, merging, growth, donation, explanation, closing. */

import { describe, expect, it } from 'vitest'
import { avalOf } from '../../../src/core/aval.js'
import { dtypes, hostArray } from '../../../src/core/dtype.js'
import { CotangentError } from '../../../src/core/errors.js'
import { makeEquation, makeLiteral, makeVar, type Jaxpr } from '../../../src/core/jaxpr.js'
import { Allocator, blockSize } from '../../../src/runtime/wasm/allocator.js'
import { createWasmBackend } from '../../../src/runtime/wasm/index.js'
import { generator } from '../../support/kernelPrograms.js'

const used = (a: Allocator): number => a.memory.buffer.byteLength

describe('allocator', () => {
  it('gives aligned blocks that do not overlap', () => {
    const allocator = new Allocator()
    const next = generator(3)
    const live: { address: number; size: number }[] = []
    for (let step = 0; step < 2000; step++) {
      if (live.length > 40 || (live.length > 0 && next() < 0.4)) {
        const [block] = live.splice(Math.floor(next() * live.length), 1)
        if (block !== undefined) allocator.free(block.address, block.size)
      } else {
        const size = blockSize(Math.floor(next() ** 4 * 1e6))
        const address = allocator.allocate(size)
        expect(address % 16).toBe(0)
        for (const other of live)
          expect(address + size <= other.address || other.address + other.size <= address).toBe(true)
        live.push({ address, size })
      }
    }
    expect(allocator.liveBytes).toBe(live.reduce((sum, b) => sum + b.size, 0))
    expect(allocator.peakBytes).toBeGreaterThanOrEqual(allocator.liveBytes)
  })

  it('leaves room for a vector past the end, and loses at most an eighth', () => {
    for (let bytes = 0; bytes < 5_000_000; bytes = Math.floor(bytes * 1.7) + 1) {
      expect(blockSize(bytes)).toBeGreaterThanOrEqual(bytes + 16)
      expect(blockSize(bytes)).toBeLessThanOrEqual(Math.max(bytes + 16 + 31, (bytes + 16) * 1.126))
      expect(blockSize(bytes) % 16).toBe(0)
    }
  })

  it('stays flat under churn of one size, and of changing sizes', () => {
    const allocator = new Allocator()
    const round = (size: number): void => {
      const blocks = Array.from({ length: 20 }, () => allocator.allocate(blockSize(size)))
      for (const address of blocks) allocator.free(address, blockSize(size))
    }
    round(1e5)
    const before = used(allocator)
    for (let i = 0; i < 100; i++) round(1e5)
    expect(used(allocator)).toBe(before)
    // Other sizes are cut from what the first ones left.
    for (let i = 0; i < 100; i++) round(2e4 + 997 * i)
    expect(used(allocator)).toBe(before)
    expect(allocator.liveBytes).toBe(0)
  })

  it('says what was asked for where there is no more', () => {
    const allocator = new Allocator()
    allocator.allocate(blockSize(1000))
    expect(() => allocator.allocate(blockSize(5e9))).toThrow(CotangentError)
    expect(() => allocator.allocate(blockSize(5e9))).toThrow(
      /no room for \d+ bytes more \(\d+ bytes are in use/,
    )
    expect(allocator.allocate(blockSize(1000))).toBeGreaterThan(0)
  })
})

/** (x, y) → (x + y, 2 x) over float32 arrays. */
function program(size: number): Jaxpr {
  const aval = avalOf([size], 'float32')
  const [x, y, sum, two, double] = [makeVar(aval), makeVar(aval), makeVar(aval), makeVar(aval), makeVar(aval)]
  return {
    inputs: [x, y],
    equations: [
      makeEquation('add', [x, y], [sum], {}),
      makeEquation('broadcastInDim', [makeLiteral(2, 'float32')], [two], {
        shape: [size],
        broadcastDimensions: [],
      }),
      makeEquation('mul', [x, two], [double], {}),
    ],
    outputs: [sum, double],
  }
}

describe('backend', () => {
  it.each(dtypes)('keeps %s arrays', (dtype) => {
    const backend = createWasmBackend()
    const aval = avalOf([7], dtype)
    const data = hostArray(dtype, 7)
    data.set([0, 1, 1, 0, 1, 0, 1])
    expect(backend.supports(dtype)).toBe(true)
    expect(backend.readSync(backend.put(aval, data), aval)).toEqual(data)
  })

  it.each([3, 5000])('runs programs of size %d, with and without donation', (size) => {
    const backend = createWasmBackend()
    const aval = avalOf([size], 'float32')
    const executable = backend.compile(program(size), [true, false])
    const numbers = (f: (i: number) => number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => f(i))
    const y = backend.put(
      aval,
      numbers((i) => 10 * i),
    )
    for (const donate of [true, false, true]) {
      const x = backend.put(
        aval,
        numbers((i) => i),
      )
      const before = backend.memory().liveBytes
      const [sum, double] = executable.run([x, y], [donate, false])
      if (sum === undefined || double === undefined) throw new Error('two outputs were expected')
      expect(backend.readSync(sum, aval)).toEqual(numbers((i) => 11 * i))
      expect(backend.readSync(double, aval)).toEqual(numbers((i) => 2 * i))
      expect(backend.readSync(y, aval)).toEqual(numbers((i) => 10 * i))
      expect(backend.memory().liveBytes - before).toBe((donate ? 1 : 2) * x.bytes)
      if (!donate) {
        expect(backend.readSync(x, aval)).toEqual(numbers((i) => i))
        backend.free(x)
      }
      backend.free(sum)
      backend.free(double)
    }
    expect(backend.memory().liveBytes).toBe(y.bytes)
  })

  it('leaves nothing behind where memory runs out, and goes on', () => {
    const backend = createWasmBackend()
    const aval = avalOf([8], 'float32')
    const huge = 400_000_000
    const broadcast = (size: number): Jaxpr['equations'][number] =>
      makeEquation('broadcastInDim', [x], [outputs[size === 8 ? 0 : 1] ?? makeVar(aval)], {
        shape: [size],
        broadcastDimensions: [],
      })
    const x = makeVar(avalOf([], 'float32'))
    const outputs = [makeVar(aval), makeVar(avalOf([3 * huge], 'float32'))]
    const executable = backend.compile(
      { inputs: [x], equations: [broadcast(8), broadcast(3 * huge)], outputs },
      [false],
    )
    const one = backend.put(avalOf([], 'float32'), Float32Array.of(1))
    const before = backend.memory().liveBytes
    expect(() => executable.run([one], [false])).toThrow(/no room for 4\d+ bytes more/)
    expect(backend.memory().liveBytes).toBe(before)
    expect(backend.readSync(backend.put(aval, new Float32Array(8).fill(2)), aval)[7]).toBe(2)
  })

  it('explains programs', () => {
    const text = createWasmBackend().compile(program(8), [false, false]).explain()
    expect(Object.keys(text)).toEqual(['kernels', 'memory', 'wat'])
    expect(text['wat']).toContain('(export "run")')
    expect(text['wat']).toContain('f32x4.add')
  })

  it('is gone after close', () => {
    const backend = createWasmBackend()
    const aval = avalOf([1], 'float32')
    const buffer = backend.put(aval, new Float32Array(1))
    backend.close()
    backend.free(buffer)
    expect(() => backend.put(aval, new Float32Array(1))).toThrow(/closed/)
  })
})
