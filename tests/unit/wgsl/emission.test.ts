/**
 * The text of shaders: what is named, hoisted, bound and written. Numbers are checked on a device in tests/gpu.
 */

import { describe, expect, test } from 'vitest'
import type { Kernel } from '../../../src/lowering/kernel.js'
import { offsetPosition, quotient, scalePosition } from '../../../src/lowering/position.js'
import { baseLimits, emitWgsl, printWgsl, type WgslLimits } from '../../../src/lowering/wgsl/index.js'
import { literal } from '../../../src/lowering/wgsl/literal.js'
import { scheduleRows } from '../../../src/lowering/wgsl/rows.js'
import { gridOf } from '../../../src/lowering/wgsl/shader.js'
import { scheduleTiles } from '../../../src/lowering/wgsl/tiles.js'
import { ProgramBuilder } from '../../gpu/programs.js'

const code = (p: ProgramBuilder, kernel: Kernel, limits: WgslLimits = baseLimits): string =>
  emitWgsl(p.build([kernel]), limits)
    .dispatches.map((d) => d.code)
    .join('')

describe('literals', () => {
  test.each([
    [0.1, 'f32', '0.1f'],
    [-2.5, 'f32', '(-2.5f)'],
    [-0, 'f32', 'bitcast<f32>(0x80000000u)'],
    [Infinity, 'f32', 'fromBits(0x7f800000u)'],
    [1e-40, 'f32', 'bitcast<f32>(0x116c2u)'],
    [3.4028234663852886e38, 'f32', '3.40282347e+38f'],
    [-2147483648, 'i32', 'i32(-2147483648)'],
    [4294967295, 'u32', '4294967295u'],
    [1, 'bool', 'true'],
  ] as const)('%d as %s is %s', (value, lane, text) => {
    if (value > 1e38 && Number.isFinite(value))
      expect(Number(literal(value, lane).slice(0, -1))).toBeLessThanOrEqual(value)
    else expect(literal(value, lane)).toBe(text)
  })
})

describe('loops', () => {
  test('read as the kernel: shared values are named, the flat index is not taken apart', () => {
    const p = new ProgramBuilder()
    const shape = [4, 6]
    const x = p.load(p.input('float32', 24), p.flat(shape))
    const bias = p.load(p.input('float32', 6), p.along(shape, [1]))
    const sum = p.b.alu('add', x, bias)
    const square = p.result('float32', shape, p.b.alu('mul', sum, sum))
    expect(code(p, { kind: 'loop', shape, stores: [square] })).toBe(
      [
        '@group(0) @binding(0) var<storage, read> b0: array<f32>;',
        '@group(0) @binding(1) var<storage, read> b1: array<f32>;',
        '@group(0) @binding(2) var<storage, read_write> b2: array<f32>;',
        '@compute @workgroup_size(64)',
        'fn main(@builtin(local_invocation_index) localIndex: u32) {',
        '  let local = i32(localIndex);',
        '  let i = local;',
        '  if (i >= 24) { return; }',
        '  let i0 = i % 6;',
        '  let v1 = b0[i] + b1[i0];',
        '  b2[i] = (v1 * v1);',
        '}',
        '',
      ].join('\n'),
    )
  })

  test('floor positions that may be negative', () => {
    const p = new ProgramBuilder()
    const shape = [8]
    const at = quotient(offsetPosition(scalePosition(p.flat(shape), -1), 2), 4)
    const store = p.result('int32', shape, p.b.position(at))
    expect(code(p, { kind: 'loop', shape, stores: [store] })).toContain('((-i + 2 + 8) / 4 - 2)')
  })

  test('clamp checked loads', () => {
    const p = new ProgramBuilder()
    const value = p.load(p.input('float32', 8), offsetPosition(p.flat([8]), 3), true)
    expect(code(p, { kind: 'loop', shape: [8], stores: [p.result('float32', [8], value)] })).toContain(
      'b0[clamp(i + 3, 0, 7)]',
    )
  })

  test('write a function of the mathematics once, and only the helpers that are called', () => {
    const p = new ProgramBuilder()
    const x = p.load(p.input('float32', 8), p.flat([8]))
    const value = p.b.alu('add', p.b.alu('tanh', x), p.b.alu('tanh', p.b.alu('neg', x)))
    const text = code(p, { kind: 'loop', shape: [8], stores: [p.result('float32', [8], value)] })
    expect(text.split('fn tanhF32(')).toHaveLength(2)
    expect(text).not.toContain('fn remFloat')
    expect(text).not.toContain('fn minFloat')
  })

  test('stay shallow: a long chain is cut into named steps', () => {
    const p = new ProgramBuilder()
    let x = p.load(p.input('float32', 8), p.flat([8]))
    for (let i = 0; i < 500; i++)
      x = p.b.alu('add', p.b.alu('mul', x, p.b.constant(i, 'f32')), p.b.constant(0.5, 'f32'))
    const lines = code(p, { kind: 'loop', shape: [8], stores: [p.result('float32', [8], x)] }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(160)
  })

  test('equal kernels of different programs have equal text, so that they share a pipeline', () => {
    const make = (extra: number): string => {
      const p = new ProgramBuilder()
      for (let i = 0; i < extra; i++) p.input('float32', 3)
      const x = p.load(p.input('float32', 8), p.flat([8]))
      return code(p, { kind: 'loop', shape: [8], stores: [p.result('float32', [8], p.b.alu('exp', x))] })
    }
    expect(make(0)).toBe(make(5))
  })
})

test('what does not vary along a row is computed once for it', () => {
  const p = new ProgramBuilder()
  const shape = [4, 500]
  const x = p.load(p.input('float32', 2000), p.flat(shape))
  const scale = p.load(p.input('float32', 4), p.along(shape, [0]))
  const value = p.b.alu('mul', x, p.b.alu('exp', scale))
  const store = { buffer: p.output('float32', 4), position: p.along(shape, [0]), value: p.b.result(0, 'f32') }
  const text = code(p, {
    kind: 'reduce',
    shape,
    reduced: [1],
    stages: [[{ index: 0, combiner: 'sum', value, lane: 'f32' }]],
    rowStores: [store],
    elementStores: [],
  })
  expect(text.indexOf('= expF32(')).toBeGreaterThan(0)
  expect(text.indexOf('= expF32(')).toBeLessThan(text.indexOf('for (var e'))
})

test('programs print with their workgroups and bindings', () => {
  const p = new ProgramBuilder()
  const store = p.result('float32', [70_000_000], p.b.constant(1, 'f32'))
  const text = printWgsl(
    emitWgsl(p.build([{ kind: 'loop', shape: [70_000_000], stores: [store] }]), baseLimits),
  )
  expect(text).toContain('// loop 0 [70000000]: 54688 × 5 × 1 workgroups; b0 = output 0')
  expect(text).toContain('groupId.x + groupId.y * 54688u')
})

describe('schedules', () => {
  test('a grid has no side above the limit and hardly any idle workgroups', () => {
    for (const groups of [1, 65535, 65536, 1_000_003]) {
      const [x, y] = gridOf(groups, 65535)
      expect(x).toBeLessThanOrEqual(65535)
      expect(x * y).toBeGreaterThanOrEqual(groups)
      expect(x * y - groups).toBeLessThan(y)
    }
  })
  test('threads of a row are as many as its length is worth', () => {
    expect(scheduleRows(1000, 3, false, 256)).toMatchObject({ threadsPerRow: 1, rowsPerGroup: 64, chunks: 1 })
    expect(scheduleRows(1000, 1000, false, 256)).toMatchObject({
      threadsPerRow: 16,
      rowsPerGroup: 4,
      chunks: 1,
    })
    expect(scheduleRows(1, 1_000_000, false, 256)).toMatchObject({
      threadsPerRow: 64,
      rowsPerGroup: 1,
      chunks: 128,
    })
    expect(scheduleRows(1000, 1000, true, 256)).toMatchObject({ rowsPerGroup: 32, threadsPerRow: 2 })
  })
  test('matrix products: blocks by size, plain reductions for a few rows or columns', () => {
    const sizes = (m: number, n: number, k: number) =>
      scheduleTiles({ kind: 'contraction', batch: 1, m, n, k } as Parameters<typeof scheduleTiles>[0])
    expect(sizes(1, 1000, 1000)).toBeNull()
    expect(sizes(1000, 2, 1000)).toBeNull()
    expect(sizes(1024, 1024, 1024)).toMatchObject({
      tileRows: 64,
      tileColumns: 64,
      threadRows: 8,
      threadColumns: 8,
      parts: 1,
    })
    expect(sizes(64, 64, 64)).toMatchObject({ tileRows: 32, tileColumns: 32, parts: 1 })
    expect(sizes(64, 64, 100_000)?.parts).toBeGreaterThan(8)
  })
})

describe('scans', () => {
  /** How often a thread waits at barriers: those of the text as often as the loops around them run. */
  function barriers(text: string): number {
    const loops: number[] = []
    let count = 0
    for (const line of text.split('\n')) {
      const trimmed = line.trim()
      const [, first = '', end = '', step = ''] =
        /^for \(var \w+ = (\d+); \w+ < (\d+); \w+ (\*= 2|\+= \d+|\+\+)\)/.exec(trimmed) ??
        /^for \(var \w+ = (\d+); \w+ < (\d+); \w+(\+\+)\)/.exec(trimmed) ??
        []
      if (trimmed.endsWith('{')) {
        const by = Number(step.slice(3) || 1)
        const rounds = step.startsWith('*')
          ? Math.log2(Number(end) / Number(first))
          : step === ''
            ? 1
            : (Number(end) - Number(first)) / by
        loops.push(Math.ceil(rounds))
      }
      if (trimmed === '}') loops.pop()
      if (trimmed === 'workgroupBarrier();') count += loops.reduce((all, rounds) => all * rounds, 1)
    }
    return count
  }
  const scan = (outer: number, length: number, inner: number): string => {
    const p = new ProgramBuilder()
    const n = outer * length * inner
    const [input, output] = [p.input('float32', n), p.output('float32', n)]
    const shared = { combiner: 'sum', lane: 'f32', reverse: false } as const
    return code(p, { kind: 'cumulative', ...shared, outer, length, inner, input, output })
  }

  test.each<[number, number, number, number]>([
    [64, 4096, 1, 4096 / 64],
    [70, 1000, 1, 1000 / 64],
    [1, 4096, 64, 4096 / 8],
  ])(
    'of [%i, %i, %i] wait at no more than %d barriers: threads add up runs',
    (outer, length, inner, most) => {
      const count = barriers(scan(outer, length, inner))
      expect(count).toBeGreaterThan(0)
      expect(count).toBeLessThanOrEqual(most)
    },
  )

  test('keep within the memory of a workgroup', () => {
    for (const maxGroupBytes of [16384, 2048, 1024]) {
      const p = new ProgramBuilder()
      const [input, output] = [p.input('float32', 2 ** 18), p.output('float32', 2 ** 18)]
      const shared = { combiner: 'sum', lane: 'f32', reverse: false } as const
      const kernel: Kernel = {
        kind: 'cumulative',
        ...shared,
        outer: 64,
        length: 4096,
        inner: 1,
        input,
        output,
      }
      const text = code(p, kernel, { ...baseLimits, maxGroupBytes })
      const used = [...text.matchAll(/var<workgroup> \w+: array<f32, (\d+)>/g)].map(
        ([, size]) => 4 * Number(size),
      )
      expect(used.reduce((a, b) => a + b)).toBeLessThanOrEqual(maxGroupBytes)
    }
  })
})
