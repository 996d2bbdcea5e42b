/**
 * Programs of hand-made kernels for tests of the WASM emission: kernels and buffer declarations → a program
 * without an arena; running it on the generated module and on the interpreter; comparing the two.
 */

import { expect } from 'vitest'
import type { DType } from '../../src/core/dtype.js'
import { laneOf, type Lane } from '../../src/lowering/expr.js'
import type { BufferSpec, Kernel, Place, Program } from '../../src/lowering/kernel.js'
import { emitProgram, firstEntryOf } from '../../src/lowering/wasm/program.js'
import { Allocator } from '../../src/runtime/wasm/allocator.js'
import { WasmExecutable } from '../../src/runtime/wasm/executable.js'
import { Machine, type WasmBuffer } from '../../src/runtime/wasm/machine.js'
import { interpretProgram } from './kernelInterpreter.js'
import { laneArray, type LaneArray } from './laneArithmetic.js'

export interface Declaration {
  readonly role: 'input' | 'output' | 'temporary'
  readonly dtype: DType
  readonly size: number
}

/** Buffers are numbered in the order of the declarations; temporaries lie one after another in the arena. */
export function programOf(declarations: readonly Declaration[], kernels: readonly Kernel[]): Program {
  const buffers = declarations.map((d, id): BufferSpec => ({
    id,
    role: d.role,
    dtype: d.dtype,
    lane: laneOf(d.dtype),
    size: d.size,
  }))
  const inputs = buffers.filter((b) => b.role === 'input').map((b) => b.id)
  const outputs = buffers.filter((b) => b.role === 'output').map((b) => b.id)
  let arenaBytes = 0
  const places = buffers.map((b): Place => {
    if (b.role === 'input') return { kind: 'input', input: inputs.indexOf(b.id) }
    if (b.role === 'output') return { kind: 'output', output: outputs.indexOf(b.id) }
    const offset = arenaBytes
    arenaBytes += Math.ceil((b.size * 8) / 64) * 64
    return { kind: 'arena', offset, slot: b.id }
  })
  return {
    buffers,
    inputs,
    outputs,
    kernels,
    plan: { places, arenaBytes, slotBytes: [], lowerBoundBytes: 0 },
  }
}

const machine = new Machine(new Allocator())

function put(data: LaneArray): WasmBuffer {
  const buffer = machine.buffer(data.byteLength)
  view(buffer, data).set(data)
  return buffer
}
const view = (buffer: WasmBuffer, like: LaneArray): LaneArray => {
  if (like instanceof Float32Array) return new Float32Array(machine.bytes, buffer.address, like.length)
  if (like instanceof Float64Array) return new Float64Array(machine.bytes, buffer.address, like.length)
  return like instanceof Int32Array
    ? new Int32Array(machine.bytes, buffer.address, like.length)
    : new Uint32Array(machine.bytes, buffer.address, like.length)
}

/** Runs the generated module. */
export function runProgram(program: Program, inputs: readonly LaneArray[]): LaneArray[] {
  const executable = new WasmExecutable(machine, program)
  const buffers = inputs.map(put)
  const before = inputs.map((data) => data.slice())
  const results = executable.run(
    buffers,
    inputs.map(() => false),
  ) as WasmBuffer[]
  const outputs = program.outputs.map((id, i) => {
    const spec = program.buffers[id] as BufferSpec
    return view(results[i] as WasmBuffer, laneArray(spec.lane, spec.size)).slice()
  })
  inputs.forEach((data, i) => {
    const after = view(buffers[i] as WasmBuffer, data)
    const changed = data.findIndex((_, j) => !Object.is(after[j], before[i]?.[j]))
    expect(changed, `first element of input ${i} that the run changed`).toBe(-1)
  })
  for (const buffer of [...buffers, ...results]) machine.release(buffer)
  return outputs
}

/**
 * Runs a program as `threads` threads do, one share after the other; `steps` times, so that the last steps find what
 * all threads made in the steps before.
 */
export function runShares(
  program: Program,
  inputs: readonly LaneArray[],
  threads: number,
  steps = 1,
): LaneArray[] {
  const { bytes, imports, arenaBytes, entries } = emitProgram(program, machine.options)
  const { exports } = machine.instantiate(new WebAssembly.Module(bytes), imports)
  const run = exports['run'] as (table: number, thread: number, threads: number) => void
  const outputs = program.outputs.map((id) => {
    const { lane, size } = program.buffers[id] as BufferSpec
    return laneArray(lane, size)
  })
  const buffers = [...inputs, ...outputs].map(put)
  const addresses = [...buffers.map((b) => b.address), machine.arena(arenaBytes)]
  const unused = Array<number>(firstEntryOf(program) - addresses.length).fill(0)
  const added = entries.map(({ slot, offset }) => (addresses[slot] ?? 0) + offset)
  const table = put(Uint32Array.from([...addresses, ...unused, ...added]))
  for (let turn = 0; turn < steps; turn++)
    for (let thread = 0; thread < threads; thread++) run(table.address, thread, threads)
  return outputs.map((like, i) => view(buffers[inputs.length + i] as WasmBuffer, like).slice())
}

/** Elements equal up to `rtol` and `atol`; NaN and infinities exactly, integers too. */
export function expectClose(actual: LaneArray, expected: LaneArray, { rtol = 2e-6, atol = 1e-7 } = {}): void {
  expect(actual.length).toBe(expected.length)
  const exact = !(expected instanceof Float32Array || expected instanceof Float64Array)
  for (let i = 0; i < expected.length; i++) {
    const [a = NaN, e = NaN] = [actual[i], expected[i]]
    const close = Object.is(a, e) || a === e || (!exact && Math.abs(a - e) <= atol + rtol * Math.abs(e))
    if (!close) expect.fail(`element ${i} of ${expected.length}: ${a}, expected ${e}`)
  }
}

/** The module gives what the interpreter gives. */
export function checkProgram(
  program: Program,
  inputs: readonly LaneArray[],
  tolerance?: { rtol?: number; atol?: number },
): void {
  const expected = interpretProgram(program, inputs)
  const actual = runProgram(program, inputs)
  expected.forEach((e, i) => expectClose(actual[i] as LaneArray, e, tolerance))
}

/** A small deterministic generator: uniform in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) / 2 ** 24
  }
}

/** Random numbers of a lane: floats in [-2, 2), small integers, truth values. */
export function randomArray(lane: Lane, size: number, seed = 1): LaneArray {
  const next = generator(seed)
  const data = laneArray(lane, size)
  for (let i = 0; i < size; i++)
    data[i] =
      lane === 'bool'
        ? Number(next() < 0.5)
        : lane === 'i32'
          ? Math.floor(next() * 41) - 20
          : lane === 'u32'
            ? Math.floor(next() * 40)
            : next() * 4 - 2
  return data
}
