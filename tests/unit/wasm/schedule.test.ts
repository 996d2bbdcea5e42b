/** Which steps are shared among threads, and where barriers stand. */

import { describe, expect, it } from 'vitest'
import { ExprBuilder, type Expr, type MathName } from '../../../src/lowering/expr.js'
import type { Kernel, LoopKernel, Program, SortKernel } from '../../../src/lowering/kernel.js'
import { constantPosition, identityPosition } from '../../../src/lowering/position.js'
import { emitProgram, programText, type EmitOptions } from '../../../src/lowering/wasm/program.js'
import { programOf } from '../../support/kernelPrograms.js'

const size = 4096
const threads: EmitOptions = { fma: false, shared: true, threads: 4, serialBelow: 200 }

/** output[i] = f(input[i]) over `count` elements. */
function loopOf(input: number, output: number, count = size, f: MathName | null = null): LoopKernel {
  const b = new ExprBuilder()
  const position = identityPosition<Expr>([count])
  const x = b.load(input, 'f32', position)
  // No two of them are alike: code that kernels share would hide which one is called.
  const value = f === null ? b.alu('add', x, b.constant(10 * input + output, 'f32')) : b.alu(f, x)
  return { kind: 'loop', shape: [count], stores: [{ buffer: output, position, value }] }
}

/** One input, one result and temporaries, all of the same size; the temporary after the last one is a flag. */
const program = (kernels: readonly Kernel[], dtype: 'float32' | 'float64' = 'float32'): Program =>
  programOf(
    [
      { role: 'input', dtype, size },
      { role: 'output', dtype, size },
      { role: 'temporary', dtype, size },
      { role: 'temporary', dtype, size },
      { role: 'temporary', dtype: 'bool', size: 1 },
    ],
    kernels,
  )
const flag = 4
const region = { firstLocal: 5, endLocal: 5 }

/** The calls and loops of `run`, in the order of the text; a barrier is |. */
function scheduleOf(kernels: readonly Kernel[], options = threads): string {
  const text = programText(program(kernels), options)
  const run = text.slice(text.indexOf('(func $run'))
  const words = run.matchAll(/\(call \$(\w+)|\(loop \$(turn|while)|\(i32\.eqz\s+\(local\.get \$(thread)\)/g)
  return [...words]
    .map(([, called, looped, alone]) =>
      called === 'barrier' ? '|' : (called ?? looped ?? (alone === undefined ? '' : 'alone:')),
    )
    .join(' ')
}

const small = (input: number, output: number): LoopKernel => loopOf(input, output, 16)

describe('barriers', () => {
  it('stand after every shared step', () => {
    expect(scheduleOf([loopOf(0, 2), loopOf(2, 3), loopOf(3, 1)])).toBe('loop0 | loop1 | loop2 |')
  })
  it('stand between shared steps and those of one thread, not among the latter', () => {
    expect(scheduleOf([small(0, 2), small(2, 3), loopOf(3, 1)])).toBe('alone: loop0 loop1 | loop2 |')
    expect(scheduleOf([loopOf(0, 2), small(2, 3), small(3, 1)])).toBe('loop0 | alone: loop1 loop2')
  })
  it('end every turn of a loop that shares steps', () => {
    const body = [loopOf(0, 2), loopOf(2, 3)]
    expect(scheduleOf([{ kind: 'repeat', times: 3, body, ...region }, loopOf(3, 1)])).toBe(
      'turn loop0 | loop1 | loop2 |',
    )
    expect(scheduleOf([small(0, 2), { kind: 'repeat', times: 3, body: [loopOf(2, 3)], ...region }])).toBe(
      'alone: loop0 | turn loop1 |',
    )
  })
  it('keep the predicate of a loop from readers and writers at once', () => {
    const position = constantPosition<Expr>(0)
    const b = new ExprBuilder()
    const value = b.alu('lt', b.load(2, 'f32', position), b.constant(9, 'f32'))
    const test: LoopKernel = { kind: 'loop', shape: [], stores: [{ buffer: flag, position, value }] }
    const loop: Kernel = {
      kind: 'while',
      test: [test],
      predicate: flag,
      body: [loopOf(2, 3), loopOf(3, 2)],
      ...region,
    }
    expect(scheduleOf([loopOf(0, 2), loop])).toBe('loop0 | while alone: loop1 | loop2 | loop3 |')
    expect(scheduleOf([loopOf(0, 2), { ...loop, body: [small(2, 3)] }, loopOf(3, 1)])).toBe(
      'loop0 | alone: while loop1 loop2 | loop3 |',
    )
  })
  it('are absent, as are all atomics, where one thread does everything', () => {
    const single = { ...threads, threads: 1 }
    for (const [kernels, options] of [
      [[loopOf(0, 2), loopOf(2, 1)], single],
      [[small(0, 2), small(2, 1)], threads],
    ] as const) {
      expect(programText(program(kernels), options)).not.toMatch(/barrier|atomic/)
      expect(emitProgram(program(kernels), options).usefulThreads).toBe(1)
    }
    expect(programText(program([small(0, 1)]), { ...single, shared: false })).toContain(
      '(import "env" "memory" (memory 0))',
    )
    expect(programText(program([small(0, 1)]), threads)).toContain('65536 shared')
  })
})

describe('steps', () => {
  it('are worth waking workers for if they are many or long', () => {
    const wakes = (kernels: readonly Kernel[], options = threads): boolean =>
      emitProgram(program(kernels), options).wakes
    const step = loopOf(0, 1, size / 4)
    expect(wakes([step])).toBe(false)
    expect(wakes([step], { ...threads, serialBelow: 0 })).toBe(true)
    expect(wakes([{ kind: 'repeat', times: 6, body: [step], ...region }])).toBe(true)
  })
  it('are not shared in a short program of which one thread does most', () => {
    const useful = (kernels: readonly Kernel[]): number =>
      emitProgram(program(kernels), threads).usefulThreads
    const [step, lone] = [loopOf(0, 2, size / 4), loopOf(2, 3, 16)]
    const turns = (times: number): Kernel => ({ kind: 'repeat', times, body: [lone], ...region })
    expect(useful([step, turns(2), loopOf(3, 1, 16)])).toBe(4)
    expect(useful([step, turns(100), loopOf(3, 1, 16)])).toBe(1)
    expect(programText(program([step, turns(100)]), threads)).not.toMatch(/barrier|atomic/)
    expect(useful([{ kind: 'repeat', times: 6, body: [step], ...region }, turns(100)])).toBe(4)
  })
  it('are shared by as many threads as they have work for', () => {
    const useful = (count: number): number =>
      emitProgram(program([loopOf(0, 1, count)]), threads).usefulThreads
    expect([useful(16), useful(700), useful(size)]).toEqual([1, 3, 4])
    expect(emitProgram(program([small(0, 1)]), { ...threads, serialBelow: 0 }).usefulThreads).toBe(4)
  })
  it('that may call the host are not shared', () => {
    const b = new ExprBuilder()
    const position = identityPosition<Expr>([size])
    const stores = [{ buffer: 1, position, value: b.alu('sin', b.load(0, 'f64', position)) }]
    const double = program([{ kind: 'loop', shape: [size], stores }], 'float64')
    expect(emitProgram(double, threads)).toMatchObject({ usefulThreads: 1, imports: ['f64.sin'] })
    expect(emitProgram(program([loopOf(0, 1, size, 'sin')]), threads).usefulThreads).toBe(4)
    // The remainder calls it from inside another function.
    const rest = [
      { buffer: 1, position, value: b.alu('rem', b.load(0, 'f32', position), b.constant(3, 'f32')) },
    ]
    const remainder = program([{ kind: 'loop', shape: [size], stores: rest }])
    expect(emitProgram(remainder, { ...threads, serialBelow: 0 }).usefulThreads).toBe(1)
    const sort: SortKernel = {
      kind: 'sort',
      outer: 64,
      length: 64,
      inner: 1,
      keys: 1,
      lanes: ['f32'],
      inputs: [0],
      outputs: [1],
    }
    expect(emitProgram(program([sort]), threads).usefulThreads).toBe(1)
  })
})
