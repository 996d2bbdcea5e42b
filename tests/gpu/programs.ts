/**
 * Programs written by hand for the kernel tests, run on the GPU and by the kernel interpreter.
 */

import { expect } from 'vitest'
import { avalOf } from '../../src/core/aval.js'
import type { DType } from '../../src/core/dtype.js'
import { ExprBuilder, laneOf, type Expr, type Position } from '../../src/lowering/expr.js'
import type { BufferRole, BufferSpec, Kernel, Place, Program, Store } from '../../src/lowering/kernel.js'
import { axisPosition, identityPosition, ravel } from '../../src/lowering/position.js'
import type { WebgpuBackend } from '../../src/runtime/webgpu/index.js'
import { interpretProgram } from '../support/kernelInterpreter.js'
import { laneArray, type LaneArray } from '../support/laneArithmetic.js'

/** Buffers and expressions of one program; every buffer has memory of its own. */
export class ProgramBuilder {
  readonly b = new ExprBuilder()
  readonly #buffers: BufferSpec[] = []

  #add(role: BufferRole, dtype: DType, size: number): number {
    this.#buffers.push({ id: this.#buffers.length, role, dtype, lane: laneOf(dtype), size })
    return this.#buffers.length - 1
  }
  input(dtype: DType, size: number): number {
    return this.#add('input', dtype, size)
  }
  output(dtype: DType, size: number): number {
    return this.#add('output', dtype, size)
  }
  temporary(dtype: DType, size: number): number {
    return this.#add('temporary', dtype, size)
  }
  load(buffer: number, position: Position, checked = false): Expr {
    return this.b.load(buffer, this.#buffers[buffer]?.lane ?? 'f32', position, checked)
  }
  axes(shape: readonly number[]): Position[] {
    return shape.map((size, axis) => axisPosition<Expr>(axis, size))
  }
  flat(shape: readonly number[]): Position {
    return identityPosition<Expr>(shape)
  }
  /** The row-major position of some axes of a domain, as in an array of just those axes. */
  along(shape: readonly number[], axes: readonly number[]): Position {
    return ravel(
      axes.map((axis) => axisPosition<Expr>(axis, shape[axis] ?? 1)),
      axes.map((axis) => shape[axis] ?? 1),
    )
  }
  /** A store of `value` at the domain's own position, into a new output. */
  result(dtype: DType, shape: readonly number[], value: Expr): Store {
    const size = shape.reduce((a, b) => a * b, 1)
    return { buffer: this.output(dtype, size), position: this.flat(shape), value }
  }

  build(kernels: readonly Kernel[], places: Readonly<Record<number, Place>> = {}): Program {
    const inputs = this.#buffers.filter((s) => s.role === 'input').map((s) => s.id)
    const outputs = this.#buffers.filter((s) => s.role === 'output').map((s) => s.id)
    const slotBytes: number[] = []
    const own = this.#buffers.map((spec): Place => {
      const special = places[spec.id]
      if (special !== undefined) return special
      if (spec.role === 'input') return { kind: 'input', input: inputs.indexOf(spec.id) }
      if (spec.role === 'output') return { kind: 'output', output: outputs.indexOf(spec.id) }
      return { kind: 'arena', offset: 0, slot: slotBytes.push(4 * spec.size) - 1 }
    })
    return {
      buffers: this.#buffers,
      inputs,
      outputs,
      kernels,
      plan: { places: own, arenaBytes: 0, slotBytes, lowerBoundBytes: 0 },
    }
  }
}

const hostOf = (dtype: DType, data: LaneArray) =>
  dtype === 'int8'
    ? Int8Array.from(data)
    : dtype === 'uint8' || dtype === 'bool'
      ? Uint8Array.from(data)
      : data

/** Runs a program on the device; the outputs as arrays of their lanes. */
export async function runOnGpu(
  backend: WebgpuBackend,
  program: Program,
  inputs: readonly LaneArray[],
): Promise<LaneArray[]> {
  const executable = backend.compileProgram(program)
  const avals = [program.inputs, program.outputs].map((ids) =>
    ids.map((id) => avalOf([program.buffers[id]?.size ?? 0], program.buffers[id]?.dtype ?? 'float32')),
  )
  const given = inputs.map((data, i) => {
    const aval = avals[0]?.[i] ?? avalOf([0], 'float32')
    return backend.put(aval, hostOf(aval.dtype, data))
  })
  const results = executable.run(
    given,
    given.map(() => false),
  )
  const read = await Promise.all(
    results.map((buffer, i) => backend.read(buffer, avals[1]?.[i] ?? avalOf([0], 'float32'))),
  )
  for (const buffer of [...given, ...results]) backend.free(buffer)
  return read.map((data, i) => {
    const lane = program.buffers[program.outputs[i] ?? 0]?.lane ?? 'f32'
    const array = laneArray(lane, data.length)
    array.set(data)
    return array
  })
}

/** Expects each output near the interpreter's: within `tolerance`, relative to 1 or to the value if that is larger; 0 asks for equality. */
export async function expectSame(
  backend: WebgpuBackend,
  program: Program,
  inputs: readonly LaneArray[],
  tolerance = 0,
): Promise<LaneArray[]> {
  const actual = await runOnGpu(backend, program, inputs)
  const expected = interpretProgram(program, inputs)
  expected.forEach((want, output) => {
    const got = actual[output] ?? new Float32Array(0)
    expect(got.length).toBe(want.length)
    want.forEach((x, i) => {
      const y = got[i] ?? NaN
      const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x))
      if (!same) expect.fail(`output ${output}, element ${i}: got ${y}, expected ${x}`)
    })
  })
  return actual
}

/** Reproducible numbers in [-scale, scale). */
export function randomFloats(length: number, seed = 1, scale = 2): Float32Array {
  let state = seed * 2654435761
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state / 2 ** 32) * 2 - 1) * scale
  })
}

export const randomInts = (length: number, range: number, seed = 1): Int32Array =>
  Int32Array.from(randomFloats(length, seed, range), Math.trunc)

/** Numbers at the edges of float32 arithmetic. */
export const specials: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3,
  -7.25,
  1e10,
  -1e10,
  3e38,
  -3e38,
  1.1754943508222875e-38,
  NaN,
  Infinity,
  -Infinity,
  2147483648,
  -2147483904,
  4294967296,
  16777217,
  1e-6,
]
